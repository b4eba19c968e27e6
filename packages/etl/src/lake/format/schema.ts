import { unreachable } from '../../base/errors.ts'
import type { IdField } from '../../engine/contract.ts'
import { decimal, list, map, struct } from '../../plan/type.ts'
import type { Field, LogicalType } from '../../plan/type.ts'
import type { IcebergField, IcebergSchema, IcebergType } from './metadata.ts'

/** Gives the next unused field id. */
export type NextId = () => number

/** Gives every field and nested member an id: a level first, then what lies below it, as Iceberg's own writers do. */
export function assignIds(fields: readonly Field[], nextId: NextId): readonly IdField[] {
  const ids = fields.map(() => nextId())
  return fields.map((field, index) => {
    const nested = members(field.type)
    return {
      name: field.name,
      type: field.type,
      nullable: field.nullable,
      id: ids[index] ?? 0,
      ...(nested.length > 0 && { nested: assignIds(nested, nextId) }),
    }
  })
}

/** The members of a nested type as fields: list `element`; map `key`, `value`; the fields of a struct. */
export function members(type: LogicalType): readonly Field[] {
  switch (type.kind) {
    case 'list':
      return [{ name: 'element', type: type.element, nullable: true }]
    case 'map':
      return [
        { name: 'key', type: type.key, nullable: false },
        { name: 'value', type: type.value, nullable: true },
      ]
    case 'struct':
      return type.fields
    default:
      return []
  }
}

/** Converts a field with ids to its Iceberg form. */
export function toIcebergField(field: IdField): IcebergField {
  return { id: field.id, name: field.name, required: !field.nullable, type: toIcebergType(field) }
}

function toIcebergType(field: IdField): IcebergType {
  const { type } = field
  switch (type.kind) {
    case 'struct':
      return { type: 'struct', fields: (field.nested ?? []).map(toIcebergField) }
    case 'list': {
      const element = member(field, 0)
      return {
        type: 'list',
        'element-id': element.id,
        element: toIcebergType(element),
        'element-required': !element.nullable,
      }
    }
    case 'map': {
      const [key, value] = [member(field, 0), member(field, 1)]
      return {
        type: 'map',
        'key-id': key.id,
        key: toIcebergType(key),
        'value-id': value.id,
        value: toIcebergType(value),
        'value-required': !value.nullable,
      }
    }
    default:
      return primitiveName(type)
  }
}

function member(field: IdField, index: number): IdField {
  const found = field.nested?.[index]
  if (found === undefined) throw new RangeError(`field ${field.name} has no nested member ${index}`)
  return found
}

type Primitive = Exclude<LogicalType, { kind: 'list' | 'map' | 'struct' }>

function primitiveName(type: Primitive): string {
  switch (type.kind) {
    case 'bool':
      return 'boolean'
    case 'int8':
    case 'int16':
    case 'int32':
      return 'int'
    case 'int64':
      return 'long'
    case 'uint64':
      return 'decimal(20, 0)'
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'float64':
      return 'double'
    case 'text':
    case 'json':
      return 'string'
    case 'bytes':
      return 'binary'
    case 'date':
    case 'time':
    case 'timestamp':
    case 'uuid':
      return type.kind
    default:
      return unreachable(type, 'type')
  }
}

/** Logical types that an Iceberg primitive does not tell apart; kept as a table property per field id. */
const remembered = new Set(['int8', 'int16', 'uint64', 'json'])

/** The property that keeps the logical type of a field whose Iceberg type is wider than it. */
export const typeProperty = (fieldId: number): string => `securecart.type.${fieldId}`

/** Lists the table properties that keep logical types through Iceberg, nested members included. */
export function typeProperties(fields: readonly IdField[]): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (field: IdField): void => {
    if (remembered.has(field.type.kind)) found[typeProperty(field.id)] = field.type.kind
    field.nested?.forEach(visit)
  }
  fields.forEach(visit)
  return found
}

/** Reads an Iceberg schema into fields with ids, restoring logical types from the table's properties. */
export function fromIcebergSchema(
  schema: IcebergSchema,
  properties: Readonly<Record<string, string>>,
): readonly IdField[] {
  return schema.fields.map((field) =>
    fromIceberg(field.id, field.name, !field.required, field.type, properties),
  )
}

function fromIceberg(
  id: number,
  name: string,
  nullable: boolean,
  type: IcebergType,
  properties: Readonly<Record<string, string>>,
): IdField {
  if (typeof type === 'string') {
    return { id, name, nullable, type: fromPrimitive(type, properties[typeProperty(id)]) }
  }
  const go = (i: number, n: string, required: boolean, t: IcebergType): IdField =>
    fromIceberg(i, n, !required, t, properties)
  switch (type.type) {
    case 'struct': {
      const nested = type.fields.map((f) => go(f.id, f.name, f.required, f.type))
      const fields = nested.map((f) => ({ name: f.name, type: f.type, nullable: f.nullable }))
      return { id, name, nullable, type: struct(fields), nested }
    }
    case 'list': {
      const element = go(type['element-id'], 'element', type['element-required'], type.element)
      return { id, name, nullable, type: list(element.type), nested: [element] }
    }
    case 'map': {
      const key = go(type['key-id'], 'key', true, type.key)
      const value = go(type['value-id'], 'value', type['value-required'], type.value)
      return { id, name, nullable, type: map(key.type, value.type), nested: [key, value] }
    }
  }
}

const plainTypes: Readonly<Record<string, LogicalType['kind']>> = {
  boolean: 'bool',
  int: 'int32',
  long: 'int64',
  float: 'float64',
  double: 'float64',
  string: 'text',
  binary: 'bytes',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  uuid: 'uuid',
}

function fromPrimitive(name: string, kept: string | undefined): LogicalType {
  if (kept !== undefined && remembered.has(kept)) return { kind: kept } as LogicalType
  const digits = decimalOf(name)
  if (digits !== undefined) return decimal(digits.precision, digits.scale)
  if (name.startsWith('fixed[')) return { kind: 'bytes' }
  return { kind: plainTypes[name] ?? 'text' } as LogicalType
}

/** Precision and scale of an Iceberg decimal type name, or undefined for other types. */
export function decimalOf(name: string): { readonly precision: number; readonly scale: number } | undefined {
  const match = /^decimal\((\d+),\s*(\d+)\)$/.exec(name)
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) }
}

/** Finds the Iceberg primitive of a field id anywhere in a schema; undefined when absent or nested. */
export function primitiveOf(schema: IcebergSchema, id: number): string | undefined {
  const search = (fields: readonly IcebergField[]): string | undefined => {
    for (const field of fields) {
      if (field.id === id) return typeof field.type === 'string' ? field.type : undefined
      const below =
        typeof field.type === 'object' && field.type.type === 'struct' ? search(field.type.fields) : undefined
      if (below !== undefined) return below
    }
    return undefined
  }
  return search(schema.fields)
}

/** The largest field id in a schema, nested members included; 0 for an empty one. */
export function lastId(fields: readonly IdField[]): number {
  return fields.reduce((max, field) => Math.max(max, field.id, lastId(field.nested ?? [])), 0)
}
