import { aggregateCall } from './aggregate-call.ts'
import { boolAggregates } from './aggregate-bool.ts'
import { extremeAggregates } from './aggregate-extreme.ts'
import { orderedAggregates } from './aggregate-ordered.ts'
import { statisticAggregates } from './aggregate-statistic.ts'
import { bool, decimal, float64, int32, int64, type LogicalType, text, uint64 } from '../plan/type.ts'
import { coerced } from './coerce.ts'
import {
  anyKinds,
  type ArgInfo,
  comparableKinds,
  defineFunction,
  type Dialect,
  type FunctionDefinition,
  numberKinds,
  type PrintedCall,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'

const countStar: Printer = (_args, { modifiers }) => aggregateCall('count', ['*'], modifiers)

/** Counts rows. */
export const count = defineFunction({
  name: 'count',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: 'The number of rows; 0 for no rows.',
  params: [],
  returns: 'int64',
  type: () => int64,
  nulls: 'never',
  print: { duckdb: countStar, postgres: countStar, spark: countStar },
  edges: [
    {
      types: [],
      result: int64,
      rows: [0, 1, 2, 3, 5, 7, 8, 20].map((n) => ({
        in: Array.from({ length: n }, () => []),
        out: String(n),
      })),
    },
  ],
})

const countOf: Printer = ([x], { modifiers }) => aggregateCall('count', [x ?? ''], modifiers)
const countDistinctOf: Printer = ([x], { modifiers }) =>
  aggregateCall('count', [x ?? ''], { ...modifiers, distinct: true })

/** Counts values. */
export const countValue = defineFunction({
  name: 'count_value',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: 'The number of rows where x is not NULL; 0 for no rows.',
  params: [{ name: 'x', accepts: anyKinds }],
  returns: 'int64',
  type: () => int64,
  nulls: 'never',
  print: { duckdb: countOf, postgres: countOf, spark: countOf },
  edges: [
    {
      types: [int32],
      result: int64,
      rows: [
        { in: [], out: '0' },
        { in: [[null]], out: '0' },
        { in: [['1']], out: '1' },
        { in: [['1'], ['1']], out: '2' },
        { in: [['1'], [null], ['2']], out: '2' },
      ],
    },
    {
      types: [text],
      result: int64,
      rows: [
        { in: [[''], [null]], out: '1' },
        { in: [['a'], ['a']], out: '2' },
      ],
    },
    { types: [float64], result: int64, rows: [{ in: [['NaN'], [null]], out: '1' }] },
  ],
})

/** Counts distinct values. */
export const countDistinct = defineFunction({
  name: 'count_distinct',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The number of different values of x, NULL not counted; text differs by code point; 0 for no rows. Not over windows.',
  params: [{ name: 'x', accepts: comparableKinds }],
  returns: 'int64',
  type: () => int64,
  nulls: 'never',
  groupsOnly: true,
  print: { duckdb: countDistinctOf, postgres: countDistinctOf, spark: countDistinctOf },
  edges: [
    {
      types: [int32],
      result: int64,
      rows: [
        { in: [], out: '0' },
        { in: [[null], [null]], out: '0' },
        { in: [['1'], ['1'], ['2']], out: '2' },
        { in: [['1'], [null], ['1']], out: '1' },
      ],
    },
    {
      types: [text],
      result: int64,
      rows: [
        { in: [['a'], ['A'], ['a ']], out: '3' },
        { in: [['é'], ['e\u0301']], out: '2' },
      ],
    },
    { types: [float64], result: int64, rows: [{ in: [['0'], ['-0'], ['NaN'], ['NaN']], out: '2' }] },
    { types: [decimal(5, 2)], result: int64, rows: [{ in: [['1.00'], ['1.00'], ['1.01']], out: '2' }] },
  ],
})

const countIfOf: Printer = ([x], { modifiers }) => aggregateCall('count', ['*'], modifiers, x)

// Spark takes no FILTER on a window call.
const sparkCountIf: Printer = ([x], { modifiers }) =>
  aggregateCall('count', [`CASE WHEN ${x} THEN 1 END`], modifiers)

/** Counts rows that meet a condition. */
export const countIf = defineFunction({
  name: 'count_if',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: 'The number of rows where the condition is true; 0 for no rows.',
  params: [{ name: 'condition', accepts: ['bool'] }],
  returns: 'int64',
  type: () => int64,
  nulls: 'never',
  print: { duckdb: countIfOf, postgres: countIfOf, spark: sparkCountIf },
  edges: [
    {
      types: [bool],
      result: int64,
      rows: [
        { in: [], out: '0' },
        { in: [[null]], out: '0' },
        { in: [[true]], out: '1' },
        { in: [[false]], out: '0' },
        { in: [[true], [false], [null]], out: '1' },
        { in: [[true], [true]], out: '2' },
        { in: [[false], [false]], out: '0' },
        { in: [[null], [true]], out: '1' },
      ],
    },
  ],
})

const sumType = ([x]: readonly ArgInfo[]): LogicalType | string => {
  if (x === undefined) return 'a number is needed'
  if (x.type.kind === 'float64') return float64
  return x.type.kind === 'decimal' ? decimal(38, x.type.scale) : int64
}

const sumPrinter =
  (dialect: Dialect, condition?: (args: readonly string[]) => string | undefined): Printer =>
  (args, call: PrintedCall) => {
    const x = args[0] ?? ''
    const summed = aggregateCall('sum', [x], call.modifiers, condition?.(args))
    return call.type.kind === 'float64' ? summed : `CAST(${summed} AS ${sqlType(call.type, dialect)})`
  }

// A sum of BIGINT would fail in Spark where it leaves int64 on its way only.
const sparkWide = (x: string, own: LogicalType | undefined): string =>
  own?.kind === 'int64' ? `CAST(${x} AS DECIMAL(20,0))` : x

// A window call of Spark takes no FILTER.
const sparkSum: Printer = ([x = '', condition], call) => {
  const wide = sparkWide(x, call.args[0]?.type)
  const met = condition === undefined ? wide : `CASE WHEN ${condition} THEN ${wide} END`
  const summed = aggregateCall('sum', [met], call.modifiers)
  return call.type.kind === 'float64' ? summed : `CAST(${summed} AS ${sqlType(call.type, 'spark')})`
}

const sumMeaning =
  'Integers give int64 and fail beyond it, decimals give decimal(38, own scale); the sum of float64 depends on the order of rows in its last digits and is promised to a relative 1e-9.'

/** Sums values. */
export const sum = defineFunction({
  name: 'sum',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: `The sum of the values that are not NULL; NULL if there are none. ${sumMeaning}`,
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'number',
  type: sumType,
  nulls: 'always',
  print: { duckdb: sumPrinter('duckdb'), postgres: sumPrinter('postgres'), spark: sparkSum },
  edges: [
    {
      types: [int64],
      result: int64,
      rows: [
        { in: [], out: null },
        { in: [[null]], out: null },
        { in: [['1'], [null], ['2']], out: '3' },
        { in: [['9223372036854775807'], ['1'], ['-1']], out: '9223372036854775807' },
        { in: [['9223372036854775807'], ['1']], fails: true },
      ],
    },
    { types: [int32], result: int64, rows: [{ in: [['2147483647'], ['2147483647']], out: '4294967294' }] },
    {
      types: [uint64],
      result: int64,
      rows: [
        { in: [['9223372036854775806'], ['1']], out: '9223372036854775807' },
        { in: [['18446744073709551615'], ['1']], fails: true },
      ],
    },
    {
      types: [decimal(10, 2)],
      result: decimal(38, 2),
      rows: [
        { in: [['0.10'], ['0.20']], out: '0.30' },
        { in: [['99999999.99'], ['0.01'], [null]], out: '100000000.00' },
      ],
    },
    {
      types: [float64],
      result: float64,
      rows: [
        { in: [['0.1'], ['0.2']], out: '0.3' },
        { in: [['1'], ['NaN']], out: 'NaN' },
        { in: [['1'], ['Infinity']], out: 'Infinity' },
      ],
    },
  ],
})

/** Sums values of rows that meet a condition. */
export const sumIf = defineFunction({
  name: 'sum_if',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: `The sum of the values that are not NULL over the rows where the condition is true; NULL if there are none. ${sumMeaning}`,
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'condition', accepts: ['bool'] },
  ],
  returns: 'number',
  type: sumType,
  nulls: 'always',
  print: {
    duckdb: sumPrinter('duckdb', ([, c]) => c),
    postgres: sumPrinter('postgres', ([, c]) => c),
    spark: sparkSum,
  },
  edges: [
    {
      types: [int64, bool],
      result: int64,
      rows: [
        { in: [], out: null },
        { in: [['1', false]], out: null },
        { in: [['1', null]], out: null },
        {
          in: [
            ['1', true],
            ['2', false],
          ],
          out: '1',
        },
        {
          in: [
            ['1', true],
            ['2', true],
            [null, true],
          ],
          out: '3',
        },
      ],
    },
    {
      types: [decimal(10, 2), bool],
      result: decimal(38, 2),
      rows: [
        {
          in: [
            ['1.50', true],
            ['2.00', null],
          ],
          out: '1.50',
        },
        { in: [[null, true]], out: null },
        {
          in: [
            ['1.50', true],
            ['-1.50', true],
          ],
          out: '0.00',
        },
      ],
    },
  ],
})

/** Digits up to which the sum of 10 billion values fits decimal(38): it is exact in every engine, in any order. */
const exactDigits = 28

const isSummedExactly = (type: LogicalType): boolean =>
  type.kind !== 'float64' && exactShape(type).precision <= exactDigits

// The sum of float64 depends on the order of its parts: by all of its value where they cancel out.
const avgPrinter =
  (dialect: Dialect): Printer =>
  ([x = ''], { args, modifiers }) => {
    const own = args[0]?.type ?? float64
    if (!isSummedExactly(own)) return aggregateCall('avg', [coerced(x, own, float64, dialect)], modifiers)
    const summed = aggregateCall('sum', [dialect === 'spark' ? sparkWide(x, own) : x], modifiers)
    return `(CAST(${summed} AS ${sqlType(float64, dialect)}) / ${aggregateCall('count', [x], modifiers)})`
  }

/** The mean. */
export const avg = defineFunction({
  name: 'avg',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The arithmetic mean of the values that are not NULL, as float64 to a relative 1e-9; NULL if there are none. Integers, and decimals of at most 28 digits, are summed exactly; of others that promise only holds where they do not cancel out. For money divide the sum by the count with `decdiv`.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'float64',
  type: () => float64,
  nulls: 'always',
  print: { duckdb: avgPrinter('duckdb'), postgres: avgPrinter('postgres'), spark: avgPrinter('spark') },
  edges: [
    {
      types: [int64],
      result: float64,
      rows: [
        { in: [], out: null },
        { in: [[null]], out: null },
        { in: [['1'], ['2']], out: '1.5' },
        { in: [['1'], [null], ['2']], out: '1.5' },
        { in: [['9223372036854775807'], ['9223372036854775807']], out: '9223372036854775807' },
      ],
    },
    {
      types: [decimal(10, 2)],
      result: float64,
      rows: [
        { in: [['0.10'], ['0.20']], out: '0.15' },
        { in: [['0.01'], ['-99999999.99'], ['99999999.99'], [null]], out: '0.0033333333333333335' },
      ],
    },
    {
      types: [decimal(28, 10)],
      result: float64,
      rows: [{ in: [['999999999999999999.9999999999'], ['-999999999999999999.9999999998']], out: '5e-11' }],
    },
    { types: [decimal(38, 2)], result: float64, rows: [{ in: [['1.00'], ['2.00']], out: '1.5' }] },
    {
      types: [uint64],
      result: float64,
      rows: [{ in: [['18446744073709551615'], ['1']], out: '9223372036854775808' }],
    },
    {
      types: [float64],
      result: float64,
      rows: [
        { in: [['0.5'], ['-0.5']], out: '0' },
        { in: [['NaN'], ['1']], out: 'NaN' },
      ],
    },
  ],
})

/** The aggregate family of the catalogue. */
export const aggregateFunctions = {
  count,
  countValue,
  countDistinct,
  countIf,
  sum,
  sumIf,
  avg,
  ...extremeAggregates,
  ...boolAggregates,
  ...statisticAggregates,
  ...orderedAggregates,
} as const satisfies Record<string, FunctionDefinition>
