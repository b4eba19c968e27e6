import { expect, test } from 'vitest'
import { date, decimal, int64, json, list, text, timestamp } from './column.ts'
import { conditionOf, type Cursor, cursorOf } from './postgres/cursor.ts'
import { valueText } from './postgres/value.ts'
import { postgresTable } from './postgres-table.ts'

const place = { host: 'db', database: 'shop', user: 'reader' }
const columns = { id: int64({ required: true }), at: timestamp() }

test('a declaration holds what is read, and apart from it where and by whom', () => {
  const source = postgresTable(place, { table: 'orders', columns, cursor: 'at', lag: 5, readAt: 'read_at' })
  expect(source.reads).toEqual({ schema: 'public', table: 'orders', cursor: 'at', readAt: 'read_at' })
  expect(source.connection).toEqual({ ...place, lag: 5 })
  expect(source.schema.map((f) => f.name)).toEqual(['id', 'at', 'read_at'])
})

test.each([
  ['a cursor that is no column', { table: 't', columns, cursor: 'no' }],
  ['a cursor without a dependable order', { table: 't', columns: { v: text() }, cursor: 'v' }],
  ['a lag that is no number', { table: 't', columns, cursor: 'at', lag: -1 }],
  ['a name that is taken', { table: 't', columns, readAt: 'at' }],
  ['a nested type', { table: 't', columns: { tags: list(text()) } }],
])('%s is refused', (_, options) => {
  expect(() => postgresTable(place, options as never)).toThrow(
    expect.objectContaining({ code: 'config.invalid' }),
  )
})

const at = (of: string): Cursor => {
  const type = { name: of, isArray: false, isComposite: false }
  const spec =
    of === 'numeric' ? decimal(5, 2) : of === 'date' ? date() : of === 'int4' ? int64() : timestamp()
  const schema = [{ name: 'at', type: spec.type, nullable: true }]
  return cursorOf('at', 'at', schema, { sql: 't', types: new Map([['at', type]]) })
}

test('bounds are literals of the type of the column, so that an index serves', () => {
  const beyond = (of: string, upper: string): string => conditionOf({ kind: 'beyond', upper }, at(of))
  expect(beyond('int4', '7')).toContain(`> CAST('7' AS int8)`)
  expect(beyond('date', '2024-01-01')).toContain(`> CAST('2024-01-01' AS date)`)
  expect(beyond('timestamptz', '2024-01-01 00:00:00.000000')).toContain(
    `> CAST('2024-01-01 00:00:00.000000+00' AS timestamptz)`,
  )
  expect(beyond('numeric', '1.00')).toContain(`< CAST('1e3' AS numeric)`)
  expect(() => at('text')).toThrow(expect.objectContaining({ code: 'source.schema' }))
})

test('what has no place in the order is read again, and lies beyond nothing', () => {
  const again = conditionOf({ kind: 'again', lower: undefined, upper: '1.00' }, at('numeric'))
  expect(again).toBe(`("at" <= CAST('1.00' AS numeric)) OR "at" IS NULL OR "at" >= CAST('1e3' AS numeric)`)
})

test('a type that has no text for the declared one says which has', () => {
  const plain = (name: string) => ({ name, isArray: false, isComposite: false })
  expect(valueText('x', plain('interval'), { kind: 'time' })).toEqual({
    problem: 'time is declared as time, not interval',
  })
  expect(valueText('x', plain('bytea'), text().type)).toHaveProperty('problem')
  expect(valueText('x', { ...plain('_int4'), isArray: true }, json().type)).toEqual({
    sql: 'CAST(to_json(x) AS text)',
  })
})
