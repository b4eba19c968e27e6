/** Logical types: what a value means, whatever the engine stores. Frozen, serialisable data. */
export type LogicalType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'int8' | 'int16' | 'int32' | 'int64' | 'uint64' }
  /** Exact; `precision` 1..38 significant digits, `scale` 0..precision of them after the point. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'float64' }
  /** Unicode text without lone surrogates. */
  | { readonly kind: 'text' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'date' }
  /** Time of day, microseconds. */
  | { readonly kind: 'time' }
  /** A moment in UTC, microseconds since the epoch. */
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'uuid' }
  /** A JSON document kept as its text. */
  | { readonly kind: 'json' }
  | { readonly kind: 'list'; readonly element: LogicalType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'map'; readonly key: LogicalType; readonly value: LogicalType }

export type Kind = LogicalType['kind']

/** One named, typed member of a schema or struct. */
export interface Field {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

/** The columns of a relation, in order; names are unique without regard to case. */
export type Schema = readonly Field[]

export const bool: LogicalType = { kind: 'bool' }
export const int8: LogicalType = { kind: 'int8' }
export const int16: LogicalType = { kind: 'int16' }
export const int32: LogicalType = { kind: 'int32' }
export const int64: LogicalType = { kind: 'int64' }
export const uint64: LogicalType = { kind: 'uint64' }
export const float64: LogicalType = { kind: 'float64' }
export const text: LogicalType = { kind: 'text' }
export const bytes: LogicalType = { kind: 'bytes' }
export const date: LogicalType = { kind: 'date' }
export const time: LogicalType = { kind: 'time' }
export const timestamp: LogicalType = { kind: 'timestamp' }
export const uuid: LogicalType = { kind: 'uuid' }
export const json: LogicalType = { kind: 'json' }
export const decimal = (precision: number, scale: number): LogicalType => ({
  kind: 'decimal',
  precision,
  scale,
})
export const list = (element: LogicalType): LogicalType => ({ kind: 'list', element })
export const struct = (fields: readonly Field[]): LogicalType => ({ kind: 'struct', fields })
export const map = (key: LogicalType, value: LogicalType): LogicalType => ({ kind: 'map', key, value })

/** A field, nullable unless said otherwise. */
export const field = (name: string, type: LogicalType, nullable = true): Field => ({ name, type, nullable })

/** Prints a type as users write it: `decimal(18,3)`, `list<text>`, `struct<a: int64, b: text>`. */
export function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'list':
      return `list<${typeName(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map((f) => `${f.name}: ${typeName(f.type)}`).join(', ')}>`
    case 'map':
      return `map<${typeName(type.key)}, ${typeName(type.value)}>`
    default:
      return type.kind
  }
}

export function sameType(a: LogicalType, b: LogicalType): boolean {
  return typeName(a) === typeName(b)
}

/** Finds a field by name without regard to case. */
export function findField(schema: Schema, name: string): Field | undefined {
  const wanted = name.toLowerCase()
  return schema.find((f) => f.name.toLowerCase() === wanted)
}
