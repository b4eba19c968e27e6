import { bool, float64, int64, text } from '../plan/type.ts'
import { boolOfCommon, coercedArgs, commonType } from './coerce.ts'
import {
  anyKinds,
  comparableKinds,
  defineFunction,
  type Dialect,
  type EdgeGroup,
  type FunctionDefinition,
  type Printer,
} from './contract.ts'

const isNullEdges = (whenNull: boolean): readonly EdgeGroup[] => [
  {
    types: [int64],
    result: bool,
    rows: [
      { in: [null], out: whenNull },
      { in: ['0'], out: !whenNull },
    ],
  },
  {
    types: [text],
    result: bool,
    rows: [
      { in: [null], out: whenNull },
      { in: [''], out: !whenNull },
      { in: ['NULL'], out: !whenNull },
    ],
  },
  {
    types: [float64],
    result: bool,
    rows: [
      { in: ['NaN'], out: !whenNull },
      { in: [null], out: whenNull },
    ],
  },
  {
    types: [{ kind: 'list', element: int64 }],
    result: bool,
    rows: [
      { in: [[]], out: !whenNull },
      { in: [[null]], out: !whenNull },
      { in: [null], out: whenNull },
    ],
  },
]

const postfix =
  (operator: string): Printer =>
  ([x]) =>
    `(${x} ${operator})`

/** `x IS NULL`. */
export const isNull = defineFunction({
  name: 'is_null',
  kind: 'scalar',
  family: 'compare',
  meaning: 'Whether x is NULL. The empty text, NaN, the empty list and a list of NULLs are not NULL.',
  params: [{ name: 'x', accepts: anyKinds }],
  returns: 'bool',
  type: () => bool,
  nulls: 'never',
  print: { duckdb: postfix('IS NULL'), postgres: postfix('IS NULL'), spark: postfix('IS NULL') },
  edges: isNullEdges(true),
})

/** `x IS NOT NULL`. */
export const isNotNull = defineFunction({
  name: 'is_not_null',
  kind: 'scalar',
  family: 'compare',
  meaning: 'Whether x is not NULL. The empty text, NaN, the empty list and a list of NULLs are not NULL.',
  params: [{ name: 'x', accepts: anyKinds }],
  returns: 'bool',
  type: () => bool,
  nulls: 'never',
  print: { duckdb: postfix('IS NOT NULL'), postgres: postfix('IS NOT NULL'), spark: postfix('IS NOT NULL') },
  edges: isNullEdges(false),
})

const distinct =
  (operator: string, dialect: Dialect): Printer =>
  (args, call) => {
    const common = commonType(call.args)
    const typed = typeof common === 'string' ? args : coercedArgs(args, call, common, dialect)
    return `(${typed.join(` ${operator} `)})`
  }

const distinctEdges = (whenDistinct: boolean): readonly EdgeGroup[] => [
  {
    types: [int64, int64],
    result: bool,
    rows: [
      { in: ['1', '1'], out: !whenDistinct },
      { in: ['1', '2'], out: whenDistinct },
      { in: [null, '1'], out: whenDistinct },
      { in: ['1', null], out: whenDistinct },
      { in: [null, null], out: !whenDistinct },
    ],
  },
  {
    types: [text, text],
    result: bool,
    rows: [
      { in: ['', null], out: whenDistinct },
      { in: ['a', 'A'], out: whenDistinct },
    ],
  },
  {
    types: [float64, int64],
    result: bool,
    rows: [
      { in: ['1', '1'], out: !whenDistinct },
      { in: ['NaN', null], out: whenDistinct },
    ],
  },
]

/** `x IS DISTINCT FROM y`. */
export const isDistinctFrom = defineFunction({
  name: 'is_distinct_from',
  kind: 'scalar',
  family: 'compare',
  meaning: 'Whether x differs from y, where NULL is a value that equals only NULL. Never NULL.',
  params: [
    { name: 'x', accepts: comparableKinds },
    { name: 'y', accepts: comparableKinds },
  ],
  returns: 'bool',
  type: boolOfCommon,
  nulls: 'never',
  print: {
    duckdb: distinct('IS DISTINCT FROM', 'duckdb'),
    postgres: distinct('IS DISTINCT FROM', 'postgres'),
    spark: distinct('IS DISTINCT FROM', 'spark'),
  },
  edges: distinctEdges(true),
})

/** `x IS NOT DISTINCT FROM y`. */
export const isNotDistinctFrom = defineFunction({
  name: 'is_not_distinct_from',
  kind: 'scalar',
  family: 'compare',
  meaning: 'Whether x equals y, where NULL is a value that equals only NULL. Never NULL.',
  params: [
    { name: 'x', accepts: comparableKinds },
    { name: 'y', accepts: comparableKinds },
  ],
  returns: 'bool',
  type: boolOfCommon,
  nulls: 'never',
  print: {
    duckdb: distinct('IS NOT DISTINCT FROM', 'duckdb'),
    postgres: distinct('IS NOT DISTINCT FROM', 'postgres'),
    spark: distinct('IS NOT DISTINCT FROM', 'spark'),
  },
  edges: distinctEdges(false),
})

/** The tests of the compare family that answer for NULL. */
export const nullTestFunctions = {
  isNull,
  isNotNull,
  isDistinctFrom,
  isNotDistinctFrom,
} as const satisfies Record<string, FunctionDefinition>
