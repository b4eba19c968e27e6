import type { RowPacket } from './row-packets.ts'

/** Takes the values of a row, one after the other; false where the rest of the row is not wanted. */
export interface ValueSink {
  value(column: number, bytes: Buffer, from: number, to: number): boolean
  null(column: number): boolean
}

/**
 * Gives the values of a row, as the server wrote them, to a sink. The number of values that it took. Source: MySQL client
 * protocol, "Text Resultset Row" and "Protocol::LengthEncodedInteger".
 */
export function giveValues({ buffer, offset }: RowPacket, columns: number, sink: ValueSink): number {
  let at = offset
  for (let column = 0; column < columns; column++) {
    let length = buffer[at++] ?? 0
    if (length === 0xfb) {
      if (!sink.null(column)) return column
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
    if (!sink.value(column, buffer, at, at + length)) return column
    at += length
  }
  return columns
}
