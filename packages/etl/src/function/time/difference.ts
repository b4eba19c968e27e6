import { int64, type LogicalType, text, timestamp } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction, type Dialect } from '../contract.ts'
import { floorDivDuckdb, floorDivSpark, microsPostgres, microsSpark } from './epoch.ts'

const clockMicros: Readonly<Record<string, bigint>> = {
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: 86_400_000_000n,
  week: 604_800_000_000n,
}
const monthsIn: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }
const units = [...Object.keys(clockMicros), ...Object.keys(monthsIn)]

const params = [
  { name: 'unit', accepts: ['text'], constant: true },
  { name: 'from', accepts: ['date', 'timestamp'] },
  { name: 'to', accepts: ['date', 'timestamp'] },
] as const

const type = ([unit]: readonly ArgInfo[]): LogicalType | string =>
  units.includes(constantText(unit) ?? '') ? int64 : `the unit must be one of ${units.join(', ')}`

const moment = (x: string | undefined, dialect: Dialect): string =>
  `CAST(${x} AS ${dialect === 'spark' ? 'TIMESTAMP_NTZ' : 'TIMESTAMP'})`

/** The number of the unit since a fixed beginning that a moment lies in. */
function ordinal(unit: string, x: string, dialect: Dialect): string {
  const months = monthsIn[unit]
  if (months !== undefined) {
    const field = (name: string): string => `CAST(EXTRACT(${name} FROM ${x}) AS BIGINT)`
    if (unit === 'year') return field('YEAR')
    return unit === 'quarter'
      ? `(${field('YEAR')} * 4 + ${field('QUARTER')})`
      : `(${field('YEAR')} * 12 + ${field('MONTH')})`
  }
  const micros = clockMicros[unit] ?? 1n
  // Weeks begin on Monday, and 1970-01-01 was a Thursday.
  const shift = unit === 'week' ? ` + ${3n * 86_400_000_000n}` : ''
  if (dialect === 'duckdb') return floorDivDuckdb(`(epoch_us(${x})${shift})`, micros)
  if (dialect === 'spark') return floorDivSpark(`(${microsSpark(x)}${shift})`, micros)
  return `floor((EXTRACT(EPOCH FROM ${x}) * 1000000${shift}) / ${micros})::bigint`
}

const boundaries =
  (dialect: Dialect) =>
  ([, from, to]: readonly string[], { args }: { readonly args: readonly ArgInfo[] }): string => {
    const unit = constantText(args[0]) ?? ''
    return `(${ordinal(unit, moment(to, dialect), dialect)} - ${ordinal(unit, moment(from, dialect), dialect)})`
  }

/** Complete months from `a` to a later `b`. */
function completeMonths(a: string, b: string, dialect: Dialect): string {
  const months = `(${ordinal('month', b, dialect)} - ${ordinal('month', a, dialect)})`
  const interval = {
    duckdb: `to_months(CAST(${months} AS INTEGER))`,
    postgres: `make_interval(months => ${months}::int)`,
    spark: `CAST(${months} AS INT) * INTERVAL '1' MONTH`,
  }[dialect]
  return `(${months} - CASE WHEN ${a} + ${interval} > ${b} THEN 1 ELSE 0 END)`
}

const complete =
  (dialect: Dialect) =>
  ([, from, to]: readonly string[], { args }: { readonly args: readonly ArgInfo[] }): string => {
    const unit = constantText(args[0]) ?? ''
    const [a, b] = [moment(from, dialect), moment(to, dialect)]
    const months = monthsIn[unit]
    const cut = { duckdb: '//', postgres: '/', spark: 'div' }[dialect]
    if (months === undefined) {
      const duckdb = (x: string): string => `epoch_us(${x})`
      const micros = { duckdb, postgres: microsPostgres, spark: microsSpark }[dialect]
      return `((${micros(b)} - ${micros(a)}) ${cut} ${clockMicros[unit] ?? 1n})`
    }
    const forth = `${completeMonths(a, b, dialect)} ${cut} ${months}`
    const back = `-(${completeMonths(b, a, dialect)} ${cut} ${months})`
    return `(CASE WHEN ${a} <= ${b} THEN ${forth} WHEN ${a} > ${b} THEN ${back} END)`
  }

/** `date_diff(unit, from, to)`. */
export const dateDiff = defineFunction({
  name: 'date_diff',
  kind: 'scalar',
  family: 'time',
  meaning:
    'How many beginnings of a second, minute, hour, day, ISO week, month, quarter or year (constant) in UTC lie after `from` and up to `to`; negative when `to` is earlier. From 31 December to 1 January is one year. `elapsed` counts complete units.',
  params,
  returns: 'int64',
  type,
  nulls: 'strict',
  print: {
    duckdb: boundaries('duckdb'),
    postgres: boundaries('postgres'),
    spark: boundaries('spark'),
  },
  edges: [
    {
      types: [text, timestamp, timestamp],
      result: int64,
      rows: [
        { in: ['year', '2023-12-31T23:59:59.999999', '2024-01-01T00:00:00.000000'], out: '1' },
        { in: ['quarter', '2023-12-31T00:00:00.000000', '2024-04-01T00:00:00.000000'], out: '2' },
        { in: ['month', '2024-03-01T00:00:00.000000', '2024-02-29T23:59:59.000000'], out: '-1' },
        { in: ['week', '2024-01-07T12:00:00.000000', '2024-01-08T00:00:00.000000'], out: '1' },
        { in: ['week', '1969-12-28T23:59:59.000000', '1969-12-29T00:00:00.000000'], out: '1' },
        { in: ['day', '1969-12-31T23:59:59.999999', '1970-01-01T00:00:00.000000'], out: '1' },
        { in: ['hour', '1969-12-31T22:59:59.999999', '1969-12-31T23:00:00.000000'], out: '1' },
        { in: ['second', '1969-12-31T23:59:58.900000', '1969-12-31T23:59:59.100000'], out: '1' },
        { in: ['second', '2024-01-01T00:00:00.100000', '2024-01-01T00:00:00.900000'], out: '0' },
        { in: ['minute', '0001-01-01T00:00:00.000000', '9999-12-31T23:59:59.999999'], out: '5258964959' },
        { in: ['day', null, '2024-01-01T00:00:00.000000'], out: null },
        { in: ['day', '2024-01-01T00:00:00.000000', null], out: null },
      ],
    },
  ],
})

/** `elapsed(unit, from, to)`. */
export const elapsed = defineFunction({
  name: 'elapsed',
  kind: 'scalar',
  family: 'time',
  meaning:
    'How many complete seconds, minutes, hours, days, weeks, months, quarters or years (constant) pass from `from` to `to`; when `to` is earlier, the same from `to` to `from`, negative. A month is complete when `add_months` of the earlier one is not after the later one.',
  params,
  returns: 'int64',
  type,
  nulls: 'strict',
  print: { duckdb: complete('duckdb'), postgres: complete('postgres'), spark: complete('spark') },
  edges: [
    {
      types: [text, timestamp, timestamp],
      result: int64,
      rows: [
        { in: ['year', '2023-12-31T23:59:59.999999', '2024-01-01T00:00:00.000000'], out: '0' },
        { in: ['year', '2024-02-29T00:00:00.000000', '2025-02-28T00:00:00.000000'], out: '1' },
        { in: ['year', '2000-01-01T00:00:00.000000', '1990-01-01T00:00:00.000001'], out: '-9' },
        { in: ['month', '2024-01-31T00:00:00.000000', '2024-02-29T00:00:00.000000'], out: '1' },
        { in: ['month', '2024-01-15T12:00:00.000000', '2024-02-15T11:59:59.999999'], out: '0' },
        { in: ['quarter', '2024-01-15T12:00:00.000000', '2024-07-15T12:00:00.000000'], out: '2' },
        { in: ['day', '2024-01-01T12:00:00.000000', '2024-01-03T11:59:59.999999'], out: '1' },
        { in: ['day', '2024-01-03T11:59:59.999999', '2024-01-01T12:00:00.000000'], out: '-1' },
        { in: ['week', '1969-12-25T00:00:00.000000', '1970-01-01T00:00:00.000000'], out: '1' },
        { in: ['second', '1969-12-31T23:59:58.900000', '1969-12-31T23:59:59.100000'], out: '0' },
        { in: ['hour', '0001-01-01T00:00:00.000000', '9999-12-31T23:59:59.999999'], out: '87649415' },
        { in: ['month', null, '2024-01-01T00:00:00.000000'], out: null },
        { in: ['month', '2024-01-01T00:00:00.000000', null], out: null },
        { in: ['second', '2024-01-01T00:00:00.000000', null], out: null },
      ],
    },
  ],
})
