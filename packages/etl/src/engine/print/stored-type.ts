import { type LogicalType, sameType } from '../../plan/type.ts'
import type { Sql } from './sql.ts'

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
export function castColumn(
  name: string,
  from: LogicalType,
  to: LogicalType,
  s: Sql,
  as: string = name,
): string {
  const column = s.name(name)
  if (!sameType(from, to)) return `CAST(${column} AS ${s.type(to)}) AS ${s.name(as)}`
  return as === name ? column : `${column} AS ${s.name(as)}`
}
