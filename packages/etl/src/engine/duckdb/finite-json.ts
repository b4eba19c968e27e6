import { quoteName } from '../../function/dialect.ts'
import type { LogicalType } from '../../plan/type.ts'

/**
 * Prints a column so that it becomes valid JSON: NaN and the infinities, which JSON has no numbers for, are the strings
 * `"NaN"`, `"Infinity"` and `"-Infinity"` (as in the JSON mapping of Protocol Buffers), also inside lists, structs and
 * the values of maps. `sql` is an expression of type `type` that may be evaluated several times.
 */
export function printFiniteJson(sql: string, type: LogicalType): string {
  return hasFloat(type) ? printValue(sql, type, 0) : sql
}

function hasFloat(type: LogicalType): boolean {
  switch (type.kind) {
    case 'float64':
      return true
    case 'list':
      return hasFloat(type.element)
    case 'map':
      return hasFloat(type.value)
    case 'struct':
      return type.fields.some((f) => hasFloat(f.type))
    default:
      return false
  }
}

function printValue(x: string, type: LogicalType, depth: number): string {
  if (!hasFloat(type)) return x
  const item = `v${depth}`
  switch (type.kind) {
    case 'list':
      return `list_transform(${x}, lambda ${item}: ${printValue(item, type.element, depth + 1)})`
    case 'map':
      return `map_from_entries(list_transform(map_entries(${x}), lambda ${item}: struct_pack(k := ${item}.key, v := ${printValue(`${item}.value`, type.value, depth + 1)})))`
    case 'struct': {
      const members = type.fields.map(
        (f) => `${quoteName(f.name)} := ${printValue(`${x}.${quoteName(f.name)}`, f.type, depth)}`,
      )
      return `CASE WHEN ${x} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`
    }
    default:
      return `CASE WHEN isfinite(${x}) THEN to_json(${x}) WHEN isnan(${x}) THEN CAST('"NaN"' AS JSON) WHEN ${x} > 0 THEN CAST('"Infinity"' AS JSON) WHEN ${x} < 0 THEN CAST('"-Infinity"' AS JSON) END`
  }
}
