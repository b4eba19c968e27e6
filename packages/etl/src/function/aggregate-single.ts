import { date, decimal, float64, int64, text } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import { anyKinds, defineFunction, type PrintedCall, type Printer } from './contract.ts'
import { sqlType } from './dialect.ts'

const rows = ({ modifiers }: PrintedCall): string => aggregateCall('count', ['*'], modifiers)

const duckdb: Printer = ([x], call) =>
  `CASE WHEN ${rows(call)} > 1 THEN error('more than one row where one is expected') ELSE ${aggregateCall('any_value', [x ?? ''], call.modifiers)} END`

// A text that is no number fails where it is cast, but only when there are the rows that it tells of.
const postgres: Printer = ([x], call) => {
  const fail = `CAST(CAST(${rows(call)} AS TEXT) || ' rows where one is expected' AS INTEGER)`
  return `(${aggregateCall('array_agg', [x ?? ''], call.modifiers)})[CASE WHEN ${rows(call)} > 1 THEN ${fail} ELSE 1 END]`
}

const spark: Printer = ([x], call) => {
  const fail = `CAST(raise_error('more than one row where one is expected') AS ${sqlType(call.type, 'spark')})`
  return `CASE WHEN ${rows(call)} > 1 THEN ${fail} ELSE ${aggregateCall('any_value', [x ?? ''], call.modifiers)} END`
}

/** The value of the only row. */
export const singleValue = defineFunction({
  name: 'single_value',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The value of x in the only row, which may be NULL; NULL for no rows; fails for more than one row, whatever their values. It is what a subquery in the place of a value means. Not over windows.',
  params: [{ name: 'x', accepts: anyKinds }],
  returns: 0,
  type: ([x]) => x?.type ?? 'a value is needed',
  nulls: 'always',
  groupsOnly: true,
  print: { duckdb, postgres, spark },
  edges: [
    {
      types: [int64],
      result: int64,
      rows: [
        { in: [], out: null },
        { in: [[null]], out: null },
        { in: [['7']], out: '7' },
        { in: [['7'], ['7']], fails: true },
        { in: [['7'], [null]], fails: true },
        { in: [[null], [null]], fails: true },
      ],
    },
    { types: [text], result: text, rows: [{ in: [['']], out: '' }] },
    { types: [decimal(10, 2)], result: decimal(10, 2), rows: [{ in: [['0.10']], out: '0.10' }] },
    { types: [float64], result: float64, rows: [{ in: [['NaN']], out: 'NaN' }] },
    { types: [date], result: date, rows: [{ in: [['2024-02-29']], out: '2024-02-29' }] },
  ],
})

/** Aggregates over at most one row. */
export const singleAggregates = { singleValue } as const
