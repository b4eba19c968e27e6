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
import { dateText, decimalText, timestampText, timeText } from '../canonical-text.ts'
import type { ResultChunk } from '../contract.ts'

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
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale)
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
