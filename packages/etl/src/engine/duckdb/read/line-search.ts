import {
  type FileHead,
  isBlankByte,
  lineTooLong,
  maxRecordBytes,
  openBytes,
  type SourceLine,
} from './source-bytes.ts'

/** Which lines are looked for. */
export interface WantedLines {
  /** Whole lines, as the Latin-1 reading of their bytes. */
  readonly texts: Iterable<string>
  /** Blanks around a line do not count. */
  readonly trimmed: boolean
  /** Also every line that is no JSON object by its first or last byte; blank lines never are. */
  readonly nonObjects: boolean
}

const markCount = 2 ** 20

/** A test of one line in a buffer. It lets all wanted lines pass, and few others. */
export type LineTest = (buffer: Buffer, from: number, to: number) => boolean

/** A number from the length and some bytes of a line, spread over it: keys repeat in every line, values do not. */
function fingerprint(buffer: Buffer, from: number, to: number): number {
  const step = ((to - from) >> 5) + 1
  let h = to - from
  for (let i = from; i < to; i += step) h = Math.imul(h, 37) + (buffer[i] ?? 0)
  return (h ^ (h >>> 16)) & (markCount - 1)
}

/** Prepares the test for wanted lines. */
export function lineTest(wanted: WantedLines): LineTest {
  const marks = new Uint8Array(markCount)
  for (const text of wanted.texts) {
    const bytes = Buffer.from(text, 'latin1')
    marks[fingerprint(bytes, 0, bytes.length)] = 1
  }
  const { trimmed, nonObjects } = wanted
  return (buffer, start, end) => {
    let from = start
    let to = end
    if (trimmed) {
      while (to > from && isBlankByte(buffer[to - 1] ?? 0)) to -= 1
      while (from < to && isBlankByte(buffer[from] ?? 0)) from += 1
      if (from === to) return false
    }
    if (nonObjects && (buffer[from] !== 123 || buffer[to - 1] !== 125)) return true
    return marks[fingerprint(buffer, from, to)] === 1
  }
}

/** Where the first line of interest begins in an uncompressed file. */
export interface LineStart {
  readonly offset: number
  readonly line: number
}

/**
 * Finds the lines of a file that pass a test, in order, with their positions; other lines cost a look at few of their
 * bytes. Reads as `readLines` does.
 */
export async function* findLines(
  head: FileHead,
  test: LineTest,
  start: LineStart = { offset: 0, line: 1 },
): AsyncGenerator<SourceLine> {
  let number = start.line
  let base = start.offset
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of openBytes(head, start.offset)) {
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = buffer.indexOf(10, rest.length); end >= 0; end = buffer.indexOf(10, from)) {
      if (test(buffer, from, end)) yield { number, offset: base + from, bytes: buffer.subarray(from, end) }
      number += 1
      from = end + 1
    }
    base += from
    rest = buffer.subarray(from)
    if (rest.length > maxRecordBytes) throw lineTooLong(head.path, number, maxRecordBytes)
  }
  if (rest.length > 0 && test(rest, 0, rest.length)) yield { number, offset: base, bytes: rest }
}

/** The bytes of a line as a text to compare with, without the blanks around it. */
export function trimmedText(bytes: Buffer): string {
  let from = 0
  let to = bytes.length
  while (to > from && isBlankByte(bytes[to - 1] ?? 0)) to -= 1
  while (from < to && isBlankByte(bytes[from] ?? 0)) from += 1
  return bytes.toString('latin1', from, to)
}
