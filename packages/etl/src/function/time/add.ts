import { date, int64, type LogicalType, timestamp } from '../../plan/type.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'
import { microsSpark, momentSpark } from './epoch.ts'

const sameAsFirst = ([x]: readonly ArgInfo[]): LogicalType => x?.type ?? timestamp

const dayParams = [
  { name: 'x', accepts: ['date', 'timestamp'] },
  { name: 'count', accepts: integerKinds },
] as const

/** `add_days(x, count)`. */
export const addDays = defineFunction({
  name: 'add_days',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The date or moment that many days later (earlier when negative). A date stays a date. Fails when the count does not fit 32 bits.',
  params: dayParams,
  returns: 0,
  type: sameAsFirst,
  nulls: 'strict',
  print: {
    duckdb: ([x, n], { type }) =>
      type.kind === 'date' ? `(${x} + CAST(${n} AS INTEGER))` : `(${x} + to_days(CAST(${n} AS INTEGER)))`,
    postgres: ([x, n], { type }) =>
      type.kind === 'date' ? `(${x} + ${n}::int)` : `(${x} + make_interval(days => ${n}::int))`,
    spark: ([x, n], { type }) =>
      type.kind === 'date'
        ? `date_add(${x}, CAST(${n} AS INT))`
        : `(${x} + CAST(${n} AS INT) * INTERVAL '1' DAY)`,
  },
  edges: [
    {
      types: [date, int64],
      result: date,
      rows: [
        { in: ['2024-02-28', '1'], out: '2024-02-29' },
        { in: ['2024-03-01', '-1'], out: '2024-02-29' },
        { in: ['2024-12-31', '1'], out: '2025-01-01' },
        { in: ['2024-01-01', '0'], out: '2024-01-01' },
        { in: ['0001-01-01', '3652058'], out: '9999-12-31' },
        { in: ['2024-01-01', '3000000000'], fails: true },
        { in: [null, '1'], out: null },
        { in: ['2024-01-01', null], out: null },
      ],
    },
    {
      types: [timestamp, int64],
      result: timestamp,
      rows: [
        { in: ['2024-02-28T23:59:59.999999', '1'], out: '2024-02-29T23:59:59.999999' },
        { in: ['1970-01-01T00:00:00.000001', '-1'], out: '1969-12-31T00:00:00.000001' },
      ],
    },
  ],
})

/** `add_months(x, count)`. */
export const addMonths = defineFunction({
  name: 'add_months',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The date or moment that many months later (earlier when negative); a day that the month does not have becomes its last day. A date stays a date. Fails when the count does not fit 32 bits.',
  params: dayParams,
  returns: 0,
  type: sameAsFirst,
  nulls: 'strict',
  print: {
    duckdb: ([x, n], { type }) => {
      const sum = `(${x} + to_months(CAST(${n} AS INTEGER)))`
      return type.kind === 'date' ? `CAST(${sum} AS DATE)` : sum
    },
    postgres: ([x, n], { type }) => {
      const sum = `(${x} + make_interval(months => ${n}::int))`
      return type.kind === 'date' ? `CAST(${sum} AS DATE)` : sum
    },
    spark: ([x, n], { type }) =>
      type.kind === 'date'
        ? `add_months(${x}, CAST(${n} AS INT))`
        : `(${x} + CAST(${n} AS INT) * INTERVAL '1' MONTH)`,
  },
  edges: [
    {
      types: [date, int64],
      result: date,
      rows: [
        { in: ['2024-01-31', '1'], out: '2024-02-29' },
        { in: ['2023-01-31', '1'], out: '2023-02-28' },
        { in: ['2024-02-29', '12'], out: '2025-02-28' },
        { in: ['2024-03-31', '-1'], out: '2024-02-29' },
        { in: ['2024-12-15', '1'], out: '2025-01-15' },
        { in: ['2024-01-31', '0'], out: '2024-01-31' },
        { in: ['0001-01-31', '119987'], out: '9999-12-31' },
        { in: ['2024-01-31', '3000000000'], fails: true },
        { in: [null, '1'], out: null },
        { in: ['2024-01-31', null], out: null },
      ],
    },
    {
      types: [timestamp, int64],
      result: timestamp,
      rows: [{ in: ['2024-01-31T12:00:00.000001', '13'], out: '2025-02-28T12:00:00.000001' }],
    },
  ],
})

const rowsOf: Readonly<Record<'second' | 'minute' | 'hour', readonly (readonly [string, string, string])[]>> =
  {
    second: [
      ['2024-02-28T23:59:59.999999', '1', '2024-02-29T00:00:00.999999'],
      ['1970-01-01T00:00:00.000000', '-1', '1969-12-31T23:59:59.000000'],
      ['1970-01-01T00:00:00.000000', '253402300799', '9999-12-31T23:59:59.000000'],
      ['2024-03-31T00:59:59.000000', '3600', '2024-03-31T01:59:59.000000'],
    ],
    minute: [
      ['2024-02-28T23:59:59.999999', '1', '2024-02-29T00:00:59.999999'],
      ['1970-01-01T00:00:00.000000', '-1', '1969-12-31T23:59:00.000000'],
      ['1970-01-01T00:00:00.000000', '4223371679', '9999-12-31T23:59:00.000000'],
      ['2024-03-31T00:59:59.000000', '60', '2024-03-31T01:59:59.000000'],
    ],
    hour: [
      ['2024-02-28T23:59:59.999999', '1', '2024-02-29T00:59:59.999999'],
      ['1970-01-01T00:00:00.000000', '-1', '1969-12-31T23:00:00.000000'],
      ['1970-01-01T00:00:00.000000', '70389527', '9999-12-31T23:00:00.000000'],
      ['2024-03-31T00:59:59.000000', '24', '2024-04-01T00:59:59.000000'],
    ],
  }

const maxUnits = 3_000_000_000_000n

const addClock = (unit: 'second' | 'minute' | 'hour', seconds: bigint) =>
  defineFunction({
    name: `add_${unit}s`,
    kind: 'scalar',
    family: 'time',
    meaning: `The moment that many ${unit}s later (earlier when negative). Fails when the result lies beyond what engines store (290,000 years).`,
    params: [
      { name: 'x', accepts: ['timestamp'] },
      { name: 'count', accepts: integerKinds },
    ],
    returns: 'timestamp',
    type: () => timestamp,
    nulls: 'strict',
    print: {
      duckdb: ([x, n]) => `(${x} + to_seconds(CAST(${n} AS BIGINT) * ${seconds}))`,
      postgres: ([x, n]) => `(${x} + ${n}::bigint * INTERVAL '${seconds} second')`,
      // Overflowing intervals fail in Spark without an error condition, numbers with one.
      spark: ([x = '', n]) =>
        momentSpark(`${microsSpark(x)} + CAST(${n} AS BIGINT) * ${seconds * 1_000_000n}`),
    },
    edges: [
      {
        types: [timestamp, int64],
        result: timestamp,
        rows: [
          { in: ['2024-02-28T23:59:59.999999', '0'], out: '2024-02-28T23:59:59.999999' },
          ...rowsOf[unit].map(([from, n, to]) => ({ in: [from, n], out: to })),
          { in: ['2024-01-01T00:00:00.000000', String(maxUnits * 1000n)], fails: true as const },
          { in: [null, '1'], out: null },
          { in: ['2024-01-01T00:00:00.000000', null], out: null },
        ],
      },
    ],
  })

/** `add_seconds(x, count)`. */
export const addSeconds = addClock('second', 1n)
/** `add_minutes(x, count)`. */
export const addMinutes = addClock('minute', 60n)
/** `add_hours(x, count)`. */
export const addHours = addClock('hour', 3600n)
