import type { LiteralValue } from '../../plan/expression.ts'
import { bool, type LogicalType, text } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction, type EdgeGroup } from '../contract.ts'
import { isName, quoteSparkText } from '../dialect.ts'

const whitespace = ' \t\n\r\f\v'

/** The six whitespace characters of ASCII inside a bracket expression, as RE2 and PostgreSQL both write them. */
export const whitespaceClass = String.raw`[ \t\n\r\f\v]`

// In Java \v is every vertical space of Unicode.
const sparkWhitespace = quoteSparkText(String.raw`[ \t\n\r\f\x0B]+`)
const sparkSolid = quoteSparkText(String.raw`[^ \t\n\r\f\x0B]`)

const params = [
  { name: 'x', accepts: ['text'] },
  { name: 'set', accepts: ['text'], constant: true, optional: true },
] as const

const type = (args: readonly ArgInfo[]): LogicalType | string =>
  args.length > 1 && (constantText(args[1]) ?? '') === ''
    ? 'the set of characters to trim must be a text with at least one character'
    : text

const meaning = (where: string): string =>
  `The text without the characters of \`set\` at its ${where}; without \`set\` only spaces go (not tabs or line ends).`

const edges = (
  outs: readonly [LiteralValue, LiteralValue, LiteralValue, LiteralValue, LiteralValue],
): EdgeGroup[] => [
  {
    types: [text],
    result: text,
    rows: [
      { in: ['  a b  '], out: outs[0] },
      { in: ['\ta\n'], out: '\ta\n' },
      { in: ['   '], out: '' },
      { in: [''], out: '' },
      { in: [null], out: null },
      { in: ['\u00a0é\u00a0'], out: '\u00a0é\u00a0' },
    ],
  },
  {
    types: [text, text],
    result: text,
    rows: [
      { in: ['xyaxbyx', 'xy'], out: outs[1] },
      { in: ['éaé', 'é'], out: outs[2] },
      { in: ['😀a😀', '😀'], out: outs[3] },
      { in: ['\t a \n', whitespace], out: outs[4] },
      { in: ["'-]^a", 'z'], out: "'-]^a" },
      { in: [null, 'z'], out: null },
    ],
  },
]

const printer =
  (name: string) =>
  ([x, set]: readonly string[]): string =>
    `${name}(${x}, ${set ?? "' '"})`

/** Texts that need no trimming are told apart first: DuckDB's trim with a set takes four times as long as these looks. */
const duckdbTrim =
  (name: string, side: 'both' | 'begin' | 'end') =>
  ([x = '', set]: readonly string[]): string => {
    const call = printer(name)([x, ...(set === undefined ? [] : [set])])
    if (set !== undefined || !isName(x)) return call
    const looks = [
      ...(side === 'end' ? [] : [`${x} < '!'`]),
      ...(side === 'begin' ? [] : [`suffix(${x}, ' ')`]),
    ]
    return `(CASE WHEN ${looks.join(' OR ')} THEN ${call} ELSE ${x} END)`
  }

const sparkTrim =
  (side: 'BOTH' | 'LEADING' | 'TRAILING') =>
  ([x, set]: readonly string[]): string =>
    `trim(${side} ${set ?? "' '"} FROM ${x})`

/** `trim(x)`, `trim(x, set)`. */
export const trim = defineFunction({
  name: 'trim',
  kind: 'scalar',
  family: 'text',
  meaning: meaning('beginning and end'),
  params,
  returns: 'text',
  type,
  nulls: 'strict',
  print: { duckdb: duckdbTrim('trim', 'both'), postgres: printer('btrim'), spark: sparkTrim('BOTH') },
  edges: edges(['a b', 'axb', 'a', 'a', 'a']),
})

/** `ltrim(x)`, `ltrim(x, set)`. */
export const ltrim = defineFunction({
  name: 'ltrim',
  kind: 'scalar',
  family: 'text',
  meaning: meaning('beginning'),
  params,
  returns: 'text',
  type,
  nulls: 'strict',
  print: { duckdb: duckdbTrim('ltrim', 'begin'), postgres: printer('ltrim'), spark: sparkTrim('LEADING') },
  edges: edges(['a b  ', 'axbyx', 'aé', 'a😀', 'a \n']),
})

/** `rtrim(x)`, `rtrim(x, set)`. */
export const rtrim = defineFunction({
  name: 'rtrim',
  kind: 'scalar',
  family: 'text',
  meaning: meaning('end'),
  params,
  returns: 'text',
  type,
  nulls: 'strict',
  print: { duckdb: duckdbTrim('rtrim', 'end'), postgres: printer('rtrim'), spark: sparkTrim('TRAILING') },
  edges: edges(['  a b', 'xyaxb', 'éa', '😀a', '\t a']),
})

const one = [{ name: 'x', accepts: ['text'] }] as const

/** `collapse_space(x)`. */
export const collapseSpace = defineFunction({
  name: 'collapse_space',
  kind: 'scalar',
  family: 'text',
  meaning:
    'Each run of ASCII whitespace (space, tab, line feed, carriage return, form feed, vertical tab) becomes one space, none at the beginning and end. Other spaces of Unicode stay.',
  params: one,
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `trim(regexp_replace(${x}, '${whitespaceClass}+', ' ', 'g'), ' ')`,
    postgres: ([x]) => `btrim(regexp_replace(${x}, '${whitespaceClass}+', ' ', 'g'), ' ')`,
    spark: ([x]) => `trim(regexp_replace(${x}, ${sparkWhitespace}, ' '))`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['  a   b  '], out: 'a b' },
        { in: ['a\t\r\nb\f\vc'], out: 'a b c' },
        { in: ['a b'], out: 'a b' },
        { in: ['\u00a0a\u2003b'], out: '\u00a0a\u2003b' },
        { in: ['é  😀'], out: 'é 😀' },
        { in: [' \t\n'], out: '' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `is_blank(x)`. */
export const isBlank = defineFunction({
  name: 'is_blank',
  kind: 'scalar',
  family: 'text',
  meaning: 'True when the text is NULL, empty or only ASCII whitespace; otherwise false. Never NULL.',
  params: one,
  returns: 'bool',
  type: () => bool,
  nulls: 'never',
  print: {
    duckdb: ([x]) => `COALESCE(regexp_full_match(${x}, '${whitespaceClass}*'), TRUE)`,
    postgres: ([x]) => `COALESCE(${x} ~ '^${whitespaceClass}*$', TRUE)`,
    spark: ([x]) => `COALESCE(NOT ${x} RLIKE ${sparkSolid}, TRUE)`,
  },
  edges: [
    {
      types: [text],
      result: bool,
      rows: [
        { in: [null], out: true },
        { in: [''], out: true },
        { in: [' \t\r\n\f\v'], out: true },
        { in: [' a '], out: false },
        { in: ['\n\na'], out: false },
        { in: ['a\n'], out: false },
        { in: ['\u00a0'], out: false },
        { in: ['é'], out: false },
        { in: ['0'], out: false },
      ],
    },
  ],
})

/** `null_if_blank(x)`. */
export const nullIfBlank = defineFunction({
  name: 'null_if_blank',
  kind: 'scalar',
  family: 'text',
  meaning: 'NULL when the text is empty or only ASCII whitespace, otherwise the text unchanged.',
  params: one,
  returns: 'text',
  type: () => text,
  nulls: 'always',
  print: {
    duckdb: ([x]) => `(CASE WHEN NOT regexp_full_match(${x}, '${whitespaceClass}*') THEN ${x} END)`,
    postgres: ([x]) => `(CASE WHEN ${x} !~ '^${whitespaceClass}*$' THEN ${x} END)`,
    spark: ([x]) => `(CASE WHEN ${x} RLIKE ${sparkSolid} THEN ${x} END)`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: [null], out: null },
        { in: [''], out: null },
        { in: [' \t\r\n\f\v'], out: null },
        { in: [' a '], out: ' a ' },
        { in: ['\na'], out: '\na' },
        { in: ['\u00a0'], out: '\u00a0' },
        { in: ['é😀'], out: 'é😀' },
        { in: ['NULL'], out: 'NULL' },
      ],
    },
  ],
})
