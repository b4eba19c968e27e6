import { EtlError } from '../base/errors.ts'
import type { LiteralValue } from '../plan/expression.ts'
import type { LogicalType } from '../plan/type.ts'
import type { Dialect } from './contract.ts'

/** Quotes an identifier; correct for DuckDB and PostgreSQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Whether printed SQL is just a column's name, which costs nothing to mention again. */
export function isName(sql: string): boolean {
  return /^(?:\w+[.])?(?:\w+|"(?:[^"]|"")*")$/u.test(sql)
}

/** Quotes a text literal; correct for DuckDB and PostgreSQL with standard_conforming_strings. */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/**
 * Quotes an identifier for Spark: in backticks, which take every name under any setting (its double-quoted names know no
 * doubled quote before 4.0).
 */
export function quoteSparkName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/**
 * Quotes a text literal for Spark with escapedStringLiterals off. Quotes and backslashes are escaped by a backslash: a
 * doubled quote would join two literals before 4.0.
 */
export function quoteSparkText(value: string): string {
  return `'${value.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll('\0', String.raw`\u0000`)}'`
}

/** How each dialect quotes identifiers. */
export const nameQuoting: Readonly<Record<Dialect, (name: string) => string>> = {
  duckdb: quoteName,
  postgres: quoteName,
  spark: quoteSparkName,
}

/** How each dialect quotes text literals. */
export const textQuoting: Readonly<Record<Dialect, (value: string) => string>> = {
  duckdb: quoteText,
  postgres: quoteText,
  spark: quoteSparkText,
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

// Spark has no unsigned integers, no uuid and no JSON, and a time of day only from 4.1 on: it counts microseconds since
// midnight.
const sparkOnly: Partial<Record<LogicalType['kind'], string>> = {
  int8: 'TINYINT',
  uint64: 'DECIMAL(20,0)',
  float64: 'DOUBLE',
  text: 'STRING',
  bytes: 'BINARY',
  json: 'STRING',
  time: 'BIGINT',
  timestamp: 'TIMESTAMP_NTZ',
  uuid: 'STRING',
}
const own = { duckdb: duckdbOnly, postgres: postgresOnly, spark: sparkOnly } as const

function sparkNested(type: LogicalType): string | undefined {
  switch (type.kind) {
    case 'list':
      return `ARRAY<${sqlType(type.element, 'spark')}>`
    case 'struct':
      return `STRUCT<${type.fields.map((f) => `${quoteSparkName(f.name)}: ${sqlType(f.type, 'spark')}`).join(', ')}>`
    case 'map':
      return `MAP<${sqlType(type.key, 'spark')}, ${sqlType(type.value, 'spark')}>`
    default:
      return undefined
  }
}

/** The SQL type that stores a logical type in a dialect. Fails with `engine.refused` where there is none. */
export function sqlType(type: LogicalType, dialect: Dialect): string {
  const simple = own[dialect][type.kind] ?? shared[type.kind]
  if (simple !== undefined) return simple
  const nested = dialect === 'spark' ? sparkNested(type) : undefined
  if (nested !== undefined) return nested
  switch (type.kind) {
    case 'decimal':
      return `${dialect === 'postgres' ? 'NUMERIC' : 'DECIMAL'}(${type.precision},${type.scale})`
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

/** The microseconds since midnight of a time in canonical form. */
function microsOfDay(time: string): bigint {
  const [hour = '0', minute = '0', second = '0', fraction = ''] = time.split(/[:.]/)
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
}

function sparkText(value: string, type: LogicalType): string {
  switch (type.kind) {
    case 'text':
    case 'json':
    case 'uuid':
      return quoteSparkText(value)
    case 'bytes':
      return `X'${value}'`
    case 'time':
      return `CAST('${microsOfDay(value)}' AS BIGINT)`
    default:
      return `CAST(${quoteSparkText(value)} AS ${sqlType(type, 'spark')})`
  }
}

function sparkNestedLiteral(value: LiteralValue, type: LogicalType): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const items = (values: readonly LiteralValue[], of: LogicalType): string =>
    `array(${values.map((v) => sqlLiteral(v, of, 'spark')).join(', ')})`
  if (type.kind === 'list' && Array.isArray(value)) return items(value, type.element)
  if (type.kind === 'map' && Array.isArray(value)) {
    const entries = value as readonly (readonly [LiteralValue, LiteralValue])[]
    if (entries.length === 0) return 'map()'
    const [keys, values] = [entries.map(([k]) => k), entries.map(([, v]) => v)]
    return `map_from_arrays(${items(keys, type.key)}, ${items(values, type.value)})`
  }
  if (type.kind !== 'struct' || Array.isArray(value)) return undefined
  const members = value as { readonly [name: string]: LiteralValue }
  const parts = type.fields.map((f) => {
    const member = Object.hasOwn(members, f.name) ? (members[f.name] ?? null) : null
    return `${quoteSparkText(f.name)}, ${sqlLiteral(member, f.type, 'spark')}`
  })
  return `named_struct(${parts.join(', ')})`
}

/** Prints a typed literal in a dialect, exact to the last digit. */
export function sqlLiteral(value: LiteralValue, type: LogicalType, dialect: Dialect): string {
  const cast = (inner: string): string => `CAST(${inner} AS ${sqlType(type, dialect)})`
  if (value === null) return cast('NULL')
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (dialect === 'spark') {
    if (typeof value === 'string') return sparkText(value, type)
    const nested = sparkNestedLiteral(value, type)
    if (nested !== undefined) return cast(nested)
  }
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
