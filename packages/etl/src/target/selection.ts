import { printLakeScan } from '../engine/duckdb/scan-lake.ts'
import type { LakeFile, PartitionField } from '../engine/contract.ts'
import { quoteName, quoteText } from '../function/dialect.ts'
import { changedKeys, isByChangedKeys, sameKeys } from './changed-keys.ts'
import type { DeliveredRows, PartitionValue, TargetShape } from './contract.ts'

const truncated = ['year', 'month', 'day', 'hour']

/** Prints, in DuckDB's SQL, the text of the partition that a row belongs to: the first value of it. */
export function printPartition({ column, transform }: PartitionField): string {
  const name = quoteName(column)
  if (!truncated.includes(transform.kind)) return `CAST(${name} AS VARCHAR)`
  const moment = `CAST(${name} AS TIMESTAMP)`
  // Infinite moments belong to no month; they lie with NULL.
  return `CASE WHEN isfinite(${moment}) THEN CAST(CAST(date_trunc('${transform.kind}', ${moment}) AS TIMESTAMP) AS VARCHAR) END`
}

/** The files that one of two states has and the other has not. */
export const filesOfBoth = (changed: NonNullable<DeliveredRows['changed']>): readonly LakeFile[] => [
  ...changed.before,
  ...changed.after,
]

/** Prints a query for the partitions that rows of the files belong to. */
export function printPartitions(
  partition: PartitionField,
  files: readonly LakeFile[],
  schema: DeliveredRows['schema'],
): string {
  return `SELECT DISTINCT ${printPartition(partition)} AS value FROM (${printLakeScan(files, schema)}) ORDER BY value`
}

function inPartitions(partition: PartitionField, values: readonly PartitionValue[]): string {
  const own = printPartition(partition)
  const named = values.filter((v) => v !== null).map(quoteText)
  const parts = [
    ...(named.length === 0 ? [] : [`${own} IN (${named.join(', ')})`]),
    ...(values.includes(null) ? [`${own} IS NULL`] : []),
  ]
  return parts.length === 0 ? 'false' : parts.join(' OR ')
}

/**
 * Prints the rows of a delivery in DuckDB's SQL: all rows of the files, or those of some partitions; with `order` only the
 * newest of each key, several where the order does not tell them apart. Where keys changed between two states, only their rows.
 */
export function printRows(
  shape: TargetShape,
  rows: DeliveredRows,
  partitions?: readonly PartitionValue[],
): string {
  const where =
    shape.partition === undefined || partitions === undefined
      ? ''
      : ` WHERE ${inPartitions(shape.partition, partitions)}`
  // Found beforehand, see `findChangedKeys`.
  const keys = isByChangedKeys(shape, rows)
    ? ` WHERE EXISTS (SELECT 1 FROM ${changedKeys} AS k WHERE ${sameKeys(shape, 'k', 'r')})`
    : ''
  const newest =
    shape.order.length === 0
      ? ''
      : ` QUALIFY rank() OVER (PARTITION BY ${shape.key.map(quoteName).join(', ')} ORDER BY ${shape.order.map((c) => `${quoteName(c)} DESC NULLS LAST`).join(', ')}) = 1`
  return `SELECT * FROM (${printLakeScan(rows.files, rows.schema)}) AS r${where}${keys}${newest}`
}

/** Prints a query for the changed keys that have no row any more. */
export const printGoneKeys = (shape: TargetShape, rows: DeliveredRows): string =>
  `SELECT * FROM ${changedKeys} AS k WHERE NOT EXISTS (SELECT 1 FROM (${printRows(shape, rows)}) AS s WHERE ${sameKeys(shape, 'k', 's')})`

/** Prints a query for the count of text values, in columns of their own, that hold a NUL character. */
export function printCleaned(shape: TargetShape, rows: DeliveredRows): string {
  const counts = rows.schema
    .filter((f) => f.type.kind === 'text')
    .map((f) => `count(*) FILTER (contains(${quoteName(f.name)}, chr(0)))`)
  if (counts.length === 0) return 'SELECT 0'
  return `SELECT ${counts.join(' + ')} FROM (${printRows(shape, rows)})`
}
