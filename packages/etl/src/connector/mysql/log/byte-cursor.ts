/** Reads bytes one after the other. Fails with a RangeError past the end. */
export interface ByteCursor {
  readonly buffer: Buffer
  at: number
  readonly end: number
  u8(): number
  uint(bytes: number): number
  /** A length-encoded integer of the MySQL client protocol. */
  packed(): number
  take(bytes: number): Buffer
}

/** Opens a cursor over bytes `at` to `end` (exclusive). */
export function byteCursor(buffer: Buffer, at: number, end: number): ByteCursor {
  const cursor: ByteCursor = {
    buffer,
    at,
    end,
    u8: () => cursor.uint(1),
    uint(bytes) {
      if (cursor.at + bytes > end) throw new RangeError('an event of the log ends too early')
      const value = buffer.readUIntLE(cursor.at, bytes)
      cursor.at += bytes
      return value
    },
    packed() {
      const first = cursor.u8()
      if (first < 0xfb) return first
      if (first === 0xfc) return cursor.uint(2)
      if (first === 0xfd) return cursor.uint(3)
      const low = cursor.uint(4)
      return cursor.uint(4) * 2 ** 32 + low
    },
    take(bytes) {
      if (cursor.at + bytes > end) throw new RangeError('an event of the log ends too early')
      cursor.at += bytes
      return buffer.subarray(cursor.at - bytes, cursor.at)
    },
  }
  return cursor
}
