import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import {
  afterLine,
  contentEnd,
  type CsvSyntax,
  emptyShape,
  fieldBytes,
  maxFieldBytes,
  maxRecordBytes,
  needMore,
  readRecord,
  type RecordShape,
} from './csv-record.ts'
import { type JudgedColumn, judgeValues, type TextSet, textSet } from './csv-judge.ts'
import type { RejectSpool } from './reject-file.ts'
import { originalText } from './source-bytes.ts'

/** Where the data of a text begins: its byte offset and 1-based line. */
export interface DataStart {
  readonly offset: number
  readonly line: number
}

export interface NormaliseRequest {
  /** The text, as plain UTF-8 as far as it is valid. */
  readonly path: string
  readonly start: DataStart
  /** Bytes of the source before the text, where it is a piece of one; default 0. */
  readonly before?: number
  readonly syntax: CsvSyntax
  /** Fields that a record must have. */
  readonly width: number
  readonly nulls: readonly string[]
  /** Where the well-formed records go, in pieces; undefined when only the rejects are wanted. */
  readonly out: { readonly pathOf: (piece: number) => string; readonly pieceBytes: number } | undefined
  /** Columns whose values are judged too, once the engine has said which texts do not fit. */
  readonly judged?: readonly JudgedColumn[]
  readonly rejects: RejectSpool
  /** What rejects name as their source. */
  readonly source: string
  /** Whether offsets in `path` are offsets in the source. */
  readonly sameOffsets: boolean
  readonly signal?: AbortSignal
}

/** How many records were well-formed and how many were not. */
export interface Normalised {
  readonly good: number
  readonly rejected: number
  /** Records among the good ones that `judged` refused. */
  readonly illTyped: number
  /** Bytes of the longest record written. */
  readonly longest: number
  /** Some record written holds a line end. */
  readonly multiline: boolean
  /** The files that were written, in order; none when nothing was to be. */
  readonly paths: readonly string[]
}

/** Original bytes of a reject beyond this size are cut off, with a note. */
const maxOriginalBytes = 2 ** 18
const readBytes = 4 * 2 ** 20

/** Bytes on their way to a file: collected while a chunk is read, written between chunks. */
interface Sink {
  buffer: Buffer
  filled: number
}

function room(sink: Sink, bytes: number): void {
  if (sink.filled + bytes <= sink.buffer.length) return
  const grown = Buffer.allocUnsafe(Math.max(sink.buffer.length * 2, sink.filled + bytes))
  sink.buffer.copy(grown, 0, 0, sink.filled)
  sink.buffer = grown
}

function putQuoted(sink: Sink, bytes: Buffer): void {
  room(sink, bytes.length * 2 + 3)
  const out = sink.buffer
  let n = sink.filled
  out[n++] = 34
  for (const c of bytes) {
    if (c === 34) out[n++] = 34
    out[n++] = c
  }
  out[n++] = 34
  sink.filled = n
}

function putAscii(sink: Sink, value: string): void {
  room(sink, value.length)
  sink.filled += sink.buffer.write(value, sink.filled, 'latin1')
}

/** A text being read record by record. */
export interface CsvReading {
  readonly request: NormaliseRequest
  readonly nulls: ReadonlySet<string>
  readonly longestNull: number
  readonly shape: RecordShape
  readonly sink: Sink
  line: number
  readonly nullTexts: TextSet
  good: number
  rejected: number
  illTyped: number
  longest: number
  multiline: boolean
}

/** The text of a reject's record, cut at `maxOriginalBytes`. */
function originalOf(bytes: Buffer, whole = bytes.length): string {
  if (whole <= maxOriginalBytes) return originalText(bytes)
  return `${originalText(bytes.subarray(0, maxOriginalBytes))}… (cut; the record has ${whole} bytes)`
}

async function refuse(
  reading: CsvReading,
  problem: { readonly rule: string; readonly reason: string },
  at: number,
  original: string,
): Promise<void> {
  const { request } = reading
  await request.rejects.add({
    ...problem,
    source: request.source,
    line: reading.line,
    offset: request.sameOffsets ? at + (request.before ?? 0) : null,
    original,
  })
}

/** Not before the end of the text, or not within the largest record. */
const notClosed = { rule: 'csv.quote', reason: 'a quote is opened and not closed' } as const

/** Why a record is not well-formed, or undefined. */
function problemOf(
  reading: CsvReading,
  bytes: Buffer,
): { readonly rule: string; readonly reason: string } | undefined {
  const { shape, request } = reading
  if (shape.broken === 'unclosed') return notClosed
  if (shape.broken === 'after-quote') {
    return {
      rule: 'csv.quote',
      reason: 'text follows a closing quote; quotes inside quoted text must be escaped',
    }
  }
  if (bytes.length > maxRecordBytes) {
    return {
      rule: 'csv.size',
      reason: `the record has ${bytes.length} bytes, at most ${maxRecordBytes} are read`,
    }
  }
  for (let i = 0; bytes.length > maxFieldBytes && i < shape.count; i++) {
    const size = (shape.to[i] ?? 0) - (shape.from[i] ?? 0)
    if (size > maxFieldBytes) {
      return {
        rule: 'csv.size',
        reason: `field ${i + 1} has ${size} bytes, at most ${maxFieldBytes} are read`,
      }
    }
  }
  // Empty fields beyond the last column are the trailing delimiters that spreadsheets write.
  let count = shape.count
  while (
    count > request.width &&
    shape.from[count - 1] === shape.to[count - 1] &&
    shape.quoted[count - 1] !== true
  ) {
    count--
  }
  if (count !== request.width) {
    return { rule: 'csv.columns', reason: `the record has ${count} fields, expected ${request.width}` }
  }
  if (!isUtf8(bytes)) return { rule: 'csv.encoding', reason: 'the record has bytes that are not valid text' }
  return undefined
}

function putRecord(reading: CsvReading, buffer: Buffer, at: number, start: number): void {
  const { shape, sink, request, nulls } = reading
  reading.good += 1
  if (request.out === undefined) return
  const before = sink.filled
  const record = buffer.subarray(start, shape.end)
  reading.multiline ||= record.includes(10) || record.includes(13)
  putAscii(sink, `${reading.line},${request.sameOffsets ? at + (request.before ?? 0) : ''},`)
  putQuoted(sink, record.subarray(0, maxOriginalBytes))
  for (let i = 0; i < request.width; i++) {
    room(sink, 1)
    sink.buffer[sink.filled++] = 44
    const from = shape.from[i] ?? 0
    const to = shape.to[i] ?? 0
    const isNull =
      shape.quoted[i] !== true &&
      to - from <= reading.longestNull &&
      nulls.has(buffer.toString('latin1', from, to))
    if (!isNull) putQuoted(sink, fieldBytes(request.syntax, buffer, shape, i))
  }
  room(sink, 1)
  sink.buffer[sink.filled++] = 10
  reading.longest = Math.max(reading.longest, sink.filled - before)
}

function wrongValue(
  reading: CsvReading,
  buffer: Buffer,
): { readonly rule: string; readonly reason: string } | undefined {
  const { request, shape } = reading
  if (request.judged === undefined || request.judged.length === 0) return undefined
  const wrong = judgeValues(request.judged, reading.nullTexts, request.syntax, buffer, shape)
  if (wrong !== undefined) reading.illTyped += 1
  return wrong
}

function isComment(syntax: CsvSyntax, buffer: Buffer, start: number): boolean {
  const mark = syntax.comment
  return mark !== undefined && buffer.subarray(start, start + mark.length).equals(mark)
}

/** Reads all records that end within `buffer[0..end)`; gives where the first unread one starts. */
async function readWindow(
  reading: CsvReading,
  buffer: Buffer,
  end: number,
  final: boolean,
  base: number,
): Promise<number> {
  const { request, shape } = reading
  let start = 0
  while (start < end) {
    if (isComment(request.syntax, buffer, start)) {
      const next = afterLine(buffer, start, end, final)
      if (next === needMore) break
      reading.line += 1
      start = next
      continue
    }
    const next = readRecord(request.syntax, buffer, start, end, final, shape)
    if (next === needMore) break
    // An empty line is no record.
    if (shape.end > start) {
      const bytes = buffer.subarray(start, shape.end)
      const problem = problemOf(reading, bytes)
      const wrong = problem === undefined ? wrongValue(reading, buffer) : undefined
      const cut = (): string => originalOf(bytes.subarray(0, maxOriginalBytes), bytes.length)
      if (problem === undefined) {
        putRecord(reading, buffer, base + start, start)
        if (wrong !== undefined) await refuse(reading, wrong, base + start, cut())
      } else {
        reading.rejected += 1
        await refuse(reading, problem, base + start, cut())
      }
    }
    reading.line += shape.lines
    start = next
  }
  return start
}

/** Rejects what does not end within the limit: the first line of a quote never closed, or one endless line. */
async function readOversize(
  reading: CsvReading,
  file: FileHandle,
  buffer: Buffer,
  end: number,
  base: number,
): Promise<number> {
  reading.rejected += 1
  const next = afterLine(buffer, 0, end, false)
  if (next !== needMore) {
    const bytes = buffer.subarray(0, contentEnd(buffer, 0, next))
    await refuse(reading, notClosed, base, originalOf(bytes.subarray(0, maxOriginalBytes), bytes.length))
    reading.line += 1
    return base + next
  }
  const head = Buffer.from(buffer.subarray(0, maxOriginalBytes))
  const probe = Buffer.allocUnsafe(readBytes)
  // The last byte again, in case it is the first of a CRLF.
  let position = base + end - 1
  for (;;) {
    const { bytesRead } = await file.read(probe, 0, probe.length, position)
    const found = afterLine(probe, 0, bytesRead, bytesRead < probe.length)
    position += found === needMore ? bytesRead - 1 : found
    if (found !== needMore || bytesRead <= 1) break
  }
  const reason = `the record has about ${position - base} bytes, at most ${maxRecordBytes} are read`
  await refuse(reading, { rule: 'csv.size', reason }, base, originalOf(head, position - base))
  reading.line += 1
  return position
}

/** The files that records are written to, one after the other. */
interface Pieces extends AsyncDisposable {
  readonly paths: readonly string[]
  flush(sink: Sink): Promise<void>
}

function openPieces({ pathOf, pieceBytes }: NonNullable<NormaliseRequest['out']>): Pieces {
  const paths: string[] = []
  let file: FileHandle | undefined
  let written = 0
  return {
    paths,
    flush: async (sink) => {
      if (file === undefined || (written >= pieceBytes && sink.filled > 0)) {
        await file?.close()
        const path = pathOf(paths.length)
        file = await open(path, 'w')
        paths.push(path)
        written = 0
      }
      await file.writeFile(sink.buffer.subarray(0, sink.filled))
      written += sink.filled
      sink.filled = 0
    },
    [Symbol.asyncDispose]: async () => file?.close(),
  }
}

/** Begins to read a text. */
export function startReading(request: NormaliseRequest): CsvReading {
  const nulls = request.nulls.map((n) => Buffer.from(n).toString('latin1'))
  return {
    request,
    nulls: new Set(nulls),
    longestNull: Math.max(-1, ...nulls.map((n) => n.length)),
    shape: emptyShape(),
    sink: { buffer: Buffer.allocUnsafe(request.out === undefined ? 0 : 2 * readBytes), filled: 0 },
    line: request.start.line,
    good: 0,
    rejected: 0,
    illTyped: 0,
    longest: 0,
    multiline: false,
    nullTexts: textSet(request.nulls),
  }
}

/** Reads a line that is one record, standing at an offset. */
export async function readOneRecord(reading: CsvReading, line: Buffer, offset: number): Promise<void> {
  await readWindow(reading, line, line.length, true, offset)
}

/**
 * Reads a delimited text exactly as its dialect says and writes its well-formed records in one plain form: line and
 * offset of the record, its original text, then every field quoted (NULL: nothing). Everything else goes to `rejects`.
 *
 * Memory is bounded by the largest record. Conservation: every record is counted once, as good or as rejected.
 */
export async function normaliseCsv(request: NormaliseRequest): Promise<Normalised> {
  await using file = await open(request.path, 'r')
  await using pieces = request.out === undefined ? undefined : openPieces(request.out)
  const reading = startReading(request)
  let buffer = Buffer.allocUnsafe(2 * readBytes)
  let filled = 0
  let base = request.start.offset
  for (;;) {
    request.signal?.throwIfAborted()
    if (buffer.length - filled < readBytes) buffer = Buffer.concat([buffer], buffer.length * 2)
    const { bytesRead } = await file.read(buffer, filled, readBytes, base + filled)
    filled += bytesRead
    const final = bytesRead === 0
    const done = await readWindow(reading, buffer, filled, final, base)
    await pieces?.flush(reading.sink)
    buffer.copyWithin(0, done, filled)
    filled -= done
    base += done
    if (final) break
    if (filled > maxRecordBytes) {
      base = await readOversize(reading, file, buffer, filled, base)
      filled = 0
    }
    if (filled < readBytes && buffer.length > 4 * readBytes)
      buffer = Buffer.from(buffer.subarray(0, 2 * readBytes))
  }
  const { good, rejected, illTyped, longest, multiline } = reading
  return { good, rejected, illTyped, longest, multiline, paths: pieces?.paths ?? [] }
}
