import { EtlError } from '../../../base/errors.ts'
import type { Place } from './place.ts'

/** A transaction that was prepared (XA) and not yet decided: it is read again, from here, once it is committed. */
export interface Prepared {
  readonly xid: string
  /** Where its changes begin; absent where it touched other tables only. */
  readonly from?: Place
}

/** How far a binary log was read. All changes before `place` are given, but for those of `prepared` transactions. */
export interface LogPosition {
  /** Which log `place` is of: counted up when another server took over. */
  readonly epoch: number
  readonly place: Place
  /** `server_id` of the server whose log it is. */
  readonly server: number
  /** When the file of `place` was begun, in seconds since the epoch: tells it from another file of that name. */
  readonly born: number
  /** The last transaction of each domain (MariaDB): finds the place in the log of another server. */
  readonly gtid?: string
  readonly prepared: readonly Prepared[]
  /** What the table's columns were, where the log does not tell it (`binlog_row_metadata` is not FULL). */
  readonly structure?: string
}

/** Writes a position as text for the ledger. */
export const encodeLogPosition = (position: LogPosition): string =>
  JSON.stringify({ version: 1, ...position })

const isPlace = (value: Place | undefined): boolean =>
  typeof value?.file === 'string' && Number.isSafeInteger(value.offset)

/** Reads the text of a position. Fails with `source.position-lost` on what is none. */
export function decodeLogPosition(text: string): LogPosition {
  try {
    const { version, ...position } = JSON.parse(text) as LogPosition & { readonly version: number }
    const isSound =
      version === 1 &&
      Number.isSafeInteger(position.epoch) &&
      Number.isSafeInteger(position.server) &&
      Number.isSafeInteger(position.born) &&
      isPlace(position.place) &&
      Array.isArray(position.prepared)
    if (!isSound) throw new TypeError(`version ${version}`)
    return position
  } catch (cause) {
    throw new EtlError('source.position-lost', 'the position in a MySQL log cannot be read', { cause })
  }
}
