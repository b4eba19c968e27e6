import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlLiteral, sqlType } from '../../function/dialect.ts'
import type { LiteralValue } from '../../plan/expression.ts'
import * as t from '../../plan/type.ts'
import { canonicalChunk, canonicalValue } from './canonical.ts'

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()

async function roundTrip(value: LiteralValue, type: t.LogicalType): Promise<LiteralValue | undefined> {
  const literal = sqlLiteral(value, type, 'duckdb')
  const result = await connection.run(
    `SELECT ${literal} AS x, CAST(typeof(${literal}) = typeof(CAST(NULL AS ${sqlType(type, 'duckdb')})) AS VARCHAR) AS t`,
  )
  const chunk = await result.fetchChunk()
  if (chunk === null) return undefined
  const [values, types] = canonicalChunk(chunk, [t.field('x', type), t.field('t', t.text)]).columns
  expect(types?.[0]).toBe('true')
  return values?.[0] as LiteralValue
}

const cases: readonly (readonly [t.LogicalType, LiteralValue])[] = [
  [t.bool, true],
  [t.int8, '-128'],
  [t.int64, '-9223372036854775808'],
  [t.uint64, '18446744073709551615'],
  [t.decimal(38, 10), '-1234567890123456789012345678.0000000001'],
  [t.decimal(4, 4), '-0.0001'],
  [t.decimal(5, 0), '0'],
  [t.float64, 'NaN'],
  [t.float64, '-Infinity'],
  [t.float64, '1.7976931348623157e+308'],
  [t.text, "it's \u{1F600} \\ \n"],
  [t.bytes, '00ff10'],
  [t.date, '0001-01-01'],
  [t.date, '1969-12-31'],
  [t.date, '2024-02-29'],
  [t.date, '9999-12-31'],
  [t.date, 'infinity'],
  [t.time, '23:59:59.999999'],
  [t.timestamp, '1969-12-31T23:59:59.999999'],
  [t.timestamp, '2024-01-31T12:00:00.000001'],
  [t.timestamp, '-infinity'],
  [t.uuid, '550e8400-e29b-41d4-a716-446655440000'],
  [t.uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  [t.json, '{"a": [1, 2.50]}'],
  [t.list(t.decimal(5, 2)), ['1.50', null]],
  [t.list(t.list(t.text)), [['a'], [], null]],
  [t.map(t.text, t.int64), [['k', '1']]],
  [t.struct([t.field('a', t.timestamp), t.field('b', t.list(t.int32))]), { a: null, b: ['1'] }],
  [t.int32, null],
]

describe('canonical values', () => {
  beforeAll(async () => {
    await connection.run(`SET TimeZone = 'UTC'`)
  })
  afterAll(() => {
    connection.closeSync()
    instance.closeSync()
  })

  it.each(cases)('%j %j survives DuckDB', async (type, value) => {
    expect(await roundTrip(value, type)).toEqual(value)
  })

  it('round-trips any date, text and number', async () => {
    const seed = Date.now()
    console.info(`canonical literals: seed ${seed}`)
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    const value = fc.oneof(
      day.map((d) => [t.timestamp, d.toISOString().replace(/Z$/, '000')] as const),
      day.map((d) => [t.date, d.toISOString().slice(0, 10)] as const),
      fc
        .string({ unit: 'grapheme' })
        .filter((s) => !s.includes('\0'))
        .map((s) => [t.text, s] as const),
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((n) => [t.int64, String(n)] as const),
      fc.double().map((n) => [t.float64, String(n)] as const),
      fc.uuid().map((u) => [t.uuid, u] as const),
      fc.uint8Array().map((b) => [t.bytes, Buffer.from(b).toString('hex')] as const),
    )
    await fc.assert(
      fc.asyncProperty(value, async ([type, literal]) => {
        expect(await roundTrip(literal, type)).toEqual(literal)
      }),
      { seed, numRuns: 300 },
    )
  })

  it('refuses a value of another type as our bug', async () => {
    const reader = await connection.runAndReadAll(`SELECT [1] AS x`)
    const value = reader.getColumns()[0]?.[0] ?? null
    expect(() => canonicalValue(value, t.text)).toThrow(/promised/)
  })
})
