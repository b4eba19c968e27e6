import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { PartitionField } from '../contract.ts'
import { printBucket } from './bucket.ts'

/** The folder name by which a partitioned COPY writes NULL; a text of that spelling could not be told apart. */
const nullFolder = '__HIVE_DEFAULT_PARTITION__'

/**
 * Prints a partition field's value, whose text is canonical: Iceberg's transform of the column. Year, month, day and hour
 * count from 1970. Numbers stay numbers, which the writer groups faster than text.
 */
export function printPartitionValue(partition: PartitionField, type: LogicalType): string {
  const column = quoteName(partition.column)
  const { transform } = partition
  switch (transform.kind) {
    case 'identity':
      return identity(column, type)
    case 'year':
      return `year(${column}) - 1970`
    case 'month':
      return `(year(${column}) - 1970) * 12 + month(${column}) - 1`
    case 'day':
      return `CAST(${column} AS DATE) - DATE '1970-01-01'`
    case 'hour':
      return `CAST(floor(epoch_us(${column}) / 3600000000.0) AS BIGINT)`
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
    case 'decimal':
      return decimalValue(column, type.precision, type.scale)
    default:
      return column
  }
}

/** DuckDB prints a decimal without digits before the point as `.50`; one more digit makes it `0.50`. */
function decimalValue(value: string, precision: number, scale: number): string {
  return precision > scale || precision === 38
    ? value
    : `CAST(${value} AS DECIMAL(${precision + 1},${scale}))`
}

function truncated(column: string, type: LogicalType, width: number): string {
  if (type.kind === 'text') return `substr(${column}, 1, ${width})`
  if (type.kind !== 'decimal') return `${column} - ((${column} % ${width}) + ${width}) % ${width}`
  // The width counts in units of the last digit.
  const { precision, scale } = type
  const unscaled = `CAST(replace(CAST(${column} AS VARCHAR), '.', '') AS HUGEINT)`
  const rest = `CAST((${unscaled} % ${width} + ${width}) % ${width} AS DECIMAL(18,0))`
  const digits =
    scale === 0 ? rest : `${rest} * CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale},${scale}))`
  return decimalValue(`CAST(${column} - ${digits} AS DECIMAL(${precision},${scale}))`, precision, scale)
}
