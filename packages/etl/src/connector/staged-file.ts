import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { ResolvedFile } from '../plan/source.ts'

const bufferBytes = 4 * 2 ** 20
const [comma, quote, newline, backslash, bigN] = [44, 34, 10, 92, 78]

/** Bytes after which a text cannot stand without quotes. */
const special = new Uint8Array(256)
for (const byte of [comma, quote, newline, 13, backslash]) special[byte] = 1

/**
 * Writes records of the staged format, value by value, straight from the bytes that a service sent, or whole records of
 * another. A record of values is ended by `endRecord`. Writes block: whoever reads from a service meanwhile is thereby held back.
 */
export interface StagedFile extends Disposable {
  readonly records: number
  null(): void
  /** A value that holds no comma, quote or line end: a number, a date. */
  plain(bytes: Uint8Array, from: number, to: number): void
  /** Any text. */
  text(bytes: Uint8Array, from: number, to: number): void
  /** Any bytes, in base64. */
  binary(bytes: Uint8Array, from: number, to: number): void
  endRecord(): void
  /** A whole record in another form, such as a JSON object, as it is: it holds no line feed. */
  record(bytes: Uint8Array): void
  /** A point between two records that `reset` can go back to. */
  mark(): StagedMark
  /** Forgets the records after a mark. */
  reset(mark: StagedMark): void
  /** Writes out what is left; undefined, and no file with records, where there was none. */
  finish(): ResolvedFile | undefined
}

/** A point between two records: bytes and records before it. */
export interface StagedMark {
  readonly bytes: number
  readonly records: number
}

/** Opens a staging file. */
export function openStagedFile(path: string): StagedFile {
  const file = openSync(path, 'wx')
  let buffer = Buffer.allocUnsafe(bufferBytes)
  let at = 0
  /** Bytes before those of the buffer. */
  let written = 0
  let first = true
  let records = 0
  let isOpen = true

  const flush = (): void => {
    for (let from = 0; from < at;) from += writeSync(file, buffer, from, at - from, written + from)
    written += at
    at = 0
  }
  const makeRoom = (bytes: number): void => {
    if (at + bytes <= buffer.length) return
    flush()
    if (bytes > buffer.length) buffer = Buffer.allocUnsafe(bytes)
  }
  /** Makes room, and separates the value from the one before. */
  const begin = (bytes: number): void => {
    makeRoom(bytes + 4)
    if (first) first = false
    else buffer[at++] = comma
  }
  const endRecord = (): void => {
    makeRoom(1)
    buffer[at++] = newline
    first = true
    records++
  }
  const quoted = (bytes: Uint8Array, from: number, to: number): void => {
    buffer[at++] = quote
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0
      if (byte === quote) buffer[at++] = quote
      buffer[at++] = byte
    }
    buffer[at++] = quote
  }
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return {
    get records() {
      return records
    },
    null() {
      begin(2)
      buffer[at++] = backslash
      buffer[at++] = bigN
    },
    plain(bytes, from, to) {
      begin(to - from)
      for (let i = from; i < to; i++) buffer[at++] = bytes[i] ?? 0
    },
    text(bytes, from, to) {
      begin(2 * (to - from) + 2)
      const start = at
      // An empty text without quotes would be an empty line, where it is the only value.
      let isPlain = from < to
      for (let i = from; i < to && isPlain; i++) {
        const byte = bytes[i] ?? 0
        if (special[byte] === 1) isPlain = false
        buffer[at++] = byte
      }
      if (isPlain) return
      at = start
      quoted(bytes, from, to)
    },
    binary(bytes, from, to) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('base64')
      begin(text.length + 2)
      buffer[at++] = quote
      at += buffer.write(text, at, 'latin1')
      buffer[at++] = quote
    },
    endRecord,
    record(bytes) {
      makeRoom(bytes.length + 1)
      buffer.set(bytes, at)
      at += bytes.length
      endRecord()
    },
    mark: () => ({ bytes: written + at, records }),
    reset(mark) {
      if (mark.bytes < written) {
        ftruncateSync(file, mark.bytes)
        written = mark.bytes
        at = 0
      } else at = mark.bytes - written
      records = mark.records
      first = true
    },
    finish() {
      flush()
      const { size, mtimeMs } = fstatSync(file)
      close()
      return records === 0 ? undefined : { path, size, mtimeMs }
    },
    [Symbol.dispose]: close,
  }
}
