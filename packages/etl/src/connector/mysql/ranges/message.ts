import type { Code, Retry } from '../../../base/index.ts'
import type { Read, Selection } from '../read-rows.ts'

/** What a thread that reads ranges is given when it starts. */
export interface RangeWork {
  readonly selection: Selection
  /** The name of its staging files. */
  readonly name: string
}

/** One order to such a thread; each is answered before the next is given. */
export type RangeOrder =
  /** Begin a snapshot, in place of the one that there is. */
  { readonly kind: 'begin' } | { readonly kind: 'read'; readonly where: string } | { readonly kind: 'finish' }

export type RangeAnswer =
  /** The place of the log that the snapshot is of, where the server tells it. */
  | { readonly kind: 'begun'; readonly place?: string }
  /** All records that the thread has read. */
  | { readonly kind: 'read'; readonly records: number }
  | { readonly kind: 'finished'; readonly read: Read }
  | {
      readonly kind: 'failed'
      readonly code: Code
      readonly message: string
      readonly retry: Retry
      readonly hint?: string
    }
