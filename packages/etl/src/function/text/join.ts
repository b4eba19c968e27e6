import { int64, type LogicalType, text } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { constantCount } from '../constant-count.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'

const x = { name: 'x', accepts: ['text'] } as const

/** `join_text(separator, x, ...)`. */
export const joinText = defineFunction({
  name: 'join_text',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The texts with the constant separator between them. NULL texts are left out with their separator, empty ones are not; empty when all are NULL.',
  params: [
    { name: 'separator', accepts: ['text'], constant: true },
    { ...x, variadic: true },
  ],
  returns: 'text',
  type: (args) => (constantText(args[0]) === undefined ? 'the separator must be a text, not NULL' : text),
  nulls: 'never',
  print: {
    duckdb: (args) => `concat_ws(${args.join(', ')})`,
    postgres: (args) => `concat_ws(${args.join(', ')})`,
    spark: (args) => `concat_ws(${args.join(', ')})`,
  },
  edges: [
    {
      types: [text, text, text, text],
      result: text,
      rows: [
        { in: [', ', 'a', 'b', 'c'], out: 'a, b, c' },
        { in: [', ', 'a', null, 'c'], out: 'a, c' },
        { in: [', ', null, null, 'c'], out: 'c' },
        { in: [', ', null, null, null], out: '' },
        { in: [', ', '', '', ''], out: ', , ' },
        { in: ['', 'a', 'b', 'c'], out: 'abc' },
        { in: ['😀', 'é', 'e', '\u0301'], out: 'é😀e😀\u0301' },
        { in: ["'", 'a', "'", 'b'], out: "a'''b" },
      ],
    },
  ],
})

/** `append(x, ...)`. */
export const append = defineFunction({
  name: 'append',
  kind: 'scalar',
  family: 'text',
  meaning: 'The texts one after the other; NULL when one of them is NULL.',
  params: [x, { name: 'more', accepts: ['text'], variadic: true }],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    // Without the cast, a NULL among the arguments makes it a NULL without a type.
    duckdb: (args) => `CAST(${args.join(' || ')} AS VARCHAR)`,
    postgres: (args) => `(${args.join(' || ')})`,
    spark: (args) => `concat(${args.join(', ')})`,
  },
  edges: [
    {
      types: [text, text, text],
      result: text,
      rows: [
        { in: ['a', 'b', 'c'], out: 'abc' },
        { in: ['a', null, 'c'], out: null },
        { in: [null, 'b', 'c'], out: null },
        { in: ['a', 'b', null], out: null },
        { in: ['', '', ''], out: '' },
        { in: ['e', '\u0301', ''], out: 'e\u0301' },
        { in: ['😀', ' ', 'é'], out: '😀 é' },
        { in: ["'", '"', '\\'], out: '\'"\\' },
      ],
    },
  ],
})

const maxRepeats = 1_000_000

/** `repeat(x, count)`. */
export const repeat = defineFunction({
  name: 'repeat',
  kind: 'scalar',
  family: 'text',
  meaning: 'The text that often one after the other; `count` is a constant from 0 to 1,000,000.',
  params: [x, { name: 'count', accepts: integerKinds, constant: true }],
  returns: 'text',
  type: (args) =>
    constantCount(args[1], 0, maxRepeats) === undefined
      ? `the count must be a whole number from 0 to ${maxRepeats}`
      : text,
  nulls: 'strict',
  print: {
    duckdb: ([a, n]) => `repeat(${a}, ${n})`,
    postgres: ([a, n]) => `repeat(${a}, ${n}::int)`,
    spark: ([a], { args }) => `repeat(${a}, ${constantCount(args[1], 0) ?? 0})`,
  },
  edges: [
    {
      types: [text, int64],
      result: text,
      rows: [
        { in: ['ab', '3'], out: 'ababab' },
        { in: ['ab', '1'], out: 'ab' },
        { in: ['ab', '0'], out: '' },
        { in: ['', '5'], out: '' },
        { in: ['', '1000000'], out: '' },
        { in: ['é😀', '2'], out: 'é😀é😀' },
        { in: ['e\u0301', '2'], out: 'e\u0301e\u0301' },
        { in: [null, '2'], out: null },
      ],
    },
  ],
})

/** `reverse(x)`. */
export const reverse = defineFunction({
  name: 'reverse',
  kind: 'scalar',
  family: 'text',
  meaning: 'The code points in opposite order; a combining accent then follows another letter.',
  params: [x],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    // DuckDB's reverse() keeps grapheme clusters together, no other engine does.
    duckdb: ([a]) => `array_to_string(list_reverse(regexp_extract_all(${a}, '(?s).')), '')`,
    postgres: ([a]) => `reverse(${a})`,
    spark: ([a]) => `reverse(${a})`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['abc'], out: 'cba' },
        { in: ['a\nb'], out: 'b\na' },
        { in: ['\r\n'], out: '\n\r' },
        { in: ['é😀'], out: '😀é' },
        { in: ['ae\u0301'], out: '\u0301ea' },
        { in: ['a'], out: 'a' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

const padType = (args: readonly ArgInfo[]): LogicalType | string => {
  if (constantCount(args[1], 0, maxRepeats) === undefined) {
    return `the width must be a whole number from 0 to ${maxRepeats}`
  }
  const fill = args.length < 3 ? ' ' : constantText(args[2])
  return fill !== undefined && [...fill].length === 1 ? text : 'the filling must be one character'
}

const pad = (name: 'pad_left' | 'pad_right', outs: readonly [string, string, string, string]) => {
  const own = name === 'pad_left' ? 'lpad' : 'rpad'
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'text',
    meaning: `The text, when it has fewer code points than \`width\`, filled up at its ${name === 'pad_left' ? 'beginning' : 'end'} with the constant character \`fill\` (a space when left out). Longer texts are not cut. The width is a constant from 0 to 1,000,000.`,
    params: [
      x,
      { name: 'width', accepts: integerKinds, constant: true },
      { name: 'fill', accepts: ['text'], constant: true, optional: true },
    ],
    returns: 'text',
    type: padType,
    nulls: 'strict',
    print: {
      duckdb: ([a, n, fill = "' '"]) =>
        `(CASE WHEN length(${a}) >= ${n} THEN ${a} ELSE ${own}(${a}, CAST(${n} AS INTEGER), ${fill}) END)`,
      postgres: ([a, n, fill = "' '"]) =>
        `(CASE WHEN length(${a}) >= ${n} THEN ${a} ELSE ${own}(${a}, ${n}::int, ${fill}) END)`,
      spark: ([a, , fill = "' '"], { args }) =>
        `${own}(${a}, greatest(${constantCount(args[1], 0) ?? 0}, length(${a})), ${fill})`,
    },
    edges: [
      {
        types: [text, int64, text],
        result: text,
        rows: [
          { in: ['7', '3', '0'], out: outs[0] },
          { in: ['1234', '3', '0'], out: '1234' },
          { in: ['', '2', 'x'], out: 'xx' },
          { in: ['', '0', 'x'], out: '' },
          { in: ['é', '3', '😀'], out: outs[1] },
          { in: ['e\u0301', '3', 'x'], out: outs[2] },
          { in: ['a', '1', 'x'], out: 'a' },
          { in: [null, '3', 'x'], out: null },
        ],
      },
      { types: [text, int64], result: text, rows: [{ in: ['a', '2'], out: outs[3] }] },
    ],
  })
}

/** `pad_left(x, width)`, `pad_left(x, width, fill)`. */
export const padLeft = pad('pad_left', ['007', '😀😀é', 'xe\u0301', ' a'])

/** `pad_right(x, width)`, `pad_right(x, width, fill)`. */
export const padRight = pad('pad_right', ['700', 'é😀😀', 'e\u0301x', 'a '])
