import { EtlError } from '../../../base/errors.ts'
import { type LogicalType, type Schema, typeName } from '../../../plan/type.ts'
import type { IdField } from '../../contract.ts'
import type { Message } from './codec.ts'

type DataType = Message<'DataType'>

/** The key under which Spark keeps the field id of a column, and writes it to Parquet files. */
export const fieldIdKey = 'parquet.field.id'

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

const ofKind: Readonly<Partial<Record<LogicalType['kind'], DataType>>> = {
  bool: { boolean: {} },
  int8: { byte: {} },
  int16: { short: {} },
  int32: { integer: {} },
  int64: { long: {} },
  float64: { double: {} },
  text: { string: {} },
  json: { string: {} },
  uuid: { string: {} },
  bytes: { binary: {} },
  date: { date: {} },
  timestamp: { timestamp_ntz: {} },
}

/**
 * Writes a logical type as Spark's; `nested` are the ids of its members, see `IdField`. Every member may be NULL. Spark
 * has no type for a time of day in 3.5 and none for `uint64`: fails with `engine.refused`.
 */
export function sparkType(type: LogicalType, nested: readonly IdField[] = []): DataType {
  const [first, second] = nested
  switch (type.kind) {
    case 'decimal':
      return { decimal: { precision: type.precision, scale: type.scale } }
    case 'list':
      return { array: { element_type: sparkType(type.element, first?.nested), contains_null: true } }
    case 'map': {
      const key_type = sparkType(type.key, first?.nested)
      const value_type = sparkType(type.value, second?.nested)
      return { map: { key_type, value_type, value_contains_null: true } }
    }
    case 'struct':
      return nested.length > 0
        ? sparkSchema(nested)
        : { struct: { fields: type.fields.map((f) => structField(f.name, sparkType(f.type))) } }
    default: {
      const known = ofKind[type.kind]
      if (known !== undefined) return known
      throw new EtlError('engine.refused', `Spark has no type for ${typeName(type)}`)
    }
  }
}

function structField(name: string, type: DataType, metadata?: string): Message<'DataType.StructField'> {
  return { name, data_type: type, nullable: true, ...(metadata === undefined ? {} : { metadata }) }
}

/** Writes columns with their field ids as a type of Spark, ids in the metadata at every level of structs. */
export function sparkSchema(fields: readonly IdField[]): DataType {
  return {
    struct: {
      fields: fields.map((field) =>
        structField(
          field.name,
          sparkType(field.type, field.nested),
          JSON.stringify({ [fieldIdKey]: field.id }),
        ),
      ),
    },
  }
}
