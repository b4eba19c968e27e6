import { momentText } from './time-text.ts'
import { eventTypes, type LogEvent } from './event.ts'

/** The beginning of a transaction in the log. */
export interface TransactionStart {
  /** `domain-server-sequence`, of MariaDB. */
  readonly gtid?: { readonly domain: number; readonly text: string }
  /** It is one statement, which nothing commits. */
  readonly isAlone: boolean
  /** When it was committed, in UTC: to the second by MariaDB, to the microsecond by MySQL. */
  readonly committedAt: string
}

/** `FL_STANDALONE` of MariaDB's GTID event. */
const alone = 1

/** Reads the event that begins a transaction; undefined for others. */
export function readTransactionStart(event: LogEvent): TransactionStart | undefined {
  const { buffer, at, time, type, end, serverId } = event
  if (type === eventTypes.gtidMariadb) {
    const domain = buffer.readUInt32LE(at + 8)
    const text = `${domain}-${serverId}-${buffer.readBigUInt64LE(at)}`
    const isAlone = (buffer.readUInt8(at + 12) & alone) !== 0
    return { gtid: { domain, text }, isAlone, committedAt: momentText(time, 0, 0) }
  }
  if (type === eventTypes.gtidTaggedMysql) return { isAlone: false, committedAt: momentText(time, 0, 0) }
  if (type !== eventTypes.gtidMysql && type !== eventTypes.anonymousGtidMysql) return undefined
  // Flags, uuid, number, type 2 and two logical times of 8 bytes; then microseconds of the commit here, in 55 bits.
  const from = at + 1 + 16 + 8 + 1 + 16
  const hasTime = from + 7 <= end
  const micros = hasTime
    ? buffer.readUIntLE(from, 4) + (buffer.readUIntLE(from + 4, 3) & 0x7f_ffff) * 2 ** 32
    : 0
  if (micros === 0) return { isAlone: false, committedAt: momentText(time, 0, 0) }
  const seconds = Math.floor(micros / 1_000_000)
  return { isAlone: false, committedAt: momentText(seconds, micros % 1_000_000, 6) }
}
