import { EtlError } from '../../../base/errors.ts'
import type { StagedFile } from '../../staged-file.ts'
import type { RowDecoder } from './decoder.ts'
import type { RowsKind } from './event.ts'
import { sequenceRow } from './place.ts'
import type { RowsEvent } from './rows-event.ts'

/** What happened to a row; `read` is one that was there when the log began to be followed. */
export type Operation = 'read' | 'insert' | 'update' | 'delete'

const operations: Readonly<Record<Operation, Buffer>> = {
  read: Buffer.from('read'),
  insert: Buffer.from('insert'),
  update: Buffer.from('update'),
  delete: Buffer.from('delete'),
}

/** What the records of one event share. */
export interface RecordMark {
  /** When the transaction was committed, as the server prints it, in UTC. */
  readonly committedAt: string
  /** The sequence but for the row. */
  readonly sequence: string
}

/** Ends a record with the columns that tell of the change. */
export function endRecord(file: StagedFile, operation: Operation, mark: RecordMark, row: number): void {
  const name = operations[operation]
  file.plain(name, 0, name.length)
  const rest = Buffer.from(mark.committedAt, 'latin1')
  file.plain(rest, 0, rest.length)
  const sequence = Buffer.from(`${mark.sequence}${sequenceRow(row)}`, 'latin1')
  file.plain(sequence, 0, sequence.length)
  file.endRecord()
}

/** Where each value of an image lies; -1 for NULL. */
interface Image {
  readonly from: Int32Array
  readonly to: Int32Array
}

const isSet = (bits: Buffer, i: number): boolean => ((bits[i >> 3] ?? 0) & (1 << (i & 7))) !== 0

/** Finds the values of an image that begins at `at`; returns where it ends. */
function readImage(event: RowsEvent, present: Buffer, decoder: RowDecoder, at: number, image: Image): number {
  const { buffer } = event
  let held = 0
  for (let i = 0; i < event.columns; i++) if (isSet(present, i)) held++
  let next = at + ((held + 7) >> 3)
  let bit = 0
  for (const [i, { prefix, size }] of decoder.layouts.entries()) {
    image.from[i] = -1
    if (!isSet(present, i)) continue
    const isNull = ((buffer[at + (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0
    bit++
    if (isNull) continue
    const length = prefix === 0 ? size : buffer.readUIntLE(next, prefix)
    image.from[i] = next + prefix
    next += prefix + length
    image.to[i] = next
  }
  if (next > event.end) throw new RangeError('a row of the log ends too early')
  return next
}

function writeImage(file: StagedFile, buffer: Buffer, decoder: RowDecoder, image: Image): void {
  for (const { column, write } of decoder.written) {
    const from = image.from[column] ?? -1
    if (from < 0) file.null()
    else write(file, buffer, from, image.to[column] ?? from)
  }
}

function isSameRow(buffer: Buffer, key: readonly number[], before: Image, after: Image): boolean {
  if (key.length === 0) return false
  return key.every((column) => {
    const [a, b] = [before.from[column] ?? -1, after.from[column] ?? -1]
    if (a < 0 || b < 0) return a === b
    return buffer.compare(buffer, a, before.to[column], b, after.to[column]) === 0
  })
}

/** An image must hold what is declared, and the key: other settings leave out what did not change. */
function assertWhole(event: RowsEvent, decoder: RowDecoder, table: string): void {
  const needed = [...decoder.written.map((w) => w.column), ...decoder.key]
  if (needed.every((i) => isSet(event.before, i) && isSet(event.after, i))) return
  throw new EtlError(
    'source.log-unusable',
    `changes of "${table}" are in the log without all of their columns`,
    {
      hint: 'SET GLOBAL binlog_row_image = FULL, also for the sessions that write, then build the table anew.',
    },
  )
}

/**
 * Writes the rows of an event as records. An update is one record, the row as it is after; one that changes the key is a
 * `delete` of the row before and an `insert` of the row after, as is every update of a table without a key.
 * Returns the number of records; the first has row `row`.
 */
export function writeRows(
  event: RowsEvent,
  kind: RowsKind,
  decoder: RowDecoder,
  to: { readonly file: StagedFile; readonly mark: RecordMark; readonly row: number; readonly table: string },
): number {
  const { file, mark } = to
  const { buffer } = event
  if (event.columns !== decoder.layouts.length)
    throw new EtlError('source.log-unusable', `rows of "${to.table}" have other columns than the log says`)
  assertWhole(event, decoder, to.table)
  const image = (): Image => ({ from: new Int32Array(event.columns), to: new Int32Array(event.columns) })
  const [before, after] = [image(), image()]
  let { row } = to
  const record = (operation: Operation, of: Image): void => {
    writeImage(file, buffer, decoder, of)
    endRecord(file, operation, mark, row++)
  }
  for (let { at } = event; at < event.end;) {
    at = readImage(event, event.before, decoder, at, before)
    if (kind.operation !== 'update') {
      record(kind.operation, before)
      continue
    }
    at = readImage(event, event.after, decoder, at, after)
    if (isSameRow(buffer, decoder.key, before, after)) record('update', after)
    else {
      record('delete', before)
      record('insert', after)
    }
  }
  return row - to.row
}
