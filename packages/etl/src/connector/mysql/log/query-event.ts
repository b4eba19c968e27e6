import { byteCursor } from './byte-cursor.ts'
import { eventTypes, type LogEvent } from './event.ts'
import { inflated } from './rows-event.ts'

/** A statement of the log, and the database that it ran in. */
export interface QueryEvent {
  readonly database: string
  readonly sql: string
}

/** Reads the statement of an event. */
export function readQuery({ type, buffer, at, end }: LogEvent): QueryEvent {
  const cursor = byteCursor(buffer, at, end)
  cursor.take(8)
  const databaseBytes = cursor.u8()
  cursor.take(2)
  cursor.take(cursor.uint(2))
  const database = cursor.take(databaseBytes).toString()
  cursor.take(1)
  const isPacked = type === eventTypes.queryCompressed
  const sql = isPacked ? inflated(buffer, cursor.at, end) : buffer.subarray(cursor.at, end)
  return { database, sql: sql.toString() }
}

/** The transaction that an event prepares (XA), named as statements of the log name it; and whether that commits it. */
export function readXaPrepare({ buffer, at, end }: LogEvent): {
  readonly xid: string
  readonly commits: boolean
} {
  const cursor = byteCursor(buffer, at, end)
  const commits = cursor.u8() !== 0
  const format = cursor.uint(4)
  const [globalBytes, branchBytes] = [cursor.uint(4), cursor.uint(4)]
  const hex = (bytes: number): string => `X'${cursor.take(bytes).toString('hex').toUpperCase()}'`
  return { xid: `${hex(globalBytes)},${hex(branchBytes)},${format}`, commits }
}
