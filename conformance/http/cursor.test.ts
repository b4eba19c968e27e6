import { afterAll, beforeAll, expect, test } from 'vitest'
import { date, decimal, int64, int8, ndjson, table, timestamp, uint64 } from '../../packages/etl/src/index.ts'
import type { ColumnSpec } from '../../packages/etl/src/connector/column.ts'
import {
  cursorLiteral,
  cursorParameter,
  cursorValue,
  lagged,
} from '../../packages/etl/src/connector/http/cursor-value.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'

let shop: Workshop
beforeAll(async () => void (shop = await openWorkshop('http-cursor-')))
afterAll(() => shop?.[Symbol.asyncDispose]())

const numbers = [
  '0',
  '-0',
  '7',
  '-7',
  '"12"',
  '"-12"',
  '"+5"',
  '"007"',
  '7.0',
  '1e3',
  '127',
  '128',
  '-128',
  '-129',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '12.34',
  '-0.01',
  '12.345',
  '99999.99',
  '100000',
  '" 1"',
  '""',
  'true',
  'null',
  '"x"',
  '[1]',
]
const times = [
  '2024-01-31T10:00:00Z',
  '2024-01-31 10:00:00',
  '2024-01-31T10:00:00.5Z',
  '2024-01-31T10:00:00.123Z',
  '2024-01-31T10:00:00.123456',
  '2024-01-31T10:00:00.123456789Z',
  '2024-01-31T10:00:00+05:30',
  '2024-01-31T10:00:00-0800',
  '2024-01-31T23:59:59.999999-08:00',
  '2024-02-30T10:00:00Z',
  '2024-01-31T24:00:00Z',
  '2024-01-31T10:00:60Z',
  '2024-01-31t10:00:00z',
  '1969-12-31T23:59:59.999999Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2024-01-31',
  '2024-1-31',
  '2024-01-31T10:00Z',
  '2024-01-31T10:00:00+14:00',
  '2024-01-31T10:00:00+18:30',
  '2024-01-31T10:00:00+19:00',
  '',
  'now',
].map((t) => JSON.stringify(t))

const cases: readonly (readonly [string, ColumnSpec, readonly string[]])[] = [
  ['int8', int8(), numbers],
  ['int64', int64(), numbers],
  ['uint64', uint64(), numbers],
  ['decimal', decimal(7, 2), numbers],
  ['timestamp', timestamp(), times],
  ['date', date(), times],
]

test.each(cases)('a cursor of type %s means what the engine reads', async (name, column, texts) => {
  await shop.deliver(
    `${name}.ndjson`,
    texts.map((t, i) => `{"n":${i},"x":${t}}`),
  )
  const raw = table(`raw.${name}`, {
    from: ndjson(`in/${name}.ndjson`, { columns: { n: int64(), x: column } }),
  })
  const { tables } = await shop.run([raw])
  expect(tables[0]?.error).toBeUndefined()
  const read = new Map((await shop.rows(`raw.${name}`)).map((r) => JSON.parse(r) as [string, string | null]))
  let known = 0
  for (const [i, text] of texts.entries()) {
    const value = cursorValue(text, column.type)
    if (value === undefined) continue
    known += 1
    expect(cursorLiteral(value, column.type), text).toBe(read.get(String(i)))
  }
  // What is plainly written is understood.
  expect(known).toBeGreaterThanOrEqual(name === 'date' ? 1 : 5)
})

test('lower bounds are rounded down, and go back by the lag', () => {
  const { type } = timestamp()
  const at = (text: string): bigint => cursorValue(JSON.stringify(text), type) ?? 0n
  expect(cursorParameter(at('2024-01-31T10:00:00.999999Z'), type)).toBe('2024-01-31T10:00:00Z')
  expect(cursorParameter(at('1969-12-31T23:59:59.5Z'.replace('.5', '.500')), type)).toBe(
    '1969-12-31T23:59:59Z',
  )
  expect(cursorParameter(at('1969-12-31T23:59:59.500Z'), type, 'unix-seconds')).toBe('-1')
  expect(cursorParameter(at('2024-01-31T10:00:00.123456Z'), type, 'unix-milliseconds')).toBe('1706695200123')
  expect(cursorParameter(lagged(at('2024-03-01T00:05:00Z'), 600_000, type), type, 'date')).toBe('2024-02-29')
  const day = date().type
  expect(cursorParameter(lagged(cursorValue('"2024-03-01"', day) ?? 0n, 1, day), day)).toBe('2024-02-29')
  const money = decimal(9, 2).type
  expect(cursorParameter(lagged(cursorValue('1.05', money) ?? 0n, 2, money), money)).toBe('-0.95')
})
