import { date, int64, type LogicalType, timestamp, uint64 } from '../../plan/type.ts'
import { type ArgInfo, defineFunction, type Dialect, integerKinds, type Printer } from '../contract.ts'
import { quoteText, sqlType } from '../dialect.ts'
import { firstMicros, lastMicros, microsPostgres, microsSpark, momentSpark } from './epoch.ts'

const sameAsFirst = ([x]: readonly ArgInfo[]): LogicalType => x?.type ?? timestamp

const dayParams = [
  { name: 'x', accepts: ['date', 'timestamp'] },
  { name: 'count', accepts: integerKinds },
] as const

/** Fails where a count leads out of the years 1 to 9999, which engines store, show and write differently. */
function inYears(
  name: string,
  dialect: Dialect,
  [x, n]: readonly string[],
  {
    type,
    least,
    most,
    sum,
  }: { readonly type: LogicalType; readonly least: string; readonly most: string; readonly sum: string },
): string {
  const message = quoteText(`${name} gives years 1 to 9999`)
  const stored = sqlType(type, dialect)
  const failure = {
    duckdb: `error(${message})`,
    // Of both arguments, or a constant would fail while the statement is planned.
    postgres: `CAST(${message} || ${x} || ${n} AS ${stored})`,
    spark: `CAST(concat(${message}, ${x}, ${n}) AS ${stored})`,
  }[dialect]
  return `(CASE WHEN ${n} NOT BETWEEN ${least} AND ${most} THEN ${failure} ELSE ${sum} END)`
}

/** Days from a date or moment to a day. */
function daysTo(day: string, x: string | undefined, dialect: Dialect): string {
  const from = `CAST(${x} AS DATE)`
  return dialect === 'spark' ? `datediff(DATE '${day}', ${from})` : `(DATE '${day}' - ${from})`
}

type Sums = Readonly<Record<Dialect, (x: string, n: string, isDate: boolean) => string>>

const daySums: Sums = {
  duckdb: (x, n, isDate) =>
    isDate ? `(${x} + CAST(${n} AS INTEGER))` : `(${x} + to_days(CAST(${n} AS INTEGER)))`,
  postgres: (x, n, isDate) => (isDate ? `(${x} + ${n}::int)` : `(${x} + make_interval(days => ${n}::int))`),
  spark: (x, n, isDate) =>
    isDate ? `date_add(${x}, CAST(${n} AS INT))` : `(${x} + CAST(${n} AS INT) * INTERVAL '1' DAY)`,
}

const daysOf =
  (dialect: Dialect): Printer =>
  (args, { type }) => {
    const [x = '', n = ''] = args
    const sum = daySums[dialect](x, n, type.kind === 'date')
    const [least, most] = [daysTo('0001-01-01', x, dialect), daysTo('9999-12-31', x, dialect)]
    return inYears('add_days', dialect, args, { type, least, most, sum })
  }

const monthSums: Sums = {
  duckdb: (x, n) => `(${x} + to_months(CAST(${n} AS INTEGER)))`,
  postgres: (x, n) => `(${x} + make_interval(months => ${n}::int))`,
  spark: (x, n, isDate) =>
    isDate ? `add_months(${x}, CAST(${n} AS INT))` : `(${x} + CAST(${n} AS INT) * INTERVAL '1' MONTH)`,
}

const monthsOf =
  (dialect: Dialect): Printer =>
  (args, { type }) => {
    const [x = '', n = ''] = args
    const isDate = type.kind === 'date'
    const months = `CAST(EXTRACT(YEAR FROM ${x}) * 12 + EXTRACT(MONTH FROM ${x}) AS BIGINT)`
    const plain = monthSums[dialect](x, n, isDate)
    const sum = isDate && dialect !== 'spark' ? `CAST(${plain} AS DATE)` : plain
    const [least, most] = [`13 - ${months}`, `${9999 * 12 + 12} - ${months}`]
    return inYears('add_months', dialect, args, { type, least, most, sum })
  }

const clockSums: Readonly<Record<Dialect, (x: string, n: string, seconds: bigint) => string>> = {
  duckdb: (x, n, seconds) => `(${x} + to_seconds(CAST(${n} AS BIGINT) * ${seconds}))`,
  postgres: (x, n, seconds) => `(${x} + ${n}::bigint * INTERVAL '${seconds} second')`,
  // Overflowing intervals fail in Spark without an error condition, numbers with one.
  spark: (x, n, seconds) => momentSpark(`${microsSpark(x)} + CAST(${n} AS BIGINT) * ${seconds * 1_000_000n}`),
}

const clockOf =
  (name: string, seconds: bigint, dialect: Dialect): Printer =>
  (args, { type }) => {
    const [x = '', n = ''] = args
    const micros = { duckdb: `epoch_us(${x})`, postgres: microsPostgres(x), spark: microsSpark(x) }[dialect]
    const cut = { duckdb: '//', postgres: '/', spark: 'div' }[dialect]
    const units = (to: bigint): string => `((${to} - ${micros}) ${cut} ${seconds * 1_000_000n})`
    const [least, most] = [units(firstMicros), units(lastMicros)]
    return inYears(name, dialect, args, { type, least, most, sum: clockSums[dialect](x, n, seconds) })
  }

/** `add_days(x, count)`. */
export const addDays = defineFunction({
  name: 'add_days',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The date or moment that many days later (earlier when negative). A date stays a date. Fails outside the years 1 to 9999.',
  params: dayParams,
  returns: 0,
  type: sameAsFirst,
  nulls: 'strict',
  print: { duckdb: daysOf('duckdb'), postgres: daysOf('postgres'), spark: daysOf('spark') },
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
        { in: ['0001-01-01', '3652059'], fails: true },
        { in: ['9999-12-31', '-3652058'], out: '0001-01-01' },
        { in: ['0001-01-31', '-31'], fails: true },
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
        { in: ['9999-12-30T23:59:59.999999', '1'], out: '9999-12-31T23:59:59.999999' },
        { in: ['9999-12-31T00:00:00.000000', '1'], fails: true },
        { in: ['0001-01-02T00:00:00.000000', '-1'], out: '0001-01-01T00:00:00.000000' },
        { in: ['0001-01-01T23:59:59.999999', '-1'], fails: true },
      ],
    },
    {
      types: [date, uint64],
      result: date,
      rows: [
        { in: ['2024-02-28', '1'], out: '2024-02-29' },
        { in: ['2024-02-28', '18446744073709551615'], fails: true },
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
    'The date or moment that many months later (earlier when negative); a day that the month does not have becomes its last day. A date stays a date. Fails outside the years 1 to 9999.',
  params: dayParams,
  returns: 0,
  type: sameAsFirst,
  nulls: 'strict',
  print: { duckdb: monthsOf('duckdb'), postgres: monthsOf('postgres'), spark: monthsOf('spark') },
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
        { in: ['0001-01-01', '119988'], fails: true },
        { in: ['9999-12-01', '-119987'], out: '0001-01-01' },
        { in: ['0001-12-31', '-12'], fails: true },
        { in: ['2024-01-31', '3000000000'], fails: true },
        { in: [null, '1'], out: null },
        { in: ['2024-01-31', null], out: null },
      ],
    },
    {
      types: [timestamp, int64],
      result: timestamp,
      rows: [
        { in: ['2024-01-31T12:00:00.000001', '13'], out: '2025-02-28T12:00:00.000001' },
        { in: ['9999-11-30T23:59:59.999999', '1'], out: '9999-12-30T23:59:59.999999' },
        { in: ['9999-12-01T00:00:00.000000', '1'], fails: true },
        { in: ['0001-01-01T00:00:00.000000', '-1'], fails: true },
      ],
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
    meaning: `The moment that many ${unit}s later (earlier when negative). Fails outside the years 1 to 9999.`,
    params: [
      { name: 'x', accepts: ['timestamp'] },
      { name: 'count', accepts: integerKinds },
    ],
    returns: 'timestamp',
    type: () => timestamp,
    nulls: 'strict',
    print: {
      duckdb: clockOf(`add_${unit}s`, seconds, 'duckdb'),
      postgres: clockOf(`add_${unit}s`, seconds, 'postgres'),
      spark: clockOf(`add_${unit}s`, seconds, 'spark'),
    },
    edges: [
      {
        types: [timestamp, int64],
        result: timestamp,
        rows: [
          { in: ['2024-02-28T23:59:59.999999', '0'], out: '2024-02-28T23:59:59.999999' },
          ...rowsOf[unit].map(([from, n, to]) => ({ in: [from, n], out: to })),
          { in: ['2024-01-01T00:00:00.000000', String(maxUnits * 1000n)], fails: true as const },
          { in: ['9999-12-31T23:59:59.999999', '1'], fails: true as const },
          { in: ['9999-12-31T23:59:59.999999', '0'], out: '9999-12-31T23:59:59.999999' },
          { in: ['0001-01-01T00:00:00.000000', '-1'], fails: true as const },
          { in: ['0001-01-01T00:00:00.000000', '0'], out: '0001-01-01T00:00:00.000000' },
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
