import { EtlError } from '../base/errors.ts'
import type { Schema } from '../plan/type.ts'

/** What a delivery does: nothing but positions and indexes is `none`. */
export type DeliveryAction = 'none' | 'append' | 'full' | 'merge' | 'partition' | 'history'

/** Where the delivered rows went: `read = inserted + updated + unchanged + superseded`. */
export interface DeliveryCounts {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  /** Rows taken from the table: of replaced partitions or of keys that have gone, or versions that were closed because theirs has. */
  readonly deleted: number
  /** Rows that were there already: the same values of a key (`history`), or nothing but a key. */
  readonly unchanged: number
  /** Rows that lost to a newer row of their key. */
  readonly superseded: number
  /** Text values from which NUL characters were taken. */
  readonly cleaned: number
}

/** What a target accounts for. Lies in the ledger table of the warehouse and is written with the rows. */
export interface Position {
  /** Identifies the delivery that wrote it. */
  readonly delivery: string
  readonly run: string
  /** The delivery that built the table; names of what belongs to it are derived from it. */
  readonly generation: string
  /** `schema.table` in the warehouse. */
  readonly relation: string
  /** Fingerprint of all that the rows depend on besides the upstream's. */
  readonly definition: string
  /** Uuid and snapshot of the lake table whose rows are in the target. */
  readonly upstream: { readonly uuid: string; readonly snapshot: string }
  readonly schema: Schema
  readonly indexes: readonly (readonly string[])[]
  /** Identifies the layout of the table, where the warehouse has one (`layoutMark`). */
  readonly layout?: string
  /** Rows in the target; versions of a history included. */
  readonly rows: number
  /** When the upstream's snapshot was made, never before that of an earlier delivery: microseconds since 1970. */
  readonly asOfMicros: string
  readonly action: DeliveryAction
  readonly counts: DeliveryCounts
  readonly deliveredAt: string
}

/** Reads a position. Fails with `target.failed` when it is none. */
export function decodePosition(text: string): Position {
  try {
    return JSON.parse(text) as Position
  } catch (cause) {
    throw new EtlError('target.failed', 'the ledger of the warehouse holds a position that cannot be read', {
      cause,
    })
  }
}

export const encodePosition = (position: Position): string => JSON.stringify(position)
