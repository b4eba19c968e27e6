import { decimal, float64, int64, type LogicalType } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import { coerced } from './coerce.ts'
import {
  type CallModifiers,
  defineFunction,
  type Dialect,
  type EdgeGroup,
  type FunctionDefinition,
  numberKinds,
  type PrintedCall,
  type Printer,
} from './contract.ts'

const asFloat = (sql: string | undefined, call: PrintedCall, dialect: Dialect): string =>
  coerced(sql ?? '', call.args[0]?.type ?? float64, float64, dialect)

const statistic =
  (name: string, dialect: Dialect): Printer =>
  ([x], call) =>
    aggregateCall(name, [asFloat(x, call, dialect)], call.modifiers)

function spread<const N extends string>(
  name: N,
  sql: string,
  word: string,
  of: (variance: number) => number,
) {
  const rows = (
    samples: readonly (readonly [readonly (string | null)[], number | null])[],
  ): EdgeGroup['rows'] =>
    samples.map(([values, variance]) => ({
      in: values.map((v) => [v]),
      out: variance === null ? null : String(of(variance)),
    }))
  return defineFunction({
    name,
    kind: 'aggregate',
    family: 'aggregate',
    meaning: `The sample ${word} (divisor n - 1) of the values that are not NULL, as float64 to a relative 1e-9; NULL for fewer than two values. Only promised for finite values.`,
    params: [{ name: 'x', accepts: numberKinds }],
    returns: 'float64',
    type: () => float64,
    nulls: 'always',
    print: {
      duckdb: statistic(sql, 'duckdb'),
      postgres: statistic(sql, 'postgres'),
      spark: statistic(sql, 'spark'),
    },
    edges: [
      {
        types: [float64],
        result: float64,
        rows: rows([
          [[], null],
          [['1'], null],
          [['1', null], null],
          [['1', '2'], 0.5],
          [['1', '2', null, '3'], 1],
          [['5', '5', '5'], 0],
          [['2', '4', '4', '4', '5', '5', '7', '9'], 32 / 7],
        ]),
      },
      { types: [decimal(10, 2)], result: float64, rows: rows([[['0.50', '1.50'], 0.5]]) },
      { types: [int64], result: float64, rows: rows([[['1', '3'], 2]]) },
    ],
  })
}

/** The sample standard deviation. */
export const stddev = spread('stddev', 'stddev_samp', 'standard deviation', Math.sqrt)
/** The sample variance. */
export const variance = spread('variance', 'var_samp', 'variance', (v) => v)

// A quantile is an ordered-set aggregate on PostgreSQL: the argument stands behind the parentheses, FILTER behind that.
function withinGroup(share: string, x: string, { where }: CallModifiers): string {
  const filter = where === undefined ? '' : ` FILTER (WHERE ${where})`
  return `percentile_cont(${share}) WITHIN GROUP (ORDER BY ${x})${filter}`
}

const percentile = (share: string, x: string, modifiers: CallModifiers): string =>
  aggregateCall('percentile', [x, `CAST('${share}' AS DOUBLE)`], modifiers)

const quantileRows: EdgeGroup['rows'] = [
  { in: [], out: null },
  { in: [[null]], out: null },
  { in: [['7']], out: '7' },
  { in: [['1'], ['2']], out: '1.5' },
  { in: [['3'], ['1'], ['2']], out: '2' },
  { in: [['1'], [null], ['2'], ['10'], ['4']], out: '3' },
  { in: [['1'], ['1'], ['9']], out: '1' },
]

const cents: EdgeGroup['rows'] = [{ in: [['8.74'], ['8.75']], out: '8.745' }]

/** The median. */
export const median = defineFunction({
  name: 'median',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The middle of the values that are not NULL, as float64: for an even number of them half way between the two in the middle; NULL if there are none. Not over windows.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'float64',
  type: () => float64,
  nulls: 'always',
  groupsOnly: true,
  print: {
    duckdb: ([x], call) =>
      aggregateCall('quantile_cont', [asFloat(x, call, 'duckdb'), '0.5'], call.modifiers),
    postgres: ([x], call) => withinGroup('0.5', asFloat(x, call, 'postgres'), call.modifiers),
    spark: ([x], call) => percentile('0.5', asFloat(x, call, 'spark'), call.modifiers),
  },
  edges: [
    { types: [float64], result: float64, rows: quantileRows },
    { types: [decimal(5, 2)], result: float64, rows: cents },
  ],
})

const share = (value: unknown): boolean => typeof value === 'string' && /^(0(\.\d+)?|1(\.0+)?)$/.test(value)

/** A quantile. */
export const quantile = defineFunction({
  name: 'quantile',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The value below which the given share (a constant from 0 to 1) of the values that are not NULL lies, interpolated linearly between neighbours, as float64; NULL if there are none. Not over windows.',
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'share', accepts: ['decimal', 'float64'], constant: true },
  ],
  returns: 'float64',
  type: ([, q]): LogicalType | string =>
    share(q?.constant) ? float64 : 'quantile: the share must be a constant from 0 to 1',
  nulls: 'always',
  groupsOnly: true,
  print: {
    duckdb: ([x], call) =>
      aggregateCall(
        'quantile_cont',
        [asFloat(x, call, 'duckdb'), String(call.args[1]?.constant)],
        call.modifiers,
      ),
    postgres: ([x], call) =>
      withinGroup(String(call.args[1]?.constant), asFloat(x, call, 'postgres'), call.modifiers),
    spark: ([x], call) =>
      percentile(String(call.args[1]?.constant), asFloat(x, call, 'spark'), call.modifiers),
  },
  edges: [
    { types: [float64, decimal(3, 2)], constants: ['0.5'], result: float64, rows: quantileRows },
    { types: [decimal(5, 2), decimal(3, 2)], constants: ['0.5'], result: float64, rows: cents },
    {
      types: [int64, decimal(3, 2)],
      constants: ['0.95'],
      result: float64,
      rows: [
        { in: [['1'], ['2'], ['3'], ['4'], ['5']], out: '4.8' },
        { in: [['10'], ['20']], out: '19.5' },
      ],
    },
    {
      types: [int64, int64],
      constants: ['1'],
      result: float64,
      rows: [{ in: [['3'], ['9'], ['5']], out: '9' }],
    },
    {
      types: [int64, int64],
      constants: ['0'],
      result: float64,
      rows: [{ in: [['3'], ['9'], ['5']], out: '3' }],
    },
  ],
})

/** The statistics. */
export const statisticAggregates = {
  stddev,
  variance,
  median,
  quantile,
} as const satisfies Record<string, FunctionDefinition>
