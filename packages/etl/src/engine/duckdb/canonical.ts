import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { EtlError } from '../../base/errors.ts'
import type { LiteralValue } from '../../plan/expression.ts'
import { type LogicalType, type Schema, typeName } from '../../plan/type.ts'
import type { ResultChunk } from '../contract.ts'

const microsPerDay = 86_400_000_000n

/** Writes a day since 1970-01-01 as `YYYY-MM-DD`; years beyond four digits carry a sign, as in ISO 8601. */
function dateText(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const day = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  )
  const dayOfYear = day - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const pad = (n: number, width: number): string => String(n).padStart(width, '0')
  const shownYear =
    year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`
  return `${shownYear}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`
}

function timeText(micros: bigint): string {
  const pad = (n: bigint, width: number): string => String(n).padStart(width, '0')
  const seconds = micros / 1_000_000n
  return `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}.${pad(micros % 1_000_000n, 6)}`
}

function timestampText(micros: bigint): string {
  const inDay = ((micros % microsPerDay) + microsPerDay) % microsPerDay
  return `${dateText(Number((micros - inDay) / microsPerDay))}T${timeText(inDay)}`
}

function decimalText(value: DuckDBDecimalValue): string {
  const digits = String(value.value < 0n ? -value.value : value.value).padStart(value.scale + 1, '0')
  const whole = digits.slice(0, digits.length - value.scale)
  const shown = value.scale === 0 ? whole : `${whole}.${digits.slice(-value.scale)}`
  return value.value < 0n ? `-${shown}` : shown
}

function misfit(value: unknown, type: LogicalType): EtlError {
  const found = value instanceof Object ? value.constructor.name : typeof value
  return new EtlError('bug.unreachable', `DuckDB gave a ${found} where ${typeName(type)} was promised`)
}

function structValue(value: DuckDBStructValue, type: LogicalType & { kind: 'struct' }): LiteralValue {
  return Object.fromEntries(
    type.fields.map((field) => {
      if (!Object.hasOwn(value.entries, field.name)) throw misfit(value, type)
      return [field.name, canonicalValue(value.entries[field.name] ?? null, field.type)]
    }),
  )
}

/** How DuckDB stores infinite dates and timestamps: the largest number of the type, or its negative. */
function infinite(stored: bigint, largest: bigint): string | undefined {
  if (stored === largest) return 'infinity'
  return stored === -largest ? '-infinity' : undefined
}

/**
 * Writes one value that DuckDB gave in canonical form, exact to the last digit and microsecond (see `LiteralValue`).
 *
 * `type` is the value's logical type; the DuckDB type must be the one that `sqlType` names for it. Fails with
 * `bug.unreachable` when the value is of another type.
 */
export function canonicalValue(value: DuckDBValue, type: LogicalType): LiteralValue {
  if (value === null) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return value
  if (value instanceof DuckDBDecimalValue) return decimalText(value)
  if (value instanceof DuckDBTimestampValue)
    return infinite(value.micros, 2n ** 63n - 1n) ?? timestampText(value.micros)
  if (value instanceof DuckDBDateValue)
    return infinite(BigInt(value.days), 2n ** 31n - 1n) ?? dateText(value.days)
  if (value instanceof DuckDBTimeValue) return timeText(value.micros)
  if (value instanceof DuckDBUUIDValue) return value.toString()
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBListValue && type.kind === 'list') {
    return value.items.map((item) => canonicalValue(item, type.element))
  }
  if (value instanceof DuckDBStructValue && type.kind === 'struct') return structValue(value, type)
  if (value instanceof DuckDBMapValue && type.kind === 'map') {
    return value.entries.map((e) => [canonicalValue(e.key, type.key), canonicalValue(e.value, type.value)])
  }
  throw misfit(value, type)
}

/**
 * Writes a chunk of a result in canonical form, column by column in the order of `schema`.
 *
 * The chunk's columns must be those of the schema, in its order and in the SQL types of its logical types.
 */
export function canonicalChunk(chunk: DuckDBDataChunk, schema: Schema): ResultChunk {
  return {
    rows: chunk.rowCount,
    columns: schema.map((field, index) =>
      chunk.getColumnValues(index).map((value) => canonicalValue(value, field.type)),
    ),
  }
}
