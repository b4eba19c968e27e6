import type { Counts } from '../contract.ts'

/** Counts as they accumulate along the primary path of one materialisation. */
export interface Tally {
  read: number
  expanded: number
  rejected: number
  filtered: number
  deduplicated: number
  grouped: number
}

export const newTally = (): Tally => ({
  read: 0,
  expanded: 0,
  rejected: 0,
  filtered: 0,
  deduplicated: 0,
  grouped: 0,
})

/** Closes a tally with the rows written. */
export const closeTally = (tally: Tally, written: number): Counts => ({ ...tally, written })

/** Books the change from `before` to `after` rows of a node that both folds and multiplies rows. */
export function bookRegrouped(tally: Tally, before: number, after: number): void {
  if (after > before) tally.expanded += after - before
  else tally.grouped += before - after
}
