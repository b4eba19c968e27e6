import { bool, date, int64, list, type LogicalType, sameType, text, typeName } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { sqlType } from '../dialect.ts'
import {
  type ArgInfo,
  comparableKinds,
  defineFunction,
  exactKinds,
  integerKinds,
  type Printer,
} from '../contract.ts'

const listParam = { name: 'x', accepts: ['list'] } as const

const elementOf = (arg: ArgInfo | undefined): LogicalType =>
  arg?.type.kind === 'list' ? arg.type.element : text

/** The SQL of PostgreSQL that orders elements of a type as the catalogue does. */
const collate = (type: LogicalType): string => (type.kind === 'text' ? ' COLLATE "C"' : '')

/** Kinds whose equality and order engines agree on. */
const orderedKinds: readonly string[] = [...exactKinds, 'bool', 'text', 'date', 'timestamp', 'time', 'uuid']

const orderable = (name: string, args: readonly ArgInfo[]): LogicalType | string => {
  const element = elementOf(args[0])
  return orderedKinds.includes(element.kind)
    ? (args[0]?.type ?? list(element))
    : `${name} does not take a list of ${typeName(element)}: engines do not agree on its order`
}

/** `get(x, position)`. */
export const get = defineFunction({
  name: 'get',
  kind: 'scalar',
  family: 'nested',
  meaning:
    'The element at the position, the first is 1; NULL when there is none (0, negative or past the end).',
  params: [listParam, { name: 'position', accepts: integerKinds }],
  returns: 'any',
  type: (args) => elementOf(args[0]),
  nulls: 'always',
  print: {
    // The element of a NULL that is constant would have no type.
    duckdb: ([x, n], { type }) =>
      `(CASE WHEN ${n} >= 1 THEN CAST(list_extract(${x}, CAST(${n} AS BIGINT)) AS ${sqlType(type, 'duckdb')}) END)`,
    postgres: ([x, n]) => `(CASE WHEN ${n} BETWEEN 1 AND 2147483647 THEN (${x})[${n}::int] END)`,
    spark: ([x, n]) =>
      `(CASE WHEN ${n} BETWEEN 1 AND 2147483647 THEN try_element_at(${x}, CAST(${n} AS INT)) END)`,
  },
  edges: [
    {
      types: [list(text), int64],
      result: text,
      rows: [
        { in: [['a', 'é', '😀'], '1'], out: 'a' },
        { in: [['a', 'é', '😀'], '3'], out: '😀' },
        { in: [['a', 'é', '😀'], '4'], out: null },
        { in: [['a', 'é', '😀'], '0'], out: null },
        { in: [['a', 'é', '😀'], '-1'], out: null },
        { in: [['a', null], '2'], out: null },
        { in: [['a'], '9223372036854775807'], out: null },
        { in: [[], '1'], out: null },
        { in: [null, '1'], out: null },
        { in: [['a'], null], out: null },
      ],
    },
    { types: [list(int64), int64], result: int64, rows: [{ in: [['7', '8'], '2'], out: '8' }] },
  ],
})

/** `list_length(x)`. */
export const listLength = defineFunction({
  name: 'list_length',
  kind: 'scalar',
  family: 'nested',
  meaning: 'The number of elements, NULL ones included.',
  params: [listParam],
  returns: 'int64',
  type: () => int64,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `CAST(len(${x}) AS BIGINT)`,
    postgres: ([x]) => `cardinality(${x})::bigint`,
    spark: ([x]) => `CAST(array_size(${x}) AS BIGINT)`,
  },
  edges: [
    {
      types: [list(text)],
      result: int64,
      rows: [
        { in: [['a', 'b']], out: '2' },
        { in: [['a', null]], out: '2' },
        { in: [[null]], out: '1' },
        { in: [['']], out: '1' },
        { in: [['é', '😀', 'e\u0301']], out: '3' },
        { in: [[]], out: '0' },
        { in: [null], out: null },
      ],
    },
    { types: [list(int64)], result: int64, rows: [{ in: [['1']], out: '1' }] },
  ],
})

/** `list_contains(x, value)`. */
export const listContains = defineFunction({
  name: 'list_contains',
  kind: 'scalar',
  family: 'nested',
  meaning:
    'True when an element equals the value, otherwise false; NULL elements equal nothing. NULL when the list or the value is NULL.',
  params: [listParam, { name: 'value', accepts: comparableKinds }],
  returns: 'bool',
  type: (args) => {
    const element = elementOf(args[0])
    if (!orderedKinds.includes(element.kind))
      return `list_contains does not take a list of ${typeName(element)}`
    const value = args[1]?.type ?? element
    return sameType(element, value)
      ? bool
      : `list_contains: the list has ${typeName(element)}, the value is ${typeName(value)}; cast the value`
  },
  nulls: 'strict',
  print: {
    duckdb: ([x, v]) => `(CASE WHEN ${v} IS NOT NULL THEN list_contains(${x}, ${v}) END)`,
    postgres: ([x, v]) =>
      `(CASE WHEN ${x} IS NOT NULL AND ${v} IS NOT NULL THEN COALESCE(${v} = ANY(${x}), FALSE) END)`,
    spark: ([x, v]) =>
      `(CASE WHEN ${x} IS NOT NULL AND ${v} IS NOT NULL THEN COALESCE(array_contains(${x}, ${v}), FALSE) END)`,
  },
  edges: [
    {
      types: [list(text), text],
      result: bool,
      rows: [
        { in: [['a', 'b'], 'a'], out: true },
        { in: [['a', 'b'], 'A'], out: false },
        { in: [['a', null], 'a'], out: true },
        { in: [['a', null], 'b'], out: false },
        { in: [['é'], 'e\u0301'], out: false },
        { in: [['😀'], '😀'], out: true },
        { in: [[''], ''], out: true },
        { in: [[], 'a'], out: false },
        { in: [null, 'a'], out: null },
        { in: [['a', null], null], out: null },
      ],
    },
    { types: [list(int64), int64], result: bool, rows: [{ in: [['1', '2'], '2'], out: true }] },
  ],
})

/** `list_sort(x)`. */
export const listSort = defineFunction({
  name: 'list_sort',
  kind: 'scalar',
  family: 'nested',
  meaning: 'The elements in ascending order, texts by code point, NULL elements last.',
  params: [listParam],
  returns: 'list',
  type: (args) => orderable('list_sort', args),
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `list_sort(${x}, 'ASC', 'NULLS LAST')`,
    postgres: ([x], { args }) =>
      `(CASE WHEN ${x} IS NOT NULL THEN ARRAY(SELECT v FROM unnest(${x}) AS r(v) ORDER BY v${collate(elementOf(args[0]))} NULLS LAST) END)`,
    spark: ([x]) => `array_sort(${x})`,
  },
  edges: [
    {
      types: [list(text)],
      result: list(text),
      rows: [
        { in: [['b', 'a', 'B']], out: ['B', 'a', 'b'] },
        { in: [['b', null, 'a']], out: ['a', 'b', null] },
        { in: [['z', 'é', '😀', '\uffee']], out: ['z', 'é', '\uffee', '😀'] },
        { in: [['a', '', 'aa']], out: ['', 'a', 'aa'] },
        { in: [[]], out: [] },
        { in: [null], out: null },
      ],
    },
    {
      types: [list(int64)],
      result: list(int64),
      rows: [
        { in: [['10', '9', '-1', null]], out: ['-1', '9', '10', null] },
        {
          in: [['9223372036854775807', '-9223372036854775808']],
          out: ['-9223372036854775808', '9223372036854775807'],
        },
      ],
    },
  ],
})

/** `list_distinct(x)`. */
export const listDistinct = defineFunction({
  name: 'list_distinct',
  kind: 'scalar',
  family: 'nested',
  meaning:
    'The different elements, each once, in ascending order (texts by code point); NULL elements are left out.',
  params: [listParam],
  returns: 'list',
  type: (args) => orderable('list_distinct', args),
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `list_sort(list_distinct(${x}), 'ASC', 'NULLS LAST')`,
    postgres: ([x], { args }) =>
      `(CASE WHEN ${x} IS NOT NULL THEN ARRAY(SELECT v FROM (SELECT DISTINCT u.v FROM unnest(${x}) AS u(v) WHERE u.v IS NOT NULL) AS r(v) ORDER BY v${collate(elementOf(args[0]))}) END)`,
    spark: ([x]) => `array_sort(array_distinct(array_compact(${x})))`,
  },
  edges: [
    {
      types: [list(text)],
      result: list(text),
      rows: [
        { in: [['b', 'a', 'b', 'B']], out: ['B', 'a', 'b'] },
        { in: [['a', null, 'a', null]], out: ['a'] },
        { in: [['é', 'e\u0301', 'é']], out: ['e\u0301', 'é'] },
        { in: [['😀', '', '😀']], out: ['', '😀'] },
        { in: [[null]], out: [] },
        { in: [[]], out: [] },
        { in: [null], out: null },
      ],
    },
    {
      types: [list(date)],
      result: list(date),
      rows: [{ in: [['2024-01-02', '2024-01-01', '2024-01-02']], out: ['2024-01-01', '2024-01-02'] }],
    },
  ],
})

const concat: Printer = ([x, y]) => `(CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${x} || ${y} END)`

/** `list_concat(x, y)`. */
export const listConcat = defineFunction({
  name: 'list_concat',
  kind: 'scalar',
  family: 'nested',
  meaning:
    'The elements of the first list, then those of the second, which has the same type; NULL when one of the lists is NULL.',
  params: [listParam, { name: 'y', accepts: ['list'] }],
  returns: 'list',
  type: ([x, y]) =>
    x !== undefined && y !== undefined && sameType(x.type, y.type)
      ? x.type
      : 'list_concat takes two lists of the same type',
  nulls: 'strict',
  print: { duckdb: concat, postgres: concat, spark: ([x, y]) => `concat(${x}, ${y})` },
  edges: [
    {
      types: [list(text), list(text)],
      result: list(text),
      rows: [
        { in: [['b'], ['a', 'b']], out: ['b', 'a', 'b'] },
        { in: [['a'], []], out: ['a'] },
        { in: [[], ['a']], out: ['a'] },
        { in: [[], []], out: [] },
        { in: [[null], ['é', '😀']], out: [null, 'é', '😀'] },
        { in: [['a'], null], out: null },
        { in: [null, ['a']], out: null },
        { in: [null, null], out: null },
      ],
    },
  ],
})

/** `list_join(x, separator)`. */
export const listJoin = defineFunction({
  name: 'list_join',
  kind: 'scalar',
  family: 'nested',
  meaning:
    'The texts of the list with the constant separator between them; NULL elements are left out with their separator.',
  params: [listParam, { name: 'separator', accepts: ['text'], constant: true }],
  returns: 'text',
  type: (args) => {
    if (elementOf(args[0]).kind !== 'text') return 'list_join takes a list of text'
    return constantText(args[1]) === undefined ? 'the separator must be a text, not NULL' : text
  },
  nulls: 'strict',
  print: {
    // DuckDB gives NULL when every element is NULL.
    duckdb: ([x, s]) => `(CASE WHEN ${x} IS NOT NULL THEN COALESCE(array_to_string(${x}, ${s}), '') END)`,
    postgres: ([x, s]) => `array_to_string(${x}, ${s})`,
    spark: ([x, s]) => `array_join(${x}, ${s})`,
  },
  edges: [
    {
      types: [list(text), text],
      result: text,
      rows: [
        { in: [['a', 'b'], ', '], out: 'a, b' },
        { in: [['a', null, 'b'], ','], out: 'a,b' },
        { in: [[null], ','], out: '' },
        { in: [['', ''], ','], out: ',' },
        { in: [['é', '😀'], ''], out: 'é😀' },
        { in: [[], ','], out: '' },
        { in: [null, ','], out: null },
        { in: [['a', 'a'], 'a'], out: 'aaa' },
      ],
    },
  ],
})

/** `make_list(x, ...)`. */
export const makeList = defineFunction({
  name: 'make_list',
  kind: 'scalar',
  family: 'nested',
  meaning: 'A list of the values in order, NULL ones included. All have the same type.',
  params: [{ name: 'x', accepts: comparableKinds, variadic: true }],
  returns: 'list',
  type: (args) => {
    const element = args[0]?.type ?? text
    return args.every((a) => sameType(a.type, element))
      ? list(element)
      : 'make_list takes values of one type; cast the others'
  },
  nulls: 'never',
  print: {
    duckdb: (args) => `[${args.join(', ')}]`,
    postgres: (args) => `ARRAY[${args.join(', ')}]`,
    spark: (args) => `array(${args.join(', ')})`,
  },
  edges: [
    {
      types: [text, text],
      result: list(text),
      rows: [
        { in: ['a', 'b'], out: ['a', 'b'] },
        { in: ['b', 'a'], out: ['b', 'a'] },
        { in: ['a', null], out: ['a', null] },
        { in: [null, null], out: [null, null] },
        { in: ['', ''], out: ['', ''] },
        { in: ['é', '😀'], out: ['é', '😀'] },
        { in: ['e\u0301', ','], out: ['e\u0301', ','] },
      ],
    },
    {
      types: [int64],
      result: list(int64),
      rows: [{ in: ['9223372036854775807'], out: ['9223372036854775807'] }],
    },
  ],
})
