import type { LogicalType, Schema } from '../plan/type.ts'

/**
 * A canonical value (see `LiteralValue`) as JSON. Integers of up to 32 bits and finite floating-point numbers become
 * numbers; wider integers, decimals, moments and NaN stay text, so nothing is rounded and nothing turns into null.
 */
function jsonValue(value: unknown, type: LogicalType): unknown {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'int8':
    case 'int16':
    case 'int32':
      return Number(value)
    case 'float64':
      return Number.isFinite(Number(value)) ? Number(value) : value
    case 'list':
      return (value as readonly unknown[]).map((v) => jsonValue(v, type.element))
    case 'map':
      return (value as readonly (readonly unknown[])[]).map(([k, v]) => [
        jsonValue(k, type.key),
        jsonValue(v, type.value),
      ])
    case 'struct': {
      const fields = value as Readonly<Record<string, unknown>>
      return Object.fromEntries(type.fields.map((f) => [f.name, jsonValue(fields[f.name], f.type)]))
    }
    default:
      return value
  }
}

/** A row of canonical values as a JSON object; a column named `__proto__` is kept. */
export function jsonRow(schema: Schema, row: readonly unknown[]): unknown {
  return Object.fromEntries(schema.map((f, i) => [f.name, jsonValue(row[i], f.type)]))
}
