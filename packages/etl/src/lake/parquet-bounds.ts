import type { SchemaElement } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { decimalOf } from './format/schema.ts'
import { fromTwosComplement } from './format/single-value.ts'
import type { Value } from './format/value.ts'

/** A column chunk's statistics as the footer holds them: raw PLAIN bytes. */
export interface RawStatistics {
  readonly nulls: number | undefined
  readonly lower: Uint8Array | undefined
  readonly upper: Uint8Array | undefined
}

type Thrift = Readonly<Record<`field_${number}`, unknown>>

/**
 * Reads the statistics of every column chunk, by row group and column. The published decoder turns decimals into
 * doubles, so the bytes are taken before it does.
 *
 * Source: Parquet format, `FileMetaData`, `ColumnMetaData.statistics` (12), `Statistics` (3, 5, 6; the deprecated 1 and 2
 * have no defined order and are ignored).
 */
export function rawStatistics(
  footer: Uint8Array,
  metadataLength: number,
): readonly (readonly RawStatistics[])[] {
  const start = footer.byteLength - 8 - metadataLength
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  const metadata = deserializeTCompactProtocol({ view, offset: start }) as Thrift
  const groups = (metadata['field_4'] ?? []) as readonly Thrift[]
  return groups.map((group) =>
    ((group['field_1'] ?? []) as readonly Thrift[]).map((chunk) => {
      const column = chunk['field_3'] as Thrift | undefined
      const stats = column?.['field_12'] as Thrift | undefined
      return {
        nulls: stats?.['field_3'] === undefined ? undefined : Number(stats['field_3']),
        upper: stats?.['field_5'] as Uint8Array | undefined,
        lower: stats?.['field_6'] as Uint8Array | undefined,
      }
    }),
  )
}

/** Decodes a PLAIN statistics value of a column; undefined when the physical type does not fit the Iceberg type. */
export function leafValue(type: string, element: SchemaElement, raw: Uint8Array): Value | undefined {
  const bytes = Buffer.from(raw)
  const value = physicalValue(element, bytes)
  if (value === undefined) return undefined
  if (decimalOf(type) !== undefined) {
    return Buffer.isBuffer(value) ? fromTwosComplement(value) : typeof value === 'bigint' ? value : undefined
  }
  switch (type) {
    case 'timestamp':
    case 'timestamptz':
    case 'time':
      return isMicros(element) && typeof value === 'bigint' ? value : undefined
    case 'int':
    case 'long':
    case 'date':
      return typeof value === 'bigint' ? value : undefined
    case 'float':
    case 'double':
      return typeof value === 'number' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    default:
      return Buffer.isBuffer(value) ? value : undefined
  }
}

function isMicros(element: SchemaElement): boolean {
  const logical = element.logical_type
  if (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') return logical.unit === 'MICROS'
  return element.converted_type === 'TIME_MICROS' || element.converted_type === 'TIMESTAMP_MICROS'
}

function physicalValue(element: SchemaElement, bytes: Buffer): Value | undefined {
  const unsigned = element.converted_type?.startsWith('UINT_') === true
  switch (element.type) {
    case 'BOOLEAN':
      return bytes[0] === 1
    case 'INT32':
      if (bytes.length !== 4) return undefined
      return BigInt(unsigned ? bytes.readUInt32LE() : bytes.readInt32LE())
    case 'INT64':
      if (bytes.length !== 8) return undefined
      return unsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE()
    case 'FLOAT':
      return bytes.length === 4 ? bytes.readFloatLE() : undefined
    case 'DOUBLE':
      return bytes.length === 8 ? bytes.readDoubleLE() : undefined
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return bytes
    default:
      return undefined
  }
}
