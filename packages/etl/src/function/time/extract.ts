import type { LiteralValue } from '../../plan/expression.ts'
import { date, int64, type LogicalType, text, time, timestamp } from '../../plan/type.ts'
import { defineFunction, type EdgeGroup } from '../contract.ts'
import { microsSpark } from './epoch.ts'

const dateKinds = ['date', 'timestamp'] as const
const clockKinds = ['timestamp', 'time'] as const

const dates = [
  '2024-02-29',
  '2024-12-30',
  '2023-01-01',
  '0001-01-01',
  '9999-12-31',
  '1969-12-31',
  '2000-10-01',
  null,
] as const

const edgesOf = (
  inputs: readonly (string | null)[],
  type: LogicalType,
  result: LogicalType,
  outs: readonly (LiteralValue | number)[],
): EdgeGroup => ({
  types: [type],
  result,
  rows: inputs.map((value, index) => {
    const out = outs[index] ?? null
    return { in: [value], out: typeof out === 'number' ? String(out) : out }
  }),
})

/** Fields that Spark calls otherwise. */
const sparkFields: Readonly<Record<string, string>> = { ISOYEAR: 'YEAROFWEEK', ISODOW: 'DAYOFWEEK_ISO' }

const fromDate = (name: string, field: string, meaning: string, outs: readonly number[]) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning,
    params: [{ name: 'x', accepts: dateKinds }],
    returns: 'int64',
    type: () => int64,
    nulls: 'strict',
    print: {
      duckdb: ([x]) => `CAST(EXTRACT(${field} FROM ${x}) AS BIGINT)`,
      postgres: ([x]) => `EXTRACT(${field} FROM ${x})::bigint`,
      spark: ([x]) => `CAST(EXTRACT(${sparkFields[field] ?? field} FROM ${x}) AS BIGINT)`,
    },
    edges: [
      edgesOf(dates, date, int64, outs),
      edgesOf(['2024-02-29T23:59:59.999999', null], timestamp, int64, outs.slice(0, 1)),
    ],
  })

/** `year(x)`. */
export const year = fromDate(
  'year',
  'YEAR',
  'The year of the calendar.',
  [2024, 2024, 2023, 1, 9999, 1969, 2000],
)
/** `quarter(x)`. */
export const quarter = fromDate(
  'quarter',
  'QUARTER',
  'The quarter of the year, 1 to 4.',
  [1, 4, 1, 1, 4, 4, 4],
)
/** `month(x)`. */
export const month = fromDate('month', 'MONTH', 'The month, 1 to 12.', [2, 12, 1, 1, 12, 12, 10])
/** `day(x)`. */
export const day = fromDate('day', 'DAY', 'The day of the month, 1 to 31.', [29, 30, 1, 1, 31, 31, 1])
/** `day_of_year(x)`. */
export const dayOfYear = fromDate(
  'day_of_year',
  'DOY',
  'The day of the year, 1 to 366.',
  [60, 365, 1, 1, 365, 365, 275],
)
/** `iso_week(x)`. */
export const isoWeek = fromDate(
  'iso_week',
  'WEEK',
  'The ISO 8601 week, 1 to 53; it belongs to the year that iso_year gives.',
  [9, 1, 52, 1, 52, 1, 39],
)
/** `iso_year(x)`. */
export const isoYear = fromDate(
  'iso_year',
  'ISOYEAR',
  'The year that the ISO 8601 week belongs to; around New Year it differs from year.',
  [2024, 2025, 2022, 1, 9999, 1970, 2000],
)
/** `iso_dow(x)`. */
export const isoDow = fromDate(
  'iso_dow',
  'ISODOW',
  'The ISO 8601 day of the week: 1 is Monday, 7 is Sunday.',
  [4, 1, 7, 1, 5, 3, 7],
)

const clocks = [
  '2024-02-29T23:59:58.999999',
  '1969-12-31T23:59:59.500000',
  '0001-01-01T00:00:00.000000',
  '9999-12-31T12:34:56.007000',
  '1970-01-01T00:00:00.000999',
  null,
] as const

/** Patterns of SQL in which `$x` stands for the argument. */
interface FieldPrint {
  readonly duckdb: string
  readonly postgres: string
  readonly spark: string
}

interface ClockPrint extends FieldPrint {
  /** Of a time of day, which Spark counts in microseconds since midnight. */
  readonly sparkTime: string
}

const fromClock = (name: string, meaning: string, print: ClockPrint, outs: readonly number[]) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning,
    params: [{ name: 'x', accepts: clockKinds }],
    returns: 'int64',
    type: () => int64,
    nulls: 'strict',
    print: {
      duckdb: ([x = '']) => print.duckdb.replace('$x', () => x),
      postgres: ([x = '']) => print.postgres.replace('$x', () => x),
      spark: ([x = ''], { args }) =>
        (args[0]?.type.kind === 'time' ? print.sparkTime : print.spark).replace('$x', () => x),
    },
    edges: [
      edgesOf(clocks, timestamp, int64, outs),
      edgesOf(['23:59:58.999999', '00:00:00.000000', null], time, int64, [outs[0] ?? 0, 0]),
    ],
  })

/** `hour(x)`. */
export const hour = fromClock(
  'hour',
  'The hour in UTC, 0 to 23.',
  {
    duckdb: 'CAST(EXTRACT(HOUR FROM $x) AS BIGINT)',
    postgres: 'EXTRACT(HOUR FROM $x)::bigint',
    spark: 'CAST(hour($x) AS BIGINT)',
    sparkTime: '($x div 3600000000)',
  },
  [23, 23, 0, 12, 0],
)
/** `minute(x)`. */
export const minute = fromClock(
  'minute',
  'The minute, 0 to 59.',
  {
    duckdb: 'CAST(EXTRACT(MINUTE FROM $x) AS BIGINT)',
    postgres: 'EXTRACT(MINUTE FROM $x)::bigint',
    spark: 'CAST(minute($x) AS BIGINT)',
    sparkTime: '($x div 60000000 % 60)',
  },
  [59, 59, 0, 34, 0],
)
/** `second(x)`. */
export const second = fromClock(
  'second',
  'The whole second of the minute, 0 to 59, not rounded.',
  {
    duckdb: 'CAST(EXTRACT(SECOND FROM $x) AS BIGINT)',
    postgres: 'floor(EXTRACT(SECOND FROM $x))::bigint',
    spark: 'CAST(second($x) AS BIGINT)',
    sparkTime: '($x div 1000000 % 60)',
  },
  [58, 59, 0, 56, 0],
)
/** `millisecond(x)`. */
export const millisecond = fromClock(
  'millisecond',
  'The whole millisecond of the second, 0 to 999, not rounded.',
  {
    duckdb: '(CAST(EXTRACT(MICROSECOND FROM $x) AS BIGINT) % 1000000 // 1000)',
    postgres: '(EXTRACT(MICROSECONDS FROM $x)::bigint % 1000000 / 1000)',
    spark: `(pmod(${microsSpark('$x')}, 1000000) div 1000)`,
    sparkTime: '($x div 1000 % 1000)',
  },
  [999, 500, 0, 7, 0],
)

const named = (name: string, meaning: string, print: FieldPrint, outs: readonly string[]) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning,
    params: [{ name: 'x', accepts: dateKinds }],
    returns: 'text',
    type: () => text,
    nulls: 'strict',
    print: {
      duckdb: ([x = '']) => print.duckdb.replace('$x', () => x),
      postgres: ([x = '']) => print.postgres.replace('$x', () => x),
      spark: ([x = '']) => print.spark.replace('$x', () => x),
    },
    edges: [
      edgesOf(dates, date, text, outs),
      edgesOf(['2024-02-29T23:59:59.999999', null], timestamp, text, outs.slice(0, 1)),
    ],
  })

/** `month_name(x)`. */
export const monthName = named(
  'month_name',
  'The English name of the month: January to December.',
  {
    duckdb: 'monthname($x)',
    postgres: "to_char($x, 'FMMonth')",
    spark: "date_format($x, 'MMMM')",
  },
  ['February', 'December', 'January', 'January', 'December', 'December', 'October'],
)
/** `day_name(x)`. */
export const dayName = named(
  'day_name',
  'The English name of the day of the week: Monday to Sunday.',
  { duckdb: 'dayname($x)', postgres: "to_char($x, 'FMDay')", spark: "date_format($x, 'EEEE')" },
  ['Thursday', 'Monday', 'Sunday', 'Monday', 'Friday', 'Wednesday', 'Sunday'],
)
