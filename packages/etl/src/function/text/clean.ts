import { int64, text } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { constantCount } from '../constant-count.ts'
import { defineFunction, integerKinds } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'

const x = { name: 'x', accepts: ['text'] } as const

const symbols = String.raw`[!-/:-@\[-\x60{-~]`

/** `remove_symbols(x)`. */
export const removeSymbols = defineFunction({
  name: 'remove_symbols',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The text without the 32 punctuation marks and symbols of ASCII; letters, digits, whitespace and everything outside ASCII stay.',
  params: [x],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    duckdb: ([a]) => `regexp_replace(${a}, '${symbols}', '', 'g')`,
    postgres: ([a]) => `regexp_replace(${a}, '${symbols}', '', 'g')`,
    spark: ([a]) => `regexp_replace(${a}, ${quoteSparkText(symbols)}, '')`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['a-b_c!'], out: 'abc' },
        { in: ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'], out: '' },
        { in: ['AZaz09 \t\n'], out: 'AZaz09 \t\n' },
        { in: ['é€😀–'], out: 'é€😀–' },
        { in: ['e\u0301.'], out: 'e\u0301' },
        { in: ['+1 (555) 010-99'], out: '1 555 01099' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `char_code(x)`. */
export const charCode = defineFunction({
  name: 'char_code',
  kind: 'scalar',
  family: 'text',
  meaning: 'The number of the first Unicode code point; NULL for an empty text.',
  params: [x],
  returns: 'int64',
  type: () => int64,
  nulls: 'always',
  print: {
    duckdb: ([a]) => `CAST(unicode(NULLIF(${a}, '')) AS BIGINT)`,
    postgres: ([a]) => `ascii(NULLIF(${a}, ''))::bigint`,
    spark: ([a]) => `CAST(ascii(NULLIF(${a}, '')) AS BIGINT)`,
  },
  edges: [
    {
      types: [text],
      result: int64,
      rows: [
        { in: ['a'], out: '97' },
        { in: ['abc'], out: '97' },
        { in: ['é'], out: '233' },
        { in: ['e\u0301'], out: '101' },
        { in: ['😀'], out: '128512' },
        { in: ['\t'], out: '9' },
        { in: ['\u{10FFFF}'], out: '1114111' },
        { in: [''], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `mask(x, keep_last)`, `mask(x, keep_last, character)`. */
export const mask = defineFunction({
  name: 'mask',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The text with every code point but the last `keep_last` (constant) replaced by the constant character (`*` when left out). A text that is not longer than `keep_last` is masked as a whole. The length stays visible.',
  params: [
    x,
    { name: 'keep_last', accepts: integerKinds, constant: true },
    { name: 'character', accepts: ['text'], constant: true, optional: true },
  ],
  returns: 'text',
  type: (args) => {
    if (constantCount(args[1], 0) === undefined) return 'keep_last must be a whole number, 0 or more'
    const character = args.length < 3 ? '*' : constantText(args[2])
    return character !== undefined && [...character].length === 1 ? text : 'the mask must be one character'
  },
  nulls: 'strict',
  print: {
    duckdb: ([a, keep, c = "'*'"]) =>
      `(CASE WHEN length(${a}) <= ${keep} THEN repeat(${c}, length(${a})) ELSE repeat(${c}, length(${a}) - ${keep}) || right(${a}, ${keep}) END)`,
    postgres: ([a, keep, c = "'*'"]) =>
      `(CASE WHEN length(${a}) <= ${keep} THEN repeat(${c}, length(${a})) ELSE repeat(${c}, (length(${a}) - ${keep})::int) || right(${a}, ${keep}::int) END)`,
    spark: ([a, , c = "'*'"], { args }) => {
      const keep = constantCount(args[1], 0) ?? 0
      return `(CASE WHEN length(${a}) <= ${keep} THEN repeat(${c}, length(${a})) ELSE concat(repeat(${c}, length(${a}) - ${keep}), right(${a}, ${keep})) END)`
    },
  },
  edges: [
    {
      types: [text, int64],
      result: text,
      rows: [
        { in: ['4111111111111111', '4'], out: '************1111' },
        { in: ['123', '4'], out: '***' },
        { in: ['1234', '4'], out: '****' },
        { in: ['12345', '4'], out: '*2345' },
        { in: ['abc', '0'], out: '***' },
        { in: ['😀é', '1'], out: '*é' },
        { in: ['e\u0301', '1'], out: '*\u0301' },
        { in: ['', '4'], out: '' },
        { in: [null, '4'], out: null },
      ],
    },
    { types: [text, int64, text], result: text, rows: [{ in: ['abcdef', '2', '•'], out: '••••ef' }] },
  ],
})
