import { bytes, text } from '../../plan/type.ts'
import { defineFunction, notYet } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'
import { urlDecodeSpark } from './url-decode-spark.ts'

const textParam = [{ name: 'x', accepts: ['text'] }] as const

/** `base64_encode(x)`. */
export const base64Encode = defineFunction({
  name: 'base64_encode',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The bytes, for a text its UTF-8 form, in Base64 (RFC 4648 section 4) with padding and without line breaks.',
  params: [{ name: 'x', accepts: ['text', 'bytes'] }],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    duckdb: ([x], { args }) => `to_base64(${args[0]?.type.kind === 'bytes' ? x : `encode(${x})`})`,
    postgres: ([x], { args }) =>
      `translate(encode(${args[0]?.type.kind === 'bytes' ? x : `convert_to(${x}, 'UTF8')`}, 'base64'), E'\\n', '')`,
    // Spark breaks the lines as e-mails do.
    spark: ([x]) => `translate(base64(${x}), '\\r\\n', '')`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: [''], out: '' },
        { in: ['a'], out: 'YQ==' },
        { in: ['ab'], out: 'YWI=' },
        { in: ['é'], out: 'w6k=' },
        { in: ['😀'], out: '8J+YgA==' },
        { in: ['a'.repeat(60)], out: 'YWFh'.repeat(20) },
        { in: [null], out: null },
      ],
    },
    { types: [bytes], result: text, rows: [{ in: ['00ff'], out: 'AP8=' }] },
  ],
})

const base64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?'

/** `base64_decode(x)`. */
export const base64Decode = defineFunction({
  name: 'base64_decode',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The bytes of a Base64 text (RFC 4648 section 4) with padding; NULL when the text is none. Line breaks and spaces are not skipped.',
  params: textParam,
  returns: 'bytes',
  type: () => bytes,
  nulls: 'always',
  print: {
    duckdb: ([x]) => `(CASE WHEN regexp_full_match(${x}, '${base64}') THEN from_base64(${x}) END)`,
    postgres: ([x]) => `(CASE WHEN ${x} ~ '^${base64}$' THEN decode(${x}, 'base64') END)`,
    spark: ([x]) => `(CASE WHEN ${x} RLIKE ${quoteSparkText(`^${base64}\\z`)} THEN unbase64(${x}) END)`,
  },
  edges: [
    {
      types: [text],
      result: bytes,
      rows: [
        { in: [''], out: '' },
        { in: ['YQ=='], out: '61' },
        { in: ['w6k='], out: 'c3a9' },
        { in: ['8J+YgA=='], out: 'f09f9880' },
        { in: ['YQ'], out: null },
        { in: ['YR=='], out: null },
        { in: ['YQ==\n'], out: null },
        { in: ['Y Q=='], out: null },
        { in: ['_-8='], out: null },
        { in: ['é==='], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `url_encode(x)`. */
export const urlEncode = defineFunction({
  name: 'url_encode',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The text with every byte of its UTF-8 form but A-Z a-z 0-9 - . _ ~ written as %XX (RFC 3986 section 2).',
  params: textParam,
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `url_encode(${x})`,
    postgres: ([x]) =>
      `(SELECT CASE WHEN u IS NOT NULL THEN COALESCE((SELECT string_agg(CASE WHEN chr(get_byte(u, i)) ~ '[A-Za-z0-9._~-]' AND get_byte(u, i) < 128 THEN chr(get_byte(u, i)) ELSE '%' || upper(lpad(to_hex(get_byte(u, i)), 2, '0')) END, '' ORDER BY i) FROM generate_series(0, length(u) - 1) AS g(i)), '') END FROM (SELECT convert_to(${x}, 'UTF8') AS u) AS s)`,
    // Java encodes for forms: a space as +, * not at all and ~ as %7E.
    spark: ([x]) => `replace(replace(replace(url_encode(${x}), '+', '%20'), '*', '%2A'), '%7E', '~')`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['a b/c'], out: 'a%20b%2Fc' },
        { in: ['AZaz09-._~'], out: 'AZaz09-._~' },
        { in: ["!*'();:@&=+$,?#[]%"], out: '%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%3F%23%5B%5D%25' },
        { in: ['é'], out: '%C3%A9' },
        { in: ['😀'], out: '%F0%9F%98%80' },
        { in: ['\n\t'], out: '%0A%09' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `url_decode(x)`. */
export const urlDecode = defineFunction({
  name: 'url_decode',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The text with every %XX replaced by its byte; a % that two hexadecimal digits do not follow stays, and so does +. NULL when the bytes are not UTF-8.',
  params: textParam,
  returns: 'text',
  type: () => text,
  nulls: 'always',
  print: {
    duckdb: ([x]) => `TRY(url_decode(${x}))`,
    postgres: notYet('PostgreSQL 15 cannot tell whether bytes are UTF-8 without failing'),
    spark: ([x = '']) => urlDecodeSpark(x),
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['a%20b%2fc'], out: 'a b/c' },
        { in: ['%C3%A9'], out: 'é' },
        { in: ['%F0%9F%98%80'], out: '😀' },
        { in: ['a+b'], out: 'a+b' },
        { in: ['100%'], out: '100%' },
        { in: ['%zz%4'], out: '%zz%4' },
        { in: ['%FF'], out: null },
        { in: ['é'], out: 'é' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})
