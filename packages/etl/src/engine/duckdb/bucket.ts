import {
  BIGINT,
  BLOB,
  type DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBScalarFunction,
  INTEGER,
} from '@duckdb/node-api'
import { EtlError } from '../../base/errors.ts'
import { murmur3 } from '../../base/murmur3.ts'
import { quoteName } from '../../function/dialect.ts'
import type { LogicalType } from '../../plan/type.ts'

/**
 * Registers the hashes that Iceberg's bucket transform is made of: of a 64-bit integer's eight little-endian bytes, and of
 * bytes. NULL gives NULL.
 */
export function registerBucketHashes(connection: DuckDBConnection): void {
  const eight = new Uint8Array(8)
  const view = new DataView(eight.buffer)
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'iceberg_hash_long',
      parameterTypes: [BIGINT],
      returnType: INTEGER,
      mainFunction: (_info, input, output) => {
        const values = input.getColumnVector(0)
        for (let r = 0; r < input.rowCount; r++) {
          const value = values.getItem(r) as bigint | null
          if (value !== null) view.setBigInt64(0, value, true)
          output.setItem(r, value === null ? null : murmur3(eight))
        }
        output.flush()
      },
    }),
  )
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'iceberg_hash_bytes',
      parameterTypes: [BLOB],
      returnType: INTEGER,
      mainFunction: (_info, input, output) => {
        const values = input.getColumnVector(0)
        for (let r = 0; r < input.rowCount; r++) {
          const value = values.getItem(r) as DuckDBBlobValue | null
          output.setItem(r, value === null ? null : murmur3(value.bytes))
        }
        output.flush()
      },
    }),
  )
}

/** Prints the hash that Iceberg's bucket transform takes of a column. */
function printHash(name: string, type: LogicalType): string {
  const column = quoteName(name)
  switch (type.kind) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return `iceberg_hash_long(CAST(${column} AS BIGINT))`
    case 'date':
      return `iceberg_hash_long(CAST(${column} - DATE '1970-01-01' AS BIGINT))`
    case 'timestamp':
      return `iceberg_hash_long(epoch_us(${column}))`
    case 'time':
      return `iceberg_hash_long(epoch_us(DATE '1970-01-01' + ${column}))`
    case 'text':
      return `iceberg_hash_bytes(encode(${column}))`
    case 'uuid':
      return `iceberg_hash_bytes(unhex(replace(CAST(${column} AS VARCHAR), '-', '')))`
    case 'bytes':
      return `iceberg_hash_bytes(${column})`
    default:
      throw new EtlError('config.invalid', `bucket() of "${name}" is not possible: it is ${type.kind}`, {
        hint: 'Bucket by an integer, text, uuid, bytes, date, time or timestamp column.',
      })
  }
}

/** Prints the bucket number, 0 to `count` - 1, of a column (Iceberg specification, "Bucket Transform Details"). */
export function printBucket(name: string, type: LogicalType, count: number): string {
  return `(${printHash(name, type)} & 2147483647) % ${count}`
}
