import {
  afterLine,
  emptyShape,
  fieldBytes,
  needMore,
  readRecord,
  type RecordShape,
  syntaxOf,
} from '../engine/duckdb/read/csv-record.ts'
import type { CsvDialect } from '../plan/source.ts'

/** What divides a text into records and fields. */
export type SampleSyntax = Pick<CsvDialect, 'delimiter' | 'quote' | 'escape' | 'comment' | 'trim'>

/** The records of a sample, without comments and empty lines. */
export interface SampleRecords {
  /** The fields of each record; none where its quotes are broken. */
  readonly records: readonly (readonly string[])[]
  /** For each record the number of lines up to its end. */
  readonly lines: readonly number[]
}

/** A quoted field that is not closed so near the end of a sample goes on behind it. */
const longestCutBytes = 2 ** 16

/**
 * Reads up to `limit` records of a sample just as a run would read them. A sample may end within a quoted field: that
 * record is not among those given.
 */
export function readSample(sample: string, syntax: SampleSyntax, limit: number): SampleRecords {
  const marks = syntaxOf(syntax)
  // With a line end behind the last record, whatever does not end in the sample is cut.
  const text = `${sample}\n`
  const bytes = Buffer.from(text)
  const end = bytes.length
  const shape = emptyShape()
  const fields = fieldsIn(text, bytes, (i) => fieldBytes(marks, bytes, shape, i).toString())
  const isComment = (at: number): boolean =>
    marks.comment !== undefined && bytes.subarray(at, at + marks.comment.length).equals(marks.comment)
  const records: (readonly string[])[] = []
  const lines: number[] = []
  let line = 0
  const put = (record: readonly string[]): void => {
    records.push(record)
    lines.push(line)
  }
  for (let p = 0, next = 0; p < end && records.length < limit; p = next) {
    next = isComment(p) ? needMore : readRecord(marks, bytes, p, end, false, shape)
    if (next === needMore) {
      const isCut = !isComment(p) && end - p < longestCutBytes
      if (isCut) break
      next = afterLine(bytes, p, end, true)
      line += 1
      if (!isComment(p)) put([])
      continue
    }
    line += shape.lines
    const isEmpty = shape.end === p
    if (!isEmpty) put(shape.broken === undefined ? fields(shape) : [])
  }
  return { records, lines }
}

/** How the fields of a record become texts. Where all is ASCII, positions in the bytes are those in the text. */
function fieldsIn(
  text: string,
  bytes: Buffer,
  resolved: (index: number) => string,
): (shape: RecordShape) => readonly string[] {
  const slice =
    bytes.length === text.length
      ? (from: number, to: number) => text.slice(from, to)
      : (from: number, to: number) => bytes.toString('utf8', from, to)
  return ({ count, from, to, escaped }) =>
    Array.from({ length: count }, (_, i) =>
      escaped[i] === true ? resolved(i) : slice(from[i] ?? 0, to[i] ?? 0),
    )
}
