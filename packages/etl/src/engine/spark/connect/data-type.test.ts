import { expect, test } from 'vitest'
import type { LogicalType } from '../../../plan/type.ts'
import type { Message } from './codec.ts'
import { logicalType, schemaOf } from './data-type.ts'

const types: readonly (readonly [Message<'DataType'>, LogicalType])[] = [
  [{ boolean: {} }, { kind: 'bool' }],
  [{ byte: {} }, { kind: 'int8' }],
  [{ long: {} }, { kind: 'int64' }],
  [{ decimal: { precision: 18, scale: 18 } }, { kind: 'decimal', precision: 18, scale: 18 }],
  [{ decimal: {} }, { kind: 'decimal', precision: 10, scale: 0 }],
  [{ timestamp_ntz: {} }, { kind: 'timestamp' }],
  [
    { array: { element_type: { map: { key_type: { string: {} }, value_type: { double: {} } } } } },
    { kind: 'list', element: { kind: 'map', key: { kind: 'text' }, value: { kind: 'float64' } } },
  ],
]

test.each(types)('%j of Spark is a type of the plan', (type, expected) => {
  expect(logicalType(type)).toEqual(expected)
})

test('types that the plan lacks are refused', () => {
  expect(() => logicalType({ variant: {} })).toThrow(
    expect.objectContaining({ code: 'sql.unsupported-type' }),
  )
  expect(() => logicalType({})).toThrow(/unknown/)
})

test('a schema is the fields of a struct', () => {
  const fields = [
    { name: 'q', data_type: { integer: {} }, nullable: true },
    { name: 'b', data_type: { binary: {} } },
  ]
  expect(schemaOf({ struct: { fields } })).toEqual([
    { name: 'q', type: { kind: 'int32' }, nullable: true },
    { name: 'b', type: { kind: 'bytes' }, nullable: false },
  ])
})
