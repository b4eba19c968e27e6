import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { randomUUID } from 'node:crypto'
import {
  type FileHead,
  isBlankByte,
  lineTooLong,
  maxRecordBytes,
  openBytes,
  type SourceLine,
} from './source-bytes.ts'

const code = {
  newline: 10,
  quote: 34,
  comma: 44,
  backslash: 92,
  opensList: 91,
  closesList: 93,
  opensObject: 123,
  closesObject: 125,
} as const

const isSpace = (b: number): boolean => b === 32 || b === 10 || b === 13 || b === 9

/**
 * Splits the top-level values of JSON text into records, in order: an array gives its elements, any other value itself.
 *
 * It judges brackets and strings only; what stands between two commas is a record for the parser to judge, also when it
 * is nothing (`[1,,2]` has an empty record). A file that ends inside an array or record gives a last record `[` or the
 * partial text. Record numbers count from 1; offsets are those of the record's first byte.
 */
export async function* readElements(head: FileHead): AsyncGenerator<SourceLine> {
  const splitter = new Splitter(head)
  let base = 0
  for await (const chunk of openBytes(head)) {
    yield* splitter.push(chunk, base)
    base += chunk.length
  }
  yield* splitter.end()
}

/** The state between two chunks of one file. */
class Splitter {
  readonly #path: string
  /** Bytes of a byte order mark at the start. */
  readonly #markBytes: number
  #number = 0
  #inArray = false
  #depth = 0
  #inString = false
  #escaped = false
  /** What an array expects next: its first element or end, an element after a comma, or a comma or its end. */
  #expects: 'first' | 'element' | 'separator' = 'first'
  #parts: Buffer[] = []
  #bytes = 0
  #offset = -1

  constructor(head: FileHead) {
    this.#path = head.path
    this.#markBytes = head.marked ? 3 : 0
  }

  *push(chunk: Buffer, base: number): Generator<SourceLine> {
    let start = this.#offset >= 0 ? 0 : -1
    for (let i = 0; i < chunk.length; i += 1) {
      const b = chunk[i] ?? 0
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (b === code.backslash) this.#escaped = true
        else if (b === code.quote) this.#inString = false
        continue
      }
      if (this.#offset < 0) {
        if (isSpace(b) || base + i < this.#markBytes) continue
        if (!this.#inArray && b === code.opensList && this.#depth === 0) {
          this.#inArray = true
          this.#expects = 'first'
          continue
        }
        if (this.#inArray && b === code.closesList) {
          if (this.#expects === 'element') yield this.#empty(base + i, ']')
          this.#inArray = false
          continue
        }
        if (this.#inArray && b === code.comma) {
          if (this.#expects !== 'separator') yield this.#empty(base + i, ',')
          this.#expects = 'element'
          continue
        }
        this.#offset = base + i
        start = i
      }
      const ends = this.#step(b)
      if (ends === 'after') {
        yield this.#take(chunk.subarray(start, i + 1))
        start = -1
      } else if (ends === 'before') {
        yield this.#take(chunk.subarray(start, i))
        start = -1
        i -= 1
      }
    }
    if (start >= 0) this.#keep(chunk.subarray(start))
  }

  *end(): Generator<SourceLine> {
    if (this.#offset >= 0) yield this.#take(Buffer.alloc(0))
    if (this.#inArray) yield this.#empty(0, '[')
  }

  /** Whether the record in progress ends at this byte. */
  #step(b: number): 'no' | 'after' | 'before' {
    if (b === code.quote) this.#inString = true
    else if (b === code.opensList || b === code.opensObject) this.#depth += 1
    else if (b === code.closesList || b === code.closesObject) {
      if (this.#depth === 0) return this.#inArray && b === code.closesList ? 'before' : 'no'
      this.#depth -= 1
      if (this.#depth === 0 && !this.#inArray) return 'after'
    } else if (this.#depth === 0) {
      if (this.#inArray && b === code.comma) return 'before'
      if (!this.#inArray && b === code.newline) return 'before'
    }
    return 'no'
  }

  #keep(part: Buffer): void {
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#bytes > maxRecordBytes) throw lineTooLong(this.#path, this.#number + 1, maxRecordBytes)
  }

  #take(part: Buffer): SourceLine {
    this.#keep(part)
    const bytes = Buffer.concat(this.#parts)
    this.#number += 1
    const record = { number: this.#number, offset: this.#offset, bytes }
    this.#parts = []
    this.#bytes = 0
    this.#offset = -1
    this.#depth = 0
    this.#expects = 'separator'
    return record
  }

  #empty(offset: number, text: string): SourceLine {
    this.#number += 1
    return { number: this.#number, offset, bytes: Buffer.from(text) }
  }
}

/** Writes the records of a file, one per line, into the scratch folder. */
export async function splitArray(head: FileHead, scratch: string): Promise<FileHead> {
  const path = join(scratch, `${randomUUID()}.ndjson`)
  const out = createWriteStream(path, { highWaterMark: 1 << 20 })
  await pipeline(async function* () {
    for await (const record of readElements(head)) yield Buffer.concat([oneLine(record.bytes), lineEnd])
  }, out)
  return { path, size: out.bytesWritten, compression: 'none', marked: false }
}

const lineEnd = Buffer.from('\n')

/**
 * A record on one line: a raw newline is white space between tokens; inside a string it is an error and stays one as
 * another raw control character.
 */
export function oneLine(bytes: Buffer): Buffer {
  // A record of nothing but form feeds would pass for a blank line.
  if (bytes.every(isBlankByte)) return Buffer.from([1])
  if (!bytes.includes(code.newline)) return bytes
  const out = Buffer.from(bytes)
  let inString = false
  for (let i = 0; i < out.length; i += 1) {
    const b = out[i]
    if (b === code.newline) out[i] = inString ? 1 : 32
    else if (inString && b === code.backslash) i += 1
    else if (b === code.quote) inString = !inString
  }
  return out
}
