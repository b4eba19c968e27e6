import { inflateSync } from 'node:zlib'
import { EtlError } from '../../../base/errors.ts'
import { byteCursor } from './byte-cursor.ts'
import type { LogEvent, RowsKind } from './event.ts'

/** The rows of an event: images lie one after the other in bytes `at` to `end` (exclusive) of `buffer`. */
export interface RowsEvent {
  readonly table: number
  readonly buffer: Buffer
  readonly at: number
  readonly end: number
  /** Which columns an image holds, before and after; the same but for updates. */
  readonly before: Buffer
  readonly after: Buffer
  readonly columns: number
}

/** Which table the rows of an event are of. */
export const rowsTable = ({ buffer, at }: LogEvent): number => buffer.readUIntLE(at, 6)

/** Reads the head of an event with rows. */
export function readRowsEvent(event: LogEvent, kind: RowsKind): RowsEvent {
  const cursor = byteCursor(event.buffer, event.at, event.end)
  const table = cursor.uint(6)
  cursor.take(2)
  if (kind.hasExtraData) cursor.take(cursor.uint(2) - 2)
  const columns = cursor.packed()
  const bytes = (columns + 7) >> 3
  const before = cursor.take(bytes)
  const after = kind.operation === 'update' ? cursor.take(bytes) : before
  const { at } = cursor
  if (!kind.isCompressed) return { table, buffer: event.buffer, at, end: event.end, before, after, columns }
  const buffer = inflated(event.buffer, at, event.end)
  return { table, buffer, at: 0, end: buffer.length, before, after, columns }
}

/**
 * Unpacks what MariaDB compressed (`log_bin_compress`): a byte that tells the method and how many bytes of the length
 * follow, the length, the data of zlib.
 */
export function inflated(buffer: Buffer, at: number, end: number): Buffer {
  const head = buffer.readUInt8(at)
  if ((head & 0x80) === 0 || (head & 0x70) !== 0)
    throw new EtlError('source.log-unusable', `the log has data in a compression that is not known (${head})`)
  return inflateSync(buffer.subarray(at + 1 + (head & 7), end))
}
