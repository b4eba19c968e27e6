import { int64, list, type LogicalType, text } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { constantCount, maxCount } from '../constant-count.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'

const x = { name: 'x', accepts: ['text'] } as const
const countParam = (name: string) => ({ name, accepts: integerKinds, constant: true }) as const

/** Types a function that gives text when the arguments from `from` on are constant counts of at least `least`. */
const countsFrom =
  (from: number, least: number) =>
  (args: readonly ArgInfo[]): LogicalType | string =>
    args.slice(from).every((a) => constantCount(a, least) !== undefined)
      ? text
      : `positions and counts must be whole numbers from ${least} to ${maxCount}`

/** `length(x)`. */
export const length = defineFunction({
  name: 'length',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The number of Unicode code points: a letter with a combining accent counts two, an emoji at least one.',
  params: [x],
  returns: 'int64',
  type: () => int64,
  nulls: 'strict',
  print: {
    duckdb: ([a]) => `length(${a})`,
    postgres: ([a]) => `length(${a})::bigint`,
    spark: ([a]) => `CAST(length(${a}) AS BIGINT)`,
  },
  edges: [
    {
      types: [text],
      result: int64,
      rows: [
        { in: ['abc'], out: '3' },
        { in: ['é'], out: '1' },
        { in: ['e\u0301'], out: '2' },
        { in: ['😀'], out: '1' },
        { in: ['👨‍👩‍👧'], out: '5' },
        { in: [' '], out: '1' },
        { in: ['\r\n'], out: '2' },
        { in: [''], out: '0' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `substring(x, start)`, `substring(x, start, count)`. */
export const substring = defineFunction({
  name: 'substring',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The code points from position `start` (constant, the first is 1), at most `count` of them (constant, 0 or more), to the end without `count`. Empty when the text is shorter.',
  params: [x, countParam('start'), { ...countParam('count'), optional: true }],
  returns: 'text',
  type: (args) => {
    const start = constantCount(args[1], 1)
    return start === undefined
      ? `the start must be a whole number from 1 to ${maxCount}`
      : countsFrom(2, 0)(args)
  },
  nulls: 'strict',
  print: {
    duckdb: (a) => `substring(${a.join(', ')})`,
    postgres: ([a, start, count]) =>
      `substr(${[a, `${start}::int`, ...(count === undefined ? [] : [`${count}::int`])].join(', ')})`,
    spark: ([a], { args }) =>
      `substring(${[a, ...args.slice(1).map((n) => constantCount(n, 0) ?? 0)].join(', ')})`,
  },
  edges: [
    {
      types: [text, int64, int64],
      result: text,
      rows: [
        { in: ['hello', '1', '2'], out: 'he' },
        { in: ['hello', '2', '3'], out: 'ell' },
        { in: ['hello', '5', '9'], out: 'o' },
        { in: ['hello', '6', '9'], out: '' },
        { in: ['hello', '1', '0'], out: '' },
        { in: ['a😀é', '2', '1'], out: '😀' },
        { in: ['e\u0301x', '1', '1'], out: 'e' },
        { in: ['', '1', '1'], out: '' },
        { in: [null, '1', '1'], out: null },
      ],
    },
    {
      types: [text, int64],
      result: text,
      rows: [
        { in: ['hello', '3'], out: 'llo' },
        { in: ['hello', '999999999'], out: '' },
      ],
    },
  ],
})

const ends = (name: 'left' | 'right', outs: readonly string[]) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'text',
    meaning: `The ${name === 'left' ? 'first' : 'last'} \`count\` code points (constant, 0 or more), all when the text is shorter.`,
    params: [x, countParam('count')],
    returns: 'text',
    type: countsFrom(1, 0),
    nulls: 'strict',
    print: {
      duckdb: ([a, count]) => `${name}(${a}, ${count})`,
      postgres: ([a, count]) => `${name}(${a}, ${count}::int)`,
      spark: ([a], { args }) => `${name}(${a}, ${constantCount(args[1], 0) ?? 0})`,
    },
    edges: [
      {
        types: [text, int64],
        result: text,
        rows: [
          { in: ['hello', '2'], out: outs[0] ?? '' },
          { in: ['hello', '0'], out: '' },
          { in: ['hello', '9'], out: 'hello' },
          { in: ['a😀é', '2'], out: outs[1] ?? '' },
          { in: ['e\u0301', '1'], out: outs[2] ?? '' },
          { in: ['', '3'], out: '' },
          { in: [null, '3'], out: null },
          { in: ['é', '999999999'], out: 'é' },
        ],
      },
    ],
  })

/** `left(x, count)`. */
export const left = ends('left', ['he', 'a😀', 'e'])

/** `right(x, count)`. */
export const right = ends('right', ['lo', '😀é', '\u0301'])

const separator = { name: 'separator', accepts: ['text'], constant: true } as const
const badSeparator = 'the separator must be a text with at least one character'
/** The regular expression of Java that matches exactly this text. */
const javaLiteral = (value: string): string => value.replaceAll(/[\\^$.|?*+()[\]{}]/gu, '\\$&')

const separates = (arg: ArgInfo | undefined): boolean => (constantText(arg) ?? '') !== ''

/** `split(x, separator)`. */
export const split = defineFunction({
  name: 'split',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The parts between the separators (constant, not empty), in order; an empty text has one empty part.',
  params: [x, separator],
  returns: 'list',
  type: (args) => (separates(args[1]) ? list(text) : badSeparator),
  nulls: 'strict',
  print: {
    duckdb: ([a, s]) => `string_split(${a}, ${s})`,
    postgres: ([a, s]) => `(CASE WHEN ${a} = '' THEN ARRAY[''::text] ELSE string_to_array(${a}, ${s}) END)`,
    spark: ([a], { args }) => `split(${a}, ${quoteSparkText(javaLiteral(constantText(args[1]) ?? ''))}, -1)`,
  },
  edges: [
    {
      types: [text, text],
      result: list(text),
      rows: [
        { in: ['a,b', ','], out: ['a', 'b'] },
        { in: [',a,,', ','], out: ['', 'a', '', ''] },
        { in: ['a', ','], out: ['a'] },
        { in: ['', ','], out: [''] },
        { in: ['a--b-c', '--'], out: ['a', 'b-c'] },
        { in: ['a.b', '.'], out: ['a', 'b'] },
        { in: ['x😀é', '😀'], out: ['x', 'é'] },
        { in: [null, ','], out: null },
      ],
    },
  ],
})

/** `split_part(x, separator, part)`. */
export const splitPart = defineFunction({
  name: 'split_part',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The part of that number between the separators (both constant; the first is 1); empty when there are fewer.',
  params: [x, separator, countParam('part')],
  returns: 'text',
  type: (args) => (separates(args[1]) ? countsFrom(2, 1)(args) : badSeparator),
  nulls: 'strict',
  print: {
    duckdb: ([a, s, part]) => `split_part(${a}, ${s}, ${part})`,
    postgres: ([a, s, part]) => `split_part(${a}, ${s}, ${part}::int)`,
    spark: ([a, s], { args }) => `split_part(${a}, ${s}, ${constantCount(args[2], 1) ?? 1})`,
  },
  edges: [
    {
      types: [text, text, int64],
      result: text,
      rows: [
        { in: ['a,b,c', ',', '1'], out: 'a' },
        { in: ['a,b,c', ',', '3'], out: 'c' },
        { in: ['a,b,c', ',', '4'], out: '' },
        { in: [',b', ',', '1'], out: '' },
        { in: ['abc', ',', '1'], out: 'abc' },
        { in: ['x😀é', '😀', '2'], out: 'é' },
        { in: ['', ',', '1'], out: '' },
        { in: [null, ',', '1'], out: null },
      ],
    },
  ],
})
