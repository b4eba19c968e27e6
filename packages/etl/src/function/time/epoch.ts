import { int64, timestamp } from '../../plan/type.ts'
import { defineFunction, integerKinds } from '../contract.ts'

/** Divides microseconds by a unit, rounding down also before 1970 (both engines' own division cuts toward zero). */
export function floorDivDuckdb(micros: string, unit: bigint): string {
  return `(${micros} // ${unit} - CASE WHEN ${micros} % ${unit} < 0 THEN 1 ELSE 0 END)`
}

/** Microseconds since the epoch in PostgreSQL; exact, EXTRACT gives numeric. */
export const microsPostgres = (x: string): string => `(EXTRACT(EPOCH FROM ${x}) * 1000000)::bigint`

/** Microseconds since the epoch of a date or timestamp in Spark, whose session is in UTC. */
export const microsSpark = (x: string): string => `unix_micros(CAST(${x} AS TIMESTAMP_LTZ))`

/** The timestamp that many microseconds after the epoch in Spark, whose session is in UTC. */
export const momentSpark = (micros: string): string => `CAST(timestamp_micros(${micros}) AS TIMESTAMP_NTZ)`

/** Divides in Spark, rounding down also before 1970. */
export const floorDivSpark = (micros: string, unit: bigint): string =>
  `((${micros} - pmod(${micros}, ${unit})) div ${unit})`

const moments = [
  '1970-01-01T00:00:00.000000',
  '2024-01-31T12:34:56.789123',
  '1969-12-31T23:59:59.999500',
  '1969-12-31T23:59:59.000000',
  '0001-01-01T00:00:00.000000',
  '9999-12-31T23:59:59.999999',
  '2038-01-19T03:14:08.000000',
  null,
] as const

const toEpoch = (name: string, unit: bigint, what: string, outs: readonly string[]) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning: `The whole ${what} since 1970-01-01T00:00:00Z, rounded down (also before it).`,
    params: [{ name: 'x', accepts: ['timestamp'] }],
    returns: 'int64',
    type: () => int64,
    nulls: 'strict',
    print: {
      duckdb: ([x]) => floorDivDuckdb(`epoch_us(${x})`, unit),
      postgres: ([x]) => `floor(EXTRACT(EPOCH FROM ${x}) * ${1_000_000n / unit})::bigint`,
      spark: ([x = '']) => floorDivSpark(microsSpark(x), unit),
    },
    edges: [
      {
        types: [timestamp],
        result: int64,
        rows: moments.map((value, index) => ({ in: [value], out: outs[index] ?? null })),
      },
    ],
  })

/** `epoch_seconds(x)`. */
export const epochSeconds = toEpoch('epoch_seconds', 1_000_000n, 'seconds', [
  '0',
  '1706704496',
  '-1',
  '-1',
  '-62135596800',
  '253402300799',
  '2147483648',
])

/** `epoch_ms(x)`. */
export const epochMs = toEpoch('epoch_ms', 1_000n, 'milliseconds', [
  '0',
  '1706704496789',
  '-1',
  '-1000',
  '-62135596800000',
  '253402300799999',
  '2147483648000',
])

/** The first and the last microsecond of the years 1 to 9999. */
export const [firstMicros, lastMicros] = [-62_135_596_800_000_000n, 253_402_300_799_999_999n]

const fromEpoch = (name: string, what: 'second' | 'millisecond', scale: bigint) => {
  const [least, most] = [firstMicros / scale, lastMicros / scale]
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'time',
    meaning: `The moment that many ${what}s after (or before) 1970-01-01T00:00:00Z. Fails outside the years 1 to 9999.`,
    params: [{ name: 'x', accepts: integerKinds }],
    returns: 'timestamp',
    type: () => timestamp,
    nulls: 'strict',
    print: {
      duckdb: ([x]) => {
        return `(CASE WHEN CAST(${x} AS BIGINT) NOT BETWEEN ${least} AND ${most} THEN error('${name} takes years 1 to 9999') ELSE make_timestamp(CAST(${x} AS BIGINT) * ${scale}) END)`
      },
      postgres: ([x]) => {
        const perDay = 86_400_000_000n / scale
        // PostgreSQL has no function that only fails; a cast of a text that is no number does.
        return `(CASE WHEN ${x} NOT BETWEEN ${least} AND ${most} THEN ('${name} takes years 1 to 9999, not ' || ${x})::timestamp ELSE TIMESTAMP '1970-01-01' + (${x} / ${perDay})::int * INTERVAL '1 day' + (${x} % ${perDay})::int * INTERVAL '1 ${what}' END)`
      },
      spark: ([x]) => {
        return `(CASE WHEN ${x} NOT BETWEEN ${least} AND ${most} THEN CAST(concat('${name} takes years 1 to 9999, not ', ${x}) AS TIMESTAMP_NTZ) ELSE ${momentSpark(`CAST(${x} AS BIGINT) * ${scale}`)} END)`
      },
    },
    edges: [
      {
        types: [int64],
        result: timestamp,
        rows:
          what === 'second'
            ? [
                { in: ['0'], out: '1970-01-01T00:00:00.000000' },
                { in: ['1706704496'], out: '2024-01-31T12:34:56.000000' },
                { in: ['-1'], out: '1969-12-31T23:59:59.000000' },
                { in: ['-62135596800'], out: '0001-01-01T00:00:00.000000' },
                { in: ['253402300799'], out: '9999-12-31T23:59:59.000000' },
                { in: ['253402300800'], fails: true },
                { in: ['9223372036854775807'], fails: true },
                { in: [null], out: null },
              ]
            : [
                { in: ['0'], out: '1970-01-01T00:00:00.000000' },
                { in: ['1706704496789'], out: '2024-01-31T12:34:56.789000' },
                { in: ['-1'], out: '1969-12-31T23:59:59.999000' },
                { in: ['-62135596800000'], out: '0001-01-01T00:00:00.000000' },
                { in: ['253402300799999'], out: '9999-12-31T23:59:59.999000' },
                { in: ['253402300800000'], fails: true },
                { in: ['-9223372036854775808'], fails: true },
                { in: [null], out: null },
              ],
      },
    ],
  })
}

/** `from_epoch_seconds(x)`. */
export const fromEpochSeconds = fromEpoch('from_epoch_seconds', 'second', 1_000_000n)

/** `from_epoch_ms(x)`. */
export const fromEpochMs = fromEpoch('from_epoch_ms', 'millisecond', 1_000n)
