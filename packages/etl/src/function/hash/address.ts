import { int64, text } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'
import { quoteSparkText, quoteText } from '../dialect.ts'

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
/** The pattern of an IPv4 address in dotted form. */
export const dotted: string = `${octet}[.]${octet}[.]${octet}[.]${octet}`

/** `ip_to_int(x)`. */
export const ipToInt = defineFunction({
  name: 'ip_to_int',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The number of an IPv4 address in dotted form, 192.168.1.1 gives 3232235777; NULL when the text is no such address. Leading zeros are refused, because some systems read them as octal.',
  params: [{ name: 'x', accepts: ['text'] }],
  returns: 'int64',
  type: () => int64,
  nulls: 'always',
  print: {
    duckdb: ([x]) => {
      const part = (n: number): string => `TRY_CAST(split_part(${x}, '.', ${n}) AS BIGINT)`
      return `(CASE WHEN regexp_full_match(${x}, '${dotted}') THEN ((${part(1)} * 256 + ${part(2)}) * 256 + ${part(3)}) * 256 + ${part(4)} END)`
    },
    postgres: ([x]) => {
      const part = (n: number): string => `split_part(${x}, '.', ${n})::bigint`
      return `(CASE WHEN ${x} ~ '^${dotted}$' THEN ((${part(1)} * 256 + ${part(2)}) * 256 + ${part(3)}) * 256 + ${part(4)} END)`
    },
    spark: ([x]) => {
      const part = (n: number): string => `CAST(split_part(${x}, '.', ${n}) AS BIGINT)`
      return `(CASE WHEN ${x} RLIKE ${quoteSparkText(`^${dotted}\\z`)} THEN ((${part(1)} * 256 + ${part(2)}) * 256 + ${part(3)}) * 256 + ${part(4)} END)`
    },
  },
  edges: [
    {
      types: [text],
      result: int64,
      rows: [
        { in: ['192.168.1.1'], out: '3232235777' },
        { in: ['0.0.0.0'], out: '0' },
        { in: ['255.255.255.255'], out: '4294967295' },
        { in: ['10.0.0.1'], out: '167772161' },
        { in: ['256.0.0.1'], out: null },
        { in: ['192.168.1'], out: null },
        { in: ['192.168.01.1'], out: null },
        { in: ['192.168.1.1 '], out: null },
        { in: ['::1'], out: null },
        { in: ['١.1.1.1'], out: null },
        { in: [''], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `int_to_ip(x)`. */
export const intToIp = defineFunction({
  name: 'int_to_ip',
  kind: 'scalar',
  family: 'hash',
  meaning: 'The IPv4 address of a number in dotted form; NULL outside 0 to 4294967295.',
  params: [{ name: 'x', accepts: integerKinds }],
  returns: 'text',
  type: () => text,
  nulls: 'always',
  print: {
    duckdb: ([x]) =>
      `(CASE WHEN ${x} BETWEEN 0 AND 4294967295 THEN concat_ws('.', CAST(${x} AS BIGINT) // 16777216, CAST(${x} AS BIGINT) // 65536 % 256, CAST(${x} AS BIGINT) // 256 % 256, CAST(${x} AS BIGINT) % 256) END)`,
    postgres: ([x]) =>
      `(CASE WHEN ${x} BETWEEN 0 AND 4294967295 THEN concat_ws('.', ${x}::bigint / 16777216, ${x}::bigint / 65536 % 256, ${x}::bigint / 256 % 256, ${x}::bigint % 256) END)`,
    spark: ([x]) => {
      const part = (weight: number): string => `CAST(CAST(${x} AS BIGINT) div ${weight} % 256 AS STRING)`
      return `(CASE WHEN ${x} BETWEEN 0 AND 4294967295 THEN concat_ws('.', ${[16777216, 65536, 256, 1].map(part).join(', ')}) END)`
    },
  },
  edges: [
    {
      types: [int64],
      result: text,
      rows: [
        { in: ['3232235777'], out: '192.168.1.1' },
        { in: ['0'], out: '0.0.0.0' },
        { in: ['4294967295'], out: '255.255.255.255' },
        { in: ['4294967296'], out: null },
        { in: ['-1'], out: null },
        { in: ['256'], out: '0.0.1.0' },
        { in: ['9223372036854775807'], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})

const urlParts = ['scheme', 'host', 'port', 'path', 'query', 'fragment']

// RFC 3986, appendix B, with the authority taken apart; no two alternatives can match the same text.
const url =
  '^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(\\[[^\\]/?#@]*\\]|[^/?#:@\\[\\]]*)(?::([0-9]*))?)?([^?#]*)(?:[?]([^#]*))?(?:#([^\\x00]*))?$'
// PostgreSQL has no \x00 in texts and reads \x differently.
const urlPostgres = url.replace('[^\\x00]', '.')
// In Java $ also matches before a line end that comes last.
const urlJava = url.replace(/\$$/u, '\\z')

/** `url_part(x, 'host')`. */
export const urlPart = defineFunction({
  name: 'url_part',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'A part of a URL or of a path with a query: scheme, host, port, path, query or fragment (constant), as it is written; NULL when it is absent or empty. User names are left out of the host, brackets of IPv6 are kept.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'part', accepts: ['text'], constant: true },
  ],
  returns: 'text',
  type: (args) =>
    urlParts.includes(constantText(args[1]) ?? '') ? text : `the part must be one of ${urlParts.join(', ')}`,
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) =>
      `NULLIF(regexp_extract(${x}, ${quoteText(url)}, ${urlParts.indexOf(constantText(args[1]) ?? '') + 1}), '')`,
    postgres: ([x], { args }) =>
      `NULLIF((regexp_match(${x}, ${quoteText(urlPostgres)}))[${urlParts.indexOf(constantText(args[1]) ?? '') + 1}], '')`,
    spark: ([x], { args }) =>
      `NULLIF(regexp_extract(${x}, ${quoteSparkText(urlJava)}, ${urlParts.indexOf(constantText(args[1]) ?? '') + 1}), '')`,
  },
  edges: [
    {
      types: [text, text],
      result: text,
      rows: [
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'scheme'], out: 'https' },
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'host'], out: 'shop.example' },
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'port'], out: '8443' },
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'path'], out: '/a/b' },
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'query'], out: 'x=1&y=2' },
        { in: ['https://u:p@shop.example:8443/a/b?x=1&y=2#top', 'fragment'], out: 'top' },
        { in: ['/products/7?ref=a', 'path'], out: '/products/7' },
        { in: ['/products/7?ref=a', 'host'], out: null },
        { in: ['http://[::1]:80/', 'host'], out: '[::1]' },
        { in: ['http://é.example/😀?q=é', 'query'], out: 'q=é' },
        { in: ['http://a.example?', 'query'], out: null },
        { in: ['http://a.example#x\ny?z', 'fragment'], out: 'x\ny?z' },
        { in: ['mailto:a@b.example', 'path'], out: 'a@b.example' },
        { in: ['', 'path'], out: null },
        { in: [null, 'path'], out: null },
      ],
    },
  ],
})

const regexEscape = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9_]/gu, (c) => ((c.codePointAt(0) ?? 0) < 128 ? `\\${c}` : c))

const paramName = (args: readonly ArgInfo[]): string => constantText(args[1]) ?? ''

/** `url_param(x, 'utm_source')`. */
export const urlParam = defineFunction({
  name: 'url_param',
  kind: 'scalar',
  family: 'hash',
  meaning:
    'The value of the first parameter of that constant name in the query of a URL, as it is written (url_decode it if needed); NULL when there is none, empty when it has no value.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'name', accepts: ['text'], constant: true },
  ],
  returns: 'text',
  type: (args) =>
    /^[^&=#?\s]+$/u.test(paramName(args)) ? text : 'the name must be a text without & = # ? and whitespace',
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) => {
      const pattern = quoteText(`^[^?#]*[?](?:[^#]*?&)??${regexEscape(paramName(args))}=([^&#]*)`)
      return `(CASE WHEN regexp_matches(${x}, ${pattern}) THEN regexp_extract(${x}, ${pattern}, 1) END)`
    },
    postgres: ([x], { args }) => {
      const start = `${paramName(args)}=`
      const query = `(regexp_match(${x}, '^[^?#]*[?]([^#]*)'))[1]`
      return `(SELECT substr(p, ${[...start].length + 1}) FROM unnest(string_to_array(${query}, '&')) WITH ORDINALITY AS r(p, n) WHERE starts_with(p, ${quoteText(start)}) ORDER BY n LIMIT 1)`
    },
    spark: ([x], { args }) => {
      const pattern = quoteSparkText(`^[^?#]*[?](?:[^#]*?&)??${regexEscape(paramName(args))}=([^&#]*)`)
      return `(CASE WHEN ${x} RLIKE ${pattern} THEN regexp_extract(${x}, ${pattern}, 1) END)`
    },
  },
  edges: [
    {
      types: [text, text],
      result: text,
      rows: [
        { in: ['/p?a=1&b=2#c=3', 'a'], out: '1' },
        { in: ['/p?a=1&b=2#c=3', 'b'], out: '2' },
        { in: ['/p?a=1&b=2#c=3', 'c'], out: null },
        { in: ['/p?a=1&a=2', 'a'], out: '1' },
        { in: ['/p?xa=1&a=2', 'a'], out: '2' },
        { in: ['/p?a=&b', 'a'], out: '' },
        { in: ['/p?a=&b', 'b'], out: null },
        { in: ['/p?a=x=y&b', 'a'], out: 'x=y' },
        { in: ['/p?items[0]=%C3%A9+1', 'items[0]'], out: '%C3%A9+1' },
        { in: ['/p?é=😀', 'é'], out: '😀' },
        { in: ['/p', 'a'], out: null },
        { in: ['', 'a'], out: null },
        { in: [null, 'a'], out: null },
      ],
    },
  ],
})
