import { quoteName, sqlType } from '../../function/dialect.ts'
import { type LogicalType, sameType } from '../../plan/type.ts'
import type { IdField } from '../contract.ts'

/**
 * The type in which a value lies in lake files: Iceberg v2 has no 8- and 16-bit integers, no unsigned ones and no JSON,
 * so these are stored as int32, decimal(20,0) and text.
 */
export function storedType(type: LogicalType): LogicalType {
  switch (type.kind) {
    case 'int8':
    case 'int16':
      return { kind: 'int32' }
    case 'uint64':
      return { kind: 'decimal', precision: 20, scale: 0 }
    case 'json':
      return { kind: 'text' }
    case 'list':
      return { kind: 'list', element: storedType(type.element) }
    case 'map':
      return { kind: 'map', key: storedType(type.key), value: storedType(type.value) }
    case 'struct':
      return { kind: 'struct', fields: type.fields.map((f) => ({ ...f, type: storedType(f.type) })) }
    default:
      return type
  }
}

/** Prints a column of a relation, cast from one type to another and renamed where these differ. */
export function castColumn(name: string, from: LogicalType, to: LogicalType, as: string = name): string {
  const column = quoteName(name)
  if (!sameType(from, to)) return `CAST(${column} AS ${sqlType(to, 'duckdb')}) AS ${quoteName(as)}`
  return as === name ? column : `${column} AS ${quoteName(as)}`
}

/** Prints the FIELD_IDS option of a Parquet COPY. */
export function fieldIds(schema: readonly IdField[]): string {
  return `{${schema.map((f) => `${quoteName(f.name)}: ${idOf(f)}`).join(', ')}}`
}

function idOf(field: IdField): string {
  const nested = field.nested ?? []
  if (nested.length === 0) return String(field.id)
  const names =
    field.type.kind === 'list'
      ? ['element']
      : field.type.kind === 'map'
        ? ['key', 'value']
        : nested.map((n) => n.name)
  const members = nested.map((n, i) => `${quoteName(names[i] ?? n.name)}: ${idOf(n)}`)
  return `{__duckdb_field_id: ${field.id}, ${members.join(', ')}}`
}
