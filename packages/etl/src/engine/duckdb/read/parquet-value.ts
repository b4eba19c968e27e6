import { sqlType } from '../../../function/dialect.ts'
import { type LogicalType, typeName } from '../../../plan/type.ts'

/** How a stored column becomes a declared one. */
export interface Conversion {
  /** NULL iff the stored value is NULL or does not fit. */
  readonly value: string
  /** Whether a stored value may not fit. */
  readonly partial: boolean
}

const integers: Readonly<Record<string, number>> = {
  TINYINT: 8,
  UTINYINT: 9,
  SMALLINT: 16,
  USMALLINT: 17,
  INTEGER: 32,
  UINTEGER: 33,
  BIGINT: 64,
  UBIGINT: 65,
}

const plain = (type: string): string => type.replaceAll('"', '').toUpperCase()

/** A conversion that needs no check. */
const whole = (value: string): Conversion => ({ value, partial: false })
const checked = (value: string): Conversion => ({ value, partial: true })

/**
 * Prints the exact conversion of a stored column (`x`, of a type as DuckDB names it) into a declared type, or says in a
 * sentence why there is none. Nothing is rounded, truncated or guessed: a value that does not fit gives NULL and is a
 * reject.
 */
export function storedValue(stored: string, type: LogicalType, x: string): Conversion | string {
  const target = sqlType(type, 'duckdb')
  const kind = plain(stored)
  if (kind === plain(target)) return whole(x)
  const none = `it is stored as ${stored}, which has no exact reading as ${typeName(type)}`
  switch (type.kind) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint64':
      return integers[kind] === undefined ? none : checked(`TRY_CAST(${x} AS ${target})`)
    case 'decimal':
      return decimalValue(kind, target, x) ?? none
    case 'float64':
      return kind === 'FLOAT' || (integers[kind] ?? 99) <= 33 ? whole(`CAST(${x} AS DOUBLE)`) : none
    case 'text':
      if (kind === 'JSON' || kind.startsWith('ENUM')) return whole(`CAST(${x} AS VARCHAR)`)
      return kind === 'BLOB' ? checked(`TRY(decode(${x}))`) : none
    case 'timestamp':
      return timestampValue(kind, x) ?? none
    case 'time':
      return kind === 'TIME_NS' ? checked(wholeMicros(x, 'TIME', 'TIME_NS')) : none
    case 'json':
      return kind === 'VARCHAR' ? checked(`CASE WHEN json_valid(${x}) THEN CAST(${x} AS JSON) END`) : none
    default:
      return none
  }
}

function decimalValue(kind: string, target: string, x: string): Conversion | undefined {
  if (integers[kind] === undefined && !kind.startsWith('DECIMAL')) return undefined
  const value = `TRY_CAST(${x} AS ${target})`
  if (!kind.startsWith('DECIMAL')) return checked(value)
  return checked(`CASE WHEN TRY_CAST(${value} AS ${kind}) = ${x} THEN ${value} END`)
}

const wholeMicros = (x: string, target: string, stored: string): string =>
  `CASE WHEN CAST(CAST(${x} AS ${target}) AS ${stored}) = ${x} THEN CAST(${x} AS ${target}) END`

function timestampValue(kind: string, x: string): Conversion | undefined {
  switch (kind) {
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_S':
      return whole(`CAST(${x} AS TIMESTAMP)`)
    case 'TIMESTAMP_NS':
      return checked(wholeMicros(x, 'TIMESTAMP', 'TIMESTAMP_NS'))
    default:
      return undefined
  }
}
