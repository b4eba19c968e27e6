import { EtlError } from '../base/errors.ts'
import type { LiteralValue } from '../plan/expression.ts'
import type { LogicalType } from '../plan/type.ts'
import type { Dialect } from './contract.ts'

/** Quotes an identifier; correct for DuckDB and PostgreSQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a text literal; correct for DuckDB and PostgreSQL with standard_conforming_strings. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

const shared: Partial<Record<LogicalType['kind'], string>> = {
  bool: 'BOOLEAN',
  int16: 'SMALLINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  uuid: 'UUID',
}
const duckdbOnly: Partial<Record<LogicalType['kind'], string>> = {
  int8: 'TINYINT',
  uint64: 'UBIGINT',
  float64: 'DOUBLE',
  text: 'VARCHAR',
  bytes: 'BLOB',
  json: 'JSON',
}
const postgresOnly: Partial<Record<LogicalType['kind'], string>> = {
  int8: 'SMALLINT',
  uint64: 'NUMERIC(20,0)',
  float64: 'DOUBLE PRECISION',
  text: 'TEXT',
  bytes: 'BYTEA',
  json: 'JSONB',
}

/** The SQL type that stores a logical type in a dialect. Fails with `engine.refused` where there is none. */
export function sqlType(type: LogicalType, dialect: Dialect): string {
  const simple = shared[type.kind] ?? (dialect === 'duckdb' ? duckdbOnly : postgresOnly)[type.kind]
  if (simple !== undefined) return simple
  switch (type.kind) {
    case 'decimal':
      return dialect === 'duckdb'
        ? `DECIMAL(${type.precision},${type.scale})`
        : `NUMERIC(${type.precision},${type.scale})`
    case 'list':
      return `${sqlType(type.element, dialect)}[]`
    case 'struct':
      if (dialect === 'duckdb') {
        return `STRUCT(${type.fields.map((f) => `${quoteName(f.name)} ${sqlType(f.type, dialect)}`).join(', ')})`
      }
      break
    case 'map':
      if (dialect === 'duckdb') return `MAP(${sqlType(type.key, dialect)}, ${sqlType(type.value, dialect)})`
      break
    default:
  }
  throw new EtlError('engine.refused', `${dialect} has no type for ${type.kind}`)
}

/** Prints a typed literal in a dialect, exact to the last digit. */
export function sqlLiteral(value: LiteralValue, type: LogicalType, dialect: Dialect): string {
  const cast = (inner: string): string => `CAST(${inner} AS ${sqlType(type, dialect)})`
  if (value === null) return cast('NULL')
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'string') {
    if (type.kind === 'bytes')
      return dialect === 'duckdb' ? `from_hex(${quoteText(value)})` : `decode(${quoteText(value)}, 'hex')`
    if (type.kind === 'text') return dialect === 'duckdb' ? quoteText(value) : cast(quoteText(value))
    return cast(quoteText(value))
  }
  if (type.kind === 'list' && Array.isArray(value)) {
    const items = value.map((v: LiteralValue) => sqlLiteral(v, type.element, dialect)).join(', ')
    return dialect === 'duckdb' ? cast(`[${items}]`) : cast(`ARRAY[${items}]`)
  }
  if (type.kind === 'map' && Array.isArray(value) && dialect === 'duckdb') {
    const entries = value as readonly (readonly [LiteralValue, LiteralValue])[]
    const keys = entries.map(([k]) => sqlLiteral(k, type.key, dialect)).join(', ')
    const values = entries.map(([, v]) => sqlLiteral(v, type.value, dialect)).join(', ')
    return cast(`MAP([${keys}], [${values}])`)
  }
  if (type.kind === 'struct' && !Array.isArray(value) && dialect === 'duckdb') {
    const members = value as { readonly [name: string]: LiteralValue }
    const parts = type.fields.map(
      (f) =>
        `${quoteName(f.name)} := ${sqlLiteral(Object.hasOwn(members, f.name) ? (members[f.name] ?? null) : null, f.type, dialect)}`,
    )
    return cast(`struct_pack(${parts.join(', ')})`)
  }
  throw new EtlError('engine.refused', `${dialect} cannot write a literal of ${type.kind}`)
}
