import { date, int64, type LogicalType, text, timestamp } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { constantCount } from '../constant-count.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'
import { sqlType } from '../dialect.ts'
import { microsPostgres, microsSpark, momentSpark } from './epoch.ts'

const dateUnits = ['day', 'week', 'month', 'quarter', 'year']
const clockUnits = ['second', 'minute', 'hour']

const truncType = ([unit, x]: readonly ArgInfo[]): LogicalType | string => {
  const units = x?.type.kind === 'date' ? dateUnits : [...clockUnits, ...dateUnits]
  const name = constantText(unit) ?? ''
  return units.includes(name) ? (x?.type ?? timestamp) : `the unit must be one of ${units.join(', ')}`
}

const castTo = (call: { readonly type: LogicalType }, value: string): string =>
  call.type.kind === 'date' ? `CAST(${value} AS DATE)` : value

/** `date_trunc(unit, x)`. */
export const dateTrunc = defineFunction({
  name: 'date_trunc',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The beginning of the second, minute, hour, day, ISO week (Monday), month, quarter or year (constant) that the date or moment lies in, in UTC. A date stays a date.',
  params: [
    { name: 'unit', accepts: ['text'], constant: true },
    { name: 'x', accepts: ['date', 'timestamp'] },
  ],
  returns: 1,
  type: truncType,
  nulls: 'strict',
  print: {
    duckdb: ([unit, x], call) => castTo(call, `date_trunc(${unit}, ${x})`),
    postgres: ([unit, x], call) => castTo(call, `date_trunc(${unit}, CAST(${x} AS TIMESTAMP))`),
    spark: ([unit, x], call) => `CAST(date_trunc(${unit}, ${x}) AS ${sqlType(call.type, 'spark')})`,
  },
  edges: [
    {
      types: [text, timestamp],
      result: timestamp,
      rows: [
        { in: ['second', '2024-05-15T12:34:56.789000'], out: '2024-05-15T12:34:56.000000' },
        { in: ['minute', '2024-05-15T12:34:56.789000'], out: '2024-05-15T12:34:00.000000' },
        { in: ['hour', '1969-12-31T23:59:59.999999'], out: '1969-12-31T23:00:00.000000' },
        { in: ['day', '1969-12-31T23:59:59.999999'], out: '1969-12-31T00:00:00.000000' },
        { in: ['week', '2024-05-19T23:59:59.999999'], out: '2024-05-13T00:00:00.000000' },
        { in: ['month', '2024-02-29T12:00:00.000000'], out: '2024-02-01T00:00:00.000000' },
        { in: ['quarter', '2024-12-31T12:00:00.000000'], out: '2024-10-01T00:00:00.000000' },
        { in: ['year', '9999-12-31T23:59:59.999999'], out: '9999-01-01T00:00:00.000000' },
        { in: ['year', null], out: null },
      ],
    },
    {
      types: [text, date],
      result: date,
      rows: [
        { in: ['week', '2024-01-01'], out: '2024-01-01' },
        { in: ['week', '0001-01-07'], out: '0001-01-01' },
        { in: ['quarter', '2024-05-15'], out: '2024-04-01' },
        { in: ['month', null], out: null },
      ],
    },
  ],
})

/** `last_day(x)`. */
export const lastDay = defineFunction({
  name: 'last_day',
  kind: 'scalar',
  family: 'time',
  meaning: 'The last day of the month of a date or moment, as a date.',
  params: [{ name: 'x', accepts: ['date', 'timestamp'] }],
  returns: 'date',
  type: () => date,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `last_day(${x})`,
    postgres: ([x]) =>
      `CAST(date_trunc('month', CAST(${x} AS TIMESTAMP)) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)`,
    spark: ([x]) => `last_day(CAST(${x} AS DATE))`,
  },
  edges: [
    {
      types: [date],
      result: date,
      rows: [
        { in: ['2024-02-01'], out: '2024-02-29' },
        { in: ['2023-02-28'], out: '2023-02-28' },
        { in: ['1900-02-10'], out: '1900-02-28' },
        { in: ['2000-02-10'], out: '2000-02-29' },
        { in: ['2024-12-31'], out: '2024-12-31' },
        { in: ['0001-01-01'], out: '0001-01-31' },
        { in: ['9999-12-01'], out: '9999-12-31' },
        { in: [null], out: null },
      ],
    },
    { types: [timestamp], result: date, rows: [{ in: ['2024-04-30T23:59:59.999999'], out: '2024-04-30' }] },
  ],
})

const maxBucketSeconds = 315_360_000

/** `bucket_start(x, seconds)`. */
export const bucketStart = defineFunction({
  name: 'bucket_start',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The beginning of the bucket that the moment lies in: buckets of that many seconds (constant, 1 to 315,360,000), one of which begins at 1970-01-01T00:00:00Z. A moment at the border belongs to the bucket that begins there.',
  params: [
    { name: 'x', accepts: ['timestamp'] },
    { name: 'seconds', accepts: integerKinds, constant: true },
  ],
  returns: 'timestamp',
  type: (args) =>
    constantCount(args[1], 1, maxBucketSeconds) === undefined
      ? `the width must be a whole number of seconds from 1 to ${maxBucketSeconds}`
      : timestamp,
  nulls: 'strict',
  print: {
    duckdb: ([x], { args }) => {
      const width = BigInt(constantCount(args[1], 1) ?? 1) * 1_000_000n
      return `(${x} - to_microseconds((epoch_us(${x}) % ${width} + ${width}) % ${width}))`
    },
    postgres: ([x = ''], { args }) => {
      const width = BigInt(constantCount(args[1], 1) ?? 1) * 1_000_000n
      const rest = `((${microsPostgres(x)} % ${width} + ${width}) % ${width})`
      return `(${x} - ${rest} * INTERVAL '1 microsecond')`
    },
    spark: ([x = ''], { args }) => {
      const width = BigInt(constantCount(args[1], 1) ?? 1) * 1_000_000n
      return momentSpark(`${microsSpark(x)} - pmod(${microsSpark(x)}, ${width})`)
    },
  },
  edges: [
    {
      types: [timestamp, int64],
      result: timestamp,
      rows: [
        { in: ['2024-01-31T12:34:56.789000', '900'], out: '2024-01-31T12:30:00.000000' },
        { in: ['2024-01-31T12:30:00.000000', '900'], out: '2024-01-31T12:30:00.000000' },
        { in: ['2024-01-31T12:29:59.999999', '900'], out: '2024-01-31T12:15:00.000000' },
        { in: ['1969-12-31T23:59:59.999999', '60'], out: '1969-12-31T23:59:00.000000' },
        { in: ['1970-01-01T00:00:00.000000', '7'], out: '1970-01-01T00:00:00.000000' },
        { in: ['0001-01-01T00:00:00.000001', '86400'], out: '0001-01-01T00:00:00.000000' },
        { in: ['9999-12-31T23:59:59.999999', '3600'], out: '9999-12-31T23:00:00.000000' },
        { in: ['2024-01-31T12:34:56.789000', '1'], out: '2024-01-31T12:34:56.000000' },
        { in: [null, '900'], out: null },
      ],
    },
  ],
})
