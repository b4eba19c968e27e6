import { EtlError } from '../../../base/errors.ts'
import type { LogicalType, Schema } from '../../../plan/type.ts'
import type { Message } from './codec.ts'

type DataType = Message<'DataType'>

const simple: Readonly<Record<string, LogicalType>> = {
  null: { kind: 'text' },
  binary: { kind: 'bytes' },
  boolean: { kind: 'bool' },
  byte: { kind: 'int8' },
  short: { kind: 'int16' },
  integer: { kind: 'int32' },
  long: { kind: 'int64' },
  float: { kind: 'float64' },
  double: { kind: 'float64' },
  string: { kind: 'text' },
  char: { kind: 'text' },
  var_char: { kind: 'text' },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp' },
  timestamp_ntz: { kind: 'timestamp' },
  time: { kind: 'time' },
}

/**
 * The logical type of a type of Spark. A UUID or JSON document is text there. Fails with `sql.unsupported-type` for
 * intervals, variants and user-defined types.
 */
export function logicalType(type: DataType): LogicalType {
  if (type.decimal !== undefined)
    return { kind: 'decimal', precision: type.decimal.precision ?? 10, scale: type.decimal.scale ?? 0 }
  if (type.array !== undefined) return { kind: 'list', element: logicalType(type.array.element_type ?? {}) }
  if (type.struct !== undefined) return { kind: 'struct', fields: fieldsOf(type.struct) }
  if (type.map !== undefined) {
    const { key_type: key = {}, value_type: value = {} } = type.map
    return { kind: 'map', key: logicalType(key), value: logicalType(value) }
  }
  const [name = 'unknown'] = Object.keys(type)
  const known = simple[name]
  if (known === undefined) {
    throw new EtlError('sql.unsupported-type', `The query has a column of Spark's type ${name}`, {
      hint: 'Cast the column to a type of the plan.',
    })
  }
  return known
}

function fieldsOf(struct: Message<'DataType.Struct'>): Schema {
  return (struct.fields ?? []).map((field) => ({
    name: field.name ?? '',
    type: logicalType(field.data_type ?? {}),
    nullable: field.nullable ?? false,
  }))
}

/** The schema that Spark gives for a relation. */
export function schemaOf(type: DataType): Schema {
  return fieldsOf(type.struct ?? {})
}
