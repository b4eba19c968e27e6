import type { StagedFile } from '../staged-file.ts'
import type { MysqlConnection } from './connect.ts'
import type { SelectedColumn } from './select.ts'

/** A packet of a result's rows: bytes `offset` to `end` (exclusive) of a buffer. */
interface RowPacket {
  readonly buffer: Buffer
  offset: number
  readonly end: number
  isEOF(): boolean
}

/** The driver's running query. Its `row` takes a packet and returns what takes the next one. */
interface RunningQuery {
  row(packet: RowPacket, connection: unknown): unknown
  once(event: 'error', listener: (error: Error) => void): this
  once(event: 'end', listener: () => void): this
}

interface RowCounts {
  /** Dates with a zero month or day that became NULL. */
  readonly zeroDates: number
}

/** Rows between two looks at the signal and two reports. */
const rowsAtOnce = 20_000

/** Year 4 digits, then `-00` for the month, or for the day after it. */
const isZeroDate = (b: Uint8Array, at: number, to: number): boolean =>
  to - at >= 10 && ((b[at + 5] === 48 && b[at + 6] === 48) || (b[at + 8] === 48 && b[at + 9] === 48))

/**
 * Runs a SELECT and writes its rows, in the text protocol, into a staging file. The bytes of values are copied from the
 * server's packets: turning them into JavaScript values first takes several times as long and gains nothing.
 */
export async function streamRows(
  connection: MysqlConnection,
  sql: string,
  columns: readonly SelectedColumn[],
  file: StagedFile,
  options: {
    readonly zeroDates: 'reject' | 'null'
    readonly onRows?: (records: number) => void
    /** Writes further values and ends the record; without, a record ends with the last column. */
    readonly endRecord?: () => void
  },
): Promise<RowCounts> {
  let zeroDates = 0
  const writeValue = (column: SelectedColumn, bytes: Uint8Array, from: number, to: number): void => {
    if (column.form === 'text') file.text(bytes, from, to)
    else if (column.form === 'binary') file.binary(bytes, from, to)
    else if (column.form === 'date' && options.zeroDates === 'null' && isZeroDate(bytes, from, to)) {
      zeroDates++
      file.null()
    } else file.plain(bytes, from, to)
  }
  const endRecord = options.endRecord ?? (() => file.endRecord())
  const writeRow = (packet: RowPacket): void => {
    const { buffer } = packet
    let at = packet.offset
    for (const column of columns) {
      // Lengths as of the MySQL client protocol, "length-encoded integers".
      let length = buffer[at++] ?? 0
      if (length === 0xfb) {
        file.null()
        continue
      }
      if (length === 0xfc) {
        length = buffer.readUInt16LE(at)
        at += 2
      } else if (length === 0xfd) {
        length = buffer.readUIntLE(at, 3)
        at += 3
      } else if (length === 0xfe) {
        length = Number(buffer.readBigUInt64LE(at))
        at += 8
      }
      writeValue(column, buffer, at, at + length)
      at += length
    }
    endRecord()
  }
  const { connection: driver } = connection.client as unknown as {
    readonly connection: { query(sql: string): RunningQuery }
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // A connection that is lost is told of on itself, not on what runs over it.
  connection.client.on('error', reject)
  try {
    const query = driver.query(sql)
    const prototype = Object.getPrototypeOf(query) as RunningQuery
    const take = (packet: RowPacket, from: unknown): unknown => {
      if (packet.isEOF()) return prototype.row.call(query, packet, from)
      try {
        writeRow(packet)
        if (file.records % rowsAtOnce === 0) options.onRows?.(file.records)
      } catch (error) {
        // Nothing else would hear of it; what the server still sends is of no use.
        reject(error instanceof Error ? error : new Error(String(error)))
        connection.abandon()
      }
      return take
    }
    query.row = take
    query.once('error', reject)
    query.once('end', resolve)
    await promise
  } finally {
    connection.client.off('error', reject)
  }
  return { zeroDates }
}
