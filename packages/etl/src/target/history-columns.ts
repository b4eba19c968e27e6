import { bool, field, type Schema, timestamp } from '../plan/type.ts'

/**
 * The columns that a `history` has besides the table's: from when (inclusive) to when (exclusive, NULL: still) a version held,
 * by the times at which the table's snapshots were published, and whether it is the present one.
 */
export const historyColumns: Schema = [
  field('valid_from', timestamp, false),
  field('valid_to', timestamp),
  field('is_current', bool, false),
]
