import { type Normalised, type NormaliseRequest, readOneRecord, startReading } from './csv-normalise.ts'
import { type CsvSyntax, maxFieldBytes } from './csv-record.ts'
import { findLines, type LineTest } from './line-search.ts'

/** Declared fields of a rejected record, by their position in it; NULL is the empty text. */
export type RecordedFields = ReadonlyMap<number, string>

/** A text whose records are lines, and what the engine said of it. */
export interface LocateRequest extends Omit<NormaliseRequest, 'out'> {
  /** The declared fields of all ill-typed records. */
  readonly recorded: Iterable<RecordedFields>
  /** The positions of the declared fields. */
  readonly positions: readonly number[]
}

const markCount = 2 ** 20
const mix = (h: number, position: number, byte: number): number =>
  (Math.imul(h, 37) + byte + Math.imul(position, 0x9e3779b1)) | 0
const fold = (h: number): number => (h ^ (h >>> 15)) & (markCount - 1)

function marksOf(recorded: Iterable<RecordedFields>, quote: number): Uint8Array {
  const marks = new Uint8Array(markCount)
  for (const fields of recorded) {
    let h = 0
    for (const [position, text] of [...fields].toSorted(([a], [b]) => a - b)) {
      for (const byte of Buffer.from(text)) if (byte !== quote) h = mix(h, position, byte)
    }
    marks[fold(h)] = 1
  }
  return marks
}

/** What a line test has seen. */
interface Seen {
  /** Lines that are not empty. */
  records: number
}

/**
 * Prepares a test that lets through all lines that may be rejects: those with the declared fields of a recorded one
 * (quote characters aside), with another number of fields, or beyond a size. It hashes every line once.
 */
function rejectTest(request: LocateRequest, seen: Seen): LineTest {
  const { quote } = request.syntax
  const delimiter = request.syntax.delimiter[0] ?? 0
  const { width } = request
  const marks = marksOf(request.recorded, quote)
  const used = new Uint8Array(width + 1)
  for (const position of request.positions) used[position] = 1
  return (buffer, start, end) => {
    const to = end > start && buffer[end - 1] === 13 ? end - 1 : end
    if (to === start) return false
    seen.records += 1
    let h = 0
    let field = 0
    let active = used[0] === 1
    let isQuoted = false
    let inQuote = false
    let fieldStart = start
    for (let i = start; i < to; i += 1) {
      const byte = buffer[i] ?? 0
      if (byte === delimiter && !inQuote) {
        field += 1
        active = field < width && used[field] === 1
        isQuoted = false
        fieldStart = i + 1
      } else if (byte === quote) {
        if (inQuote) inQuote = false
        else if (isQuoted || i === fieldStart) inQuote = isQuoted = true
      } else if (active) h = mix(h, field, byte)
    }
    return field + 1 !== width || to - start > maxFieldBytes || marks[fold(h)] === 1
  }
}

/** Whether the rejects of a text of one record a line can be found by `locateLines`. */
export const isLineSyntax = (syntax: CsvSyntax): boolean =>
  syntax.delimiter.length === 1 && syntax.comment === undefined

/**
 * Spools the misshapen and the ill-typed records of a regular text, whose records are lines. Other lines are not taken
 * apart.
 */
export async function locateLines(request: LocateRequest): Promise<Normalised> {
  const seen: Seen = { records: 0 }
  const reading = startReading({ ...request, out: undefined })
  const head = { path: request.path, size: 0, compression: 'none', marked: false } as const
  for await (const line of findLines(head, rejectTest(request, seen), request.start)) {
    request.signal?.throwIfAborted()
    reading.line = line.number
    await readOneRecord(reading, line.bytes, line.offset)
  }
  const { rejected, illTyped, longest, multiline } = reading
  return { good: seen.records - rejected, rejected, illTyped, longest, multiline, paths: [] }
}
