import type { PartitionField, Transform } from '../../engine/contract.ts'

/** A partition field over column `N`. */
export interface PartitionBy<N extends string = string> extends PartitionField {
  readonly column: N
}

const by = <N extends string>(column: N, suffix: string, transform: Transform): PartitionBy<N> =>
  Object.freeze({ name: `${column}_${suffix}`, column, transform: Object.freeze(transform) })

/** Partitions by the year of a date or timestamp column. */
export const year = <const N extends string>(column: N): PartitionBy<N> =>
  by(column, 'year', { kind: 'year' })

/** Partitions by the month of a date or timestamp column; the field is named `<column>_month`. */
export const month = <const N extends string>(column: N): PartitionBy<N> =>
  by(column, 'month', { kind: 'month' })

/** Partitions by the day of a date or timestamp column. */
export const day = <const N extends string>(column: N): PartitionBy<N> => by(column, 'day', { kind: 'day' })

/** Partitions by the hour of a timestamp column. */
export const hour = <const N extends string>(column: N): PartitionBy<N> =>
  by(column, 'hour', { kind: 'hour' })

/** Partitions by the first `width` characters of a text, or by whole multiples of `width` of an integer or decimal. */
export const truncate = <const N extends string>(column: N, width: number): PartitionBy<N> =>
  by(column, 'trunc', { kind: 'truncate', width })

/** Partitions into `count` buckets by the Iceberg hash of a column. */
export const bucket = <const N extends string>(column: N, count: number): PartitionBy<N> =>
  by(column, 'bucket', { kind: 'bucket', count })

/** A partition field out of what users write: a column's name means its values themselves. */
export function partitionField(entry: string | PartitionField): PartitionField {
  if (typeof entry !== 'string') return entry
  const identity: PartitionField = { name: entry, column: entry, transform: { kind: 'identity' } }
  return Object.freeze(identity)
}
