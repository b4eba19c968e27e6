import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as t from '../../plan/type.ts'
import type { Field, LogicalType } from '../../plan/type.ts'
import {
  assignIds,
  fromIcebergSchema,
  lastId,
  primitiveOf,
  toIcebergField,
  typeProperties,
} from './schema.ts'

const flat: readonly LogicalType[] = [
  t.bool,
  t.int8,
  t.int16,
  t.int32,
  t.int64,
  t.uint64,
  t.float64,
  t.text,
  t.bytes,
  t.date,
  t.time,
  t.timestamp,
  t.uuid,
  t.json,
  t.decimal(38, 10),
  t.decimal(1, 0),
]

const { type } = fc.letrec<{ type: LogicalType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...flat),
    tie('type').map(t.list),
    fc.tuple(tie('type'), tie('type')).map(([key, value]) => t.map(key, value)),
    fc
      .array(fc.tuple(tie('type'), fc.boolean()), { minLength: 1, maxLength: 3 })
      .map((members) => t.struct(members.map(([member, nullable], i) => t.field(`m${i}`, member, nullable)))),
  ),
}))
const schemas = fc
  .array(fc.tuple(type, fc.boolean()), { minLength: 1, maxLength: 5 })
  .map((columns): Field[] => columns.map(([column, nullable], i) => t.field(`c${i}`, column, nullable)))

test('every schema comes back from Iceberg with its ids and logical types', () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      let last = 0
      const fields = assignIds(schema, () => (last += 1))
      const iceberg = { type: 'struct', 'schema-id': 0, fields: fields.map(toIcebergField) } as const
      const text = JSON.parse(JSON.stringify(iceberg)) as typeof iceberg
      expect(fromIcebergSchema(text, typeProperties(fields))).toEqual(fields)
      expect(lastId(fields)).toBe(last)
    }),
  )
})

test('columns take their ids before nested members do', () => {
  let last = 0
  const schema = [t.field('a', t.list(t.text)), t.field('b', t.struct([t.field('c', t.json, false)]))]
  const fields = assignIds(schema, () => (last += 1))
  expect(fields.map((f) => [f.id, f.nested?.map((n) => n.id)])).toEqual([
    [1, [3]],
    [2, [4]],
  ])
  const iceberg = { type: 'struct', 'schema-id': 0, fields: fields.map(toIcebergField) } as const
  expect(iceberg.fields).toEqual([
    {
      id: 1,
      name: 'a',
      required: false,
      type: { type: 'list', 'element-id': 3, element: 'string', 'element-required': false },
    },
    {
      id: 2,
      name: 'b',
      required: false,
      type: { type: 'struct', fields: [{ id: 4, name: 'c', required: true, type: 'string' }] },
    },
  ])
  expect(typeProperties(fields)).toEqual({ 'securecart.type.4': 'json' })
  expect(primitiveOf(iceberg, 4)).toBe('string')
  expect(primitiveOf(iceberg, 1)).toBeUndefined()
})
