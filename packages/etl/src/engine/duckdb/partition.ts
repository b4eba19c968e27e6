import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { PartitionField } from '../contract.ts'
import { printBucket } from './bucket.ts'

/** The folder name by which a partitioned COPY writes NULL; a text of that spelling could not be told apart. */
const nullFolder = '__HIVE_DEFAULT_PARTITION__'

/**
 * Prints the canonical text of a partition field's value: Iceberg's transform of the column. Year, month, day and hour
 * count from 1970.
 */
export function printPartitionValue(partition: PartitionField, type: LogicalType): string {
  const column = quoteName(partition.column)
  const { transform } = partition
  const text = (value: string): string => `CAST(${value} AS VARCHAR)`
  switch (transform.kind) {
    case 'identity':
      return identity(column, type)
    case 'year':
      return text(`date_diff('year', DATE '1970-01-01', CAST(${column} AS DATE))`)
    case 'month':
      return text(`date_diff('month', DATE '1970-01-01', CAST(${column} AS DATE))`)
    case 'day':
      return text(`date_diff('day', DATE '1970-01-01', CAST(${column} AS DATE))`)
    case 'hour':
      return text(`CAST(floor(epoch_us(${column}) / 3600000000.0) AS BIGINT)`)
    case 'truncate':
      return truncated(column, type, transform.width)
    case 'bucket':
      return printBucket(partition.column, type, transform.count)
  }
}

function identity(column: string, type: LogicalType): string {
  switch (type.kind) {
    case 'text':
      return `CASE WHEN ${column} = '${nullFolder}' THEN error('the partition value ${nullFolder} is reserved') ELSE ${column} END`
    case 'timestamp':
      return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%f')`
    case 'time':
      return `strftime(DATE '1970-01-01' + ${column}, '%H:%M:%S.%f')`
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
      return `CAST(${column} AS VARCHAR)`
  }
}

function truncated(column: string, type: LogicalType, width: number): string {
  if (type.kind === 'text') return `substr(${column}, 1, ${width})`
  if (type.kind === 'decimal') {
    const unscaled = `CAST(${column} * CAST(1${'0'.repeat(type.scale)} AS DECIMAL(38,0)) AS HUGEINT)`
    return `CAST((${unscaled} - ((${unscaled} % ${width}) + ${width}) % ${width}) AS VARCHAR)`
  }
  return `CAST(${column} - ((${column} % ${width}) + ${width}) % ${width} AS VARCHAR)`
}
