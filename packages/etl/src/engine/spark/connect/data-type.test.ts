import { expect, test } from 'vitest'
import { type LogicalType, sameType } from '../../../plan/type.ts'
import { logicalType, schemaOf, sparkSchema, sparkType } from './data-type.ts'

const types: readonly LogicalType[] = [
  { kind: 'bool' },
  { kind: 'int8' },
  { kind: 'int64' },
  { kind: 'decimal', precision: 38, scale: 0 },
  { kind: 'decimal', precision: 18, scale: 18 },
  { kind: 'timestamp' },
  { kind: 'list', element: { kind: 'map', key: { kind: 'text' }, value: { kind: 'float64' } } },
  { kind: 'struct', fields: [{ name: 'a', type: { kind: 'bytes' }, nullable: true }] },
]

test.each(types.map((type) => [type]))('%j is the same type on Spark', (type) => {
  expect(sameType(logicalType(sparkType(type)), type)).toBe(true)
})

test('types that Spark lacks are refused, and those that the plan lacks', () => {
  expect(() => sparkType({ kind: 'time' })).toThrow(expect.objectContaining({ code: 'engine.refused' }))
  expect(() => sparkType({ kind: 'uint64' })).toThrow(/no type for uint64/)
  expect(() => logicalType({ variant: {} })).toThrow(
    expect.objectContaining({ code: 'sql.unsupported-type' }),
  )
  expect(() => logicalType({})).toThrow(/unknown/)
})

test('ids stand at every level of structs', () => {
  const member = { name: 'q', type: { kind: 'int32' } as const, nullable: true }
  const struct: LogicalType = { kind: 'struct', fields: [member] }
  const element = { id: 2, name: 'element', type: struct, nullable: true, nested: [{ id: 3, ...member }] }
  const list: LogicalType = { kind: 'list', element: struct }
  const written = sparkSchema([{ id: 1, name: 'l', type: list, nullable: true, nested: [element] }])
  expect(written.struct?.fields?.[0]?.metadata).toBe('{"parquet.field.id":1}')
  const q = written.struct?.fields?.[0]?.data_type?.array?.element_type?.struct?.fields?.[0]
  expect(q).toMatchObject({ name: 'q', metadata: '{"parquet.field.id":3}' })
  expect(schemaOf(written)).toEqual([{ name: 'l', type: list, nullable: true }])
})
