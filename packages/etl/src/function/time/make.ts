import { date, int64, type LogicalType, text, timestamp } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'

const whole = (name: string) => ({ name, accepts: integerKinds }) as const

/** A day past the end of its month lands in the next one, where the inner CASE sees it. */
const madeDate = (
  [y, m, d]: readonly string[],
  int: (x: string) => string,
  add = (date: string, days: string): string => `${date} + (${days})`,
): string => {
  const made = add(`make_date(${int(String(y))}, ${int(String(m))}, 1)`, `${int(String(d))} - 1`)
  const inRange = `${y} BETWEEN 1 AND 9999 AND ${m} BETWEEN 1 AND 12 AND ${d} BETWEEN 1 AND 31`
  return `CASE WHEN ${inRange} THEN CASE WHEN EXTRACT(MONTH FROM ${made}) = ${m} THEN ${made} END END`
}
const duckdbInt = (x: string): string => `CAST(${x} AS INTEGER)`
const postgresInt = (x: string): string => `${x}::int`
const sparkDate = (parts: readonly string[]): string =>
  madeDate(parts, duckdbInt, (day, days) => `date_add(${day}, ${days})`)

/** `make_date(year, month, day)`. */
export const makeDate = defineFunction({
  name: 'make_date',
  kind: 'scalar',
  family: 'time',
  meaning: 'The date of a year (1 to 9999), month and day; NULL when the calendar does not have it.',
  params: [whole('year'), whole('month'), whole('day')],
  returns: 'date',
  type: () => date,
  nulls: 'always',
  print: {
    duckdb: (args) => `(${madeDate(args, duckdbInt)})`,
    postgres: (args) => `(${madeDate(args, postgresInt)})`,
    spark: (args) => `(${sparkDate(args)})`,
  },
  edges: [
    {
      types: [int64, int64, int64],
      result: date,
      rows: [
        { in: ['2024', '2', '29'], out: '2024-02-29' },
        { in: ['2023', '2', '29'], out: null },
        { in: ['2024', '13', '1'], out: null },
        { in: ['2024', '0', '1'], out: null },
        { in: ['2024', '4', '31'], out: null },
        { in: ['0', '1', '1'], out: null },
        { in: ['1', '1', '1'], out: '0001-01-01' },
        { in: ['9999', '12', '31'], out: '9999-12-31' },
        { in: ['9223372036854775807', '1', '1'], out: null },
        { in: [null, '1', '1'], out: null },
        { in: ['2024', null, '1'], out: null },
        { in: ['2024', '1', null], out: null },
      ],
    },
  ],
})

/** `make_timestamp(year, month, day, hour, minute, second)`. */
export const makeTimestamp = defineFunction({
  name: 'make_timestamp',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The moment in UTC of a year (1 to 9999), month, day, hour (0 to 23), minute and second (0 to 59); NULL when there is no such moment.',
  params: [whole('year'), whole('month'), whole('day'), whole('hour'), whole('minute'), whole('second')],
  returns: 'timestamp',
  type: () => timestamp,
  nulls: 'always',
  print: {
    duckdb: ([y, mo, d, h, mi, s]) =>
      `(CASE WHEN ${h} BETWEEN 0 AND 23 AND ${mi} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 59 THEN CAST(${madeDate([String(y), String(mo), String(d)], duckdbInt)} AS TIMESTAMP) + to_seconds(${h} * 3600 + ${mi} * 60 + ${s}) END)`,
    postgres: ([y, mo, d, h, mi, s]) =>
      `(CASE WHEN ${h} BETWEEN 0 AND 23 AND ${mi} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 59 THEN (${madeDate([String(y), String(mo), String(d)], postgresInt)}) + make_interval(hours => ${h}::int, mins => ${mi}::int, secs => ${s}::int) END)`,
    spark: ([y, mo, d, h, mi, s]) =>
      `(CASE WHEN ${h} BETWEEN 0 AND 23 AND ${mi} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 59 THEN CAST(${sparkDate([String(y), String(mo), String(d)])} AS TIMESTAMP_NTZ) + (${h} * 3600 + ${mi} * 60 + ${s}) * INTERVAL '1' SECOND END)`,
  },
  edges: [
    {
      types: [int64, int64, int64, int64, int64, int64],
      result: timestamp,
      rows: [
        { in: ['2024', '2', '29', '23', '59', '59'], out: '2024-02-29T23:59:59.000000' },
        { in: ['2023', '2', '29', '0', '0', '0'], out: null },
        { in: ['2024', '1', '1', '24', '0', '0'], out: null },
        { in: ['2024', '1', '1', '0', '60', '0'], out: null },
        { in: ['2024', '1', '1', '0', '0', '60'], out: null },
        { in: ['2024', '1', '1', '-1', '0', '0'], out: null },
        { in: ['1', '1', '1', '0', '0', '0'], out: '0001-01-01T00:00:00.000000' },
        { in: ['9999', '12', '31', '23', '59', '59'], out: '9999-12-31T23:59:59.000000' },
        { in: ['2024', '1', '1', '9223372036854775807', '0', '0'], out: null },
        { in: ['2024', '1', '1', null, '0', '0'], out: null },
      ],
    },
  ],
})

/** `to_date(x)`. */
export const toDate = defineFunction({
  name: 'to_date',
  kind: 'scalar',
  family: 'time',
  meaning: 'The day in UTC that the moment lies in.',
  params: [{ name: 'x', accepts: ['timestamp', 'date'] }],
  returns: 'date',
  type: () => date,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `CAST(${x} AS DATE)`,
    postgres: ([x]) => `CAST(${x} AS DATE)`,
    spark: ([x]) => `CAST(${x} AS DATE)`,
  },
  edges: [
    {
      types: [timestamp],
      result: date,
      rows: [
        { in: ['2024-02-29T23:59:59.999999'], out: '2024-02-29' },
        { in: ['2024-02-29T00:00:00.000000'], out: '2024-02-29' },
        { in: ['1969-12-31T23:59:59.999999'], out: '1969-12-31' },
        { in: ['1970-01-01T00:00:00.000000'], out: '1970-01-01' },
        { in: ['0001-01-01T00:00:00.000001'], out: '0001-01-01' },
        { in: ['9999-12-31T23:59:59.999999'], out: '9999-12-31' },
        { in: [null], out: null },
      ],
    },
    { types: [date], result: date, rows: [{ in: ['2024-02-29'], out: '2024-02-29' }] },
  ],
})

/** `to_timestamp(x)`. */
export const toTimestamp = defineFunction({
  name: 'to_timestamp',
  kind: 'scalar',
  family: 'time',
  meaning:
    'The first moment of the day in UTC. (Texts become moments by parse_timestamp, numbers by from_epoch_seconds.)',
  params: [{ name: 'x', accepts: ['date', 'timestamp'] }],
  returns: 'timestamp',
  type: () => timestamp,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `CAST(${x} AS TIMESTAMP)`,
    postgres: ([x]) => `CAST(${x} AS TIMESTAMP)`,
    // A cast of a moment to itself lets the optimizer of 3.5 put a column into its own definition without end.
    spark: ([x = ''], { args }) => (args[0]?.type.kind === 'timestamp' ? x : `CAST(${x} AS TIMESTAMP_NTZ)`),
  },
  edges: [
    {
      types: [date],
      result: timestamp,
      rows: [
        { in: ['2024-02-29'], out: '2024-02-29T00:00:00.000000' },
        { in: ['1969-12-31'], out: '1969-12-31T00:00:00.000000' },
        { in: ['1970-01-01'], out: '1970-01-01T00:00:00.000000' },
        { in: ['0001-01-01'], out: '0001-01-01T00:00:00.000000' },
        { in: ['1000-06-15'], out: '1000-06-15T00:00:00.000000' },
        { in: ['9999-12-31'], out: '9999-12-31T00:00:00.000000' },
        { in: [null], out: null },
      ],
    },
    {
      types: [timestamp],
      result: timestamp,
      rows: [{ in: ['2024-02-29T01:02:03.000004'], out: '2024-02-29T01:02:03.000004' }],
    },
  ],
})

const offsetPattern = /^([+-])(0[0-9]|1[0-4]):([0-5][0-9])$/

const offsetMinutes = (arg: ArgInfo | undefined): number | undefined => {
  const found = offsetPattern.exec(constantText(arg) ?? '')
  if (found === null) return undefined
  const minutes = Number(found[2]) * 60 + Number(found[3])
  return found[1] === '-' ? -minutes : minutes
}

const offsetType = (args: readonly ArgInfo[]): LogicalType | string =>
  offsetMinutes(args[1]) === undefined
    ? 'the offset must be written +hh:mm or -hh:mm, at most 14:59; named time zones are refused, because engines resolve the hour that occurs twice each autumn differently'
    : timestamp

const shift = (name: 'at_offset' | 'from_offset', meaning: string, sign: 1 | -1) => {
  const minutes = (args: readonly ArgInfo[]): number => sign * (offsetMinutes(args[1]) ?? 0)
  const out = (plus: string, minus: string): string => (sign === 1 ? plus : minus)
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning,
    params: [
      { name: 'x', accepts: ['timestamp'] },
      { name: 'offset', accepts: ['text'], constant: true },
    ],
    returns: 'timestamp',
    type: offsetType,
    nulls: 'strict',
    print: {
      duckdb: ([x], { args }) => `(${x} + to_minutes(${minutes(args)}))`,
      postgres: ([x], { args }) => `(${x} + make_interval(mins => ${minutes(args)}))`,
      spark: ([x], { args }) => `(${x} + ${minutes(args)} * INTERVAL '1' MINUTE)`,
    },
    edges: [
      {
        types: [timestamp, text],
        result: timestamp,
        rows: [
          {
            in: ['2024-01-01T12:00:00.000001', '+02:00'],
            out: out('2024-01-01T14:00:00.000001', '2024-01-01T10:00:00.000001'),
          },
          {
            in: ['2024-01-01T12:00:00.000001', '-00:30'],
            out: out('2024-01-01T11:30:00.000001', '2024-01-01T12:30:00.000001'),
          },
          {
            in: ['2024-03-01T00:00:00.000000', '-14:59'],
            out: out('2024-02-29T09:01:00.000000', '2024-03-01T14:59:00.000000'),
          },
          {
            in: ['1970-01-01T00:00:00.000000', '+05:45'],
            out: out('1970-01-01T05:45:00.000000', '1969-12-31T18:15:00.000000'),
          },
          { in: ['2024-01-01T12:00:00.000000', '+00:00'], out: '2024-01-01T12:00:00.000000' },
          { in: ['2024-01-01T12:00:00.000000', '-00:00'], out: '2024-01-01T12:00:00.000000' },
          {
            in: ['2024-10-27T01:30:00.000000', '+01:00'],
            out: out('2024-10-27T02:30:00.000000', '2024-10-27T00:30:00.000000'),
          },
          { in: [null, '+02:00'], out: null },
        ],
      },
    ],
  })
}

/** `at_offset(x, '+02:00')`. */
export const atOffset = shift(
  'at_offset',
  'What a clock at that constant offset from UTC shows at the moment, for printing or for buckets of local days. Named time zones are refused.',
  1,
)

/** `from_offset(x, '+02:00')`. */
export const fromOffset = shift(
  'from_offset',
  'The moment in UTC at which a clock at that constant offset shows `x`. Named time zones are refused.',
  -1,
)
