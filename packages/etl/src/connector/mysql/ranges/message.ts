import type { Code, Retry } from '../../../base/index.ts'
import type { Read, Selection } from '../read-rows.ts'

/** What a thread that reads ranges is given when it starts. */
export interface RangeWork {
  readonly selection: Selection
}

/** One order to such a thread; each is answered before the next is given. */
export type RangeOrder =
  /** Begin a snapshot, in place of the one that there is. */
  | { readonly kind: 'begin' }
  /** Read a range into staging files of this name. */
  | { readonly kind: 'read'; readonly name: string; readonly where: string }
  /** Close the connection. */
  | { readonly kind: 'end' }

export type RangeAnswer =
  /** The place of the log that the snapshot is of, where the server tells it. */
  | { readonly kind: 'begun'; readonly place?: string }
  | { readonly kind: 'read'; readonly read: Read }
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'failed'
      readonly code: Code
      readonly message: string
      readonly retry: Retry
      readonly hint?: string
    }
