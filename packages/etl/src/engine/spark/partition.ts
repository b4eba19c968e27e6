import { EtlError } from '../../base/errors.ts'
import type { LogicalType, Schema } from '../../plan/type.ts'
import type { PartitionField } from '../contract.ts'
import { microsOf } from '../print/keyed.ts'
import { sqlOf } from '../print/sql.ts'

const s = sqlOf.spark

/** Types whose bucket hash is that of a 64-bit integer. */
const hashedAsLong: readonly LogicalType['kind'][] = [
  'int8',
  'int16',
  'int32',
  'int64',
  'date',
  'time',
  'timestamp',
]

/**
 * The 32-bit integer that Spark's hash, Murmur3 with the seed 42, maps to 0. Spark seeds the hash of each further value
 * with the one before, so a value after this one is hashed with the seed 0, as Iceberg's table specification asks.
 */
const hashedToZero = -1_693_959_553

/** Why Spark cannot write a table partitioned so; undefined when it can. */
export function refusedPartition(partition: readonly PartitionField[], schema: Schema): string | undefined {
  const typeOf = (p: PartitionField) => schema.find((f) => f.name === p.column)?.type.kind
  const bucket = partition.find(
    (p) => p.transform.kind === 'bucket' && !hashedAsLong.includes(typeOf(p) ?? 'text'),
  )
  return bucket === undefined
    ? undefined
    : `the partition by bucket(${bucket.column}): not yet: it hashes ${typeOf(bucket) ?? 'such values'} otherwise than Iceberg does`
}

/**
 * Prints a partition field's value as text that begins with a `v`, NULL for NULL: the folder of a partitioned write
 * holds the empty text and NULL for one.
 */
export function printPartition(partition: PartitionField, type: LogicalType): string {
  return `concat('v', CAST(${valueOf(partition, type)} AS STRING))`
}

/** The partition value that a folder name tells. */
export function readPartition(folder: string): string | null {
  const value = folder.slice(folder.indexOf('=') + 1)
  if (value === '__HIVE_DEFAULT_PARTITION__') return null
  return value
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .slice(1)
}

function valueOf(partition: PartitionField, type: LogicalType): string {
  const column = s.name(partition.column)
  const { transform } = partition
  switch (transform.kind) {
    case 'identity':
      return identity(column, type)
    case 'year':
      return `year(${column}) - 1970`
    case 'month':
      return `(year(${column}) - 1970) * 12 + month(${column}) - 1`
    case 'day':
      return `datediff(CAST(${column} AS DATE), DATE'1970-01-01')`
    case 'hour':
      return `CAST(floor(${microsOf(column, s)} / 3600000000.0BD) AS BIGINT)`
    case 'truncate':
      return truncated(column, type, transform.width)
    case 'bucket':
      return bucketOf(column, type, transform.count)
  }
}

function bucketOf(column: string, type: LogicalType, count: number): string {
  if (!hashedAsLong.includes(type.kind))
    throw new EtlError('bug.unreachable', `a bucket of ${type.kind} is not refused`)
  const long =
    type.kind === 'date'
      ? `datediff(${column}, DATE'1970-01-01')`
      : type.kind === 'timestamp'
        ? microsOf(column, s)
        : column
  // hash() passes over NULL.
  return `CASE WHEN ${column} IS NOT NULL THEN (hash(${hashedToZero}, CAST(${long} AS BIGINT)) & 2147483647) % ${count} END`
}

function identity(column: string, type: LogicalType): string {
  switch (type.kind) {
    case 'timestamp':
      return `date_format(${column}, ${s.text("yyyy-MM-dd'T'HH:mm:ss.SSSSSS")})`
    case 'time':
      return `date_format(timestamp_micros(${column}), 'HH:mm:ss.SSSSSS')`
    case 'bytes':
      return `lower(hex(${column}))`
    case 'list':
    case 'struct':
    case 'map':
    case 'json':
    case 'float64':
      throw new EtlError(
        'config.invalid',
        `a table cannot be partitioned by ${column}, which is ${type.kind}`,
      )
    default:
      return column
  }
}

function truncated(column: string, type: LogicalType, width: number): string {
  if (type.kind === 'text') return `substr(${column}, 1, ${width})`
  if (type.kind !== 'decimal') return `${column} - ((${column} % ${width}) + ${width}) % ${width}`
  // The width counts in units of the last digit.
  const digits = String(width).padStart(type.scale + 1, '0')
  const point = digits.length - type.scale
  const step = `${digits.slice(0, point)}${type.scale === 0 ? '' : `.${digits.slice(point)}`}BD`
  const rest = `((${column} % ${step}) + ${step}) % ${step}`
  return `CAST(${column} - ${rest} AS DECIMAL(${type.precision},${type.scale}))`
}
