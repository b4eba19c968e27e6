import type { CsvDialect } from '../../../plan/source.ts'

/** The texts that mean NULL besides the empty one. */
export const namedNulls = ({ nulls = [] }: Partial<Pick<CsvDialect, 'nulls'>>): readonly string[] =>
  nulls.filter((n) => n !== '')

/** A dialect as bytes. -1 stands for "none". */
export interface CsvSyntax {
  readonly delimiter: Buffer
  readonly quote: number
  readonly escape: number
  readonly comment: Buffer | undefined
  readonly trim: boolean
  /** Texts that mean NULL unquoted, within quotes: there they are texts. */
  readonly quotedNulls: readonly Buffer[]
}

/** A field beyond this size, in bytes, makes its record a reject. */
export const maxFieldBytes = 8 * 2 ** 20
/** A record beyond this size, in bytes, is a reject. */
export const maxRecordBytes = 16 * 2 ** 20

/** The dialect as the record reader needs it. */
export function syntaxOf(
  dialect: Pick<CsvDialect, 'delimiter' | 'quote' | 'escape' | 'comment' | 'trim'> &
    Partial<Pick<CsvDialect, 'nulls'>>,
): CsvSyntax {
  const quote = dialect.quote ?? ''
  const byte = (mark: string | null): number =>
    mark === null || mark === '' ? -1 : (Buffer.from(mark)[0] ?? -1)
  return {
    delimiter: Buffer.from(dialect.delimiter),
    quote: byte(dialect.quote),
    escape: dialect.quote === null ? -1 : byte(dialect.escape ?? dialect.quote),
    comment: dialect.comment === null || dialect.comment === '' ? undefined : Buffer.from(dialect.comment),
    trim: dialect.trim,
    quotedNulls: namedNulls(dialect).map((n) => Buffer.from(`${quote}${n}${quote}`)),
  }
}

/** Why a record is broken: a quote that is not closed, or text after a closing quote. */
export type Breakage = 'unclosed' | 'after-quote' | undefined

/** The shape of the record last read: reused from record to record. Positions are byte positions in the buffer. */
export interface RecordShape {
  /** Fields found. */
  count: number
  from: number[]
  to: number[]
  quoted: boolean[]
  /** The field holds escaped characters. */
  escaped: boolean[]
  broken: Breakage
  /** Line ends consumed, the one that ends the record included. */
  lines: number
  /** Where the record's own bytes end: before its line end. */
  end: number
}

export const emptyShape = (): RecordShape => ({
  count: 0,
  from: [],
  to: [],
  quoted: [],
  escaped: [],
  broken: undefined,
  lines: 0,
  end: 0,
})

const lf = 10
const cr = 13
const space = 32
/** The record does not end within the buffer. */
export const needMore = -1

function startsAt(buffer: Uint8Array, at: number, end: number, mark: Uint8Array): boolean {
  if (at + mark.length > end) return false
  for (let i = 0; i < mark.length; i++) if (buffer[at + i] !== mark[i]) return false
  return true
}

/** The first position at or after `from` that follows a line end, or `needMore`; `end` when `final`. */
export function afterLine(buffer: Uint8Array, from: number, end: number, final: boolean): number {
  for (let p = from; p < end; p++) {
    if (buffer[p] === lf) return p + 1
    if (buffer[p] === cr) {
      if (p + 1 < end) return buffer[p + 1] === lf ? p + 2 : p + 1
      return final ? end : needMore
    }
  }
  return final ? end : needMore
}

function putField(shape: RecordShape, from: number, to: number, quoted: boolean, escaped: boolean): void {
  const i = shape.count++
  shape.from[i] = from
  shape.to[i] = to
  shape.quoted[i] = quoted
  shape.escaped[i] = escaped
}

/** Reads a quoted field whose opening quote stands at `at`; gives the position after it, or `needMore`. */
function readQuoted(
  syntax: CsvSyntax,
  buffer: Uint8Array,
  at: number,
  end: number,
  final: boolean,
  shape: RecordShape,
): number {
  const { quote, escape } = syntax
  let escaped = false
  let p = at + 1
  for (; ; p++) {
    if (p >= end) {
      shape.broken = 'unclosed'
      return final ? end : needMore
    }
    const c = buffer[p]
    if (c === escape && (escape !== quote || (p + 1 < end && buffer[p + 1] === quote))) {
      escaped = true
      p++
    } else if (c === quote) {
      if (p + 1 >= end && !final) return needMore
      break
    } else if (c === lf || (c === cr && buffer[p + 1] !== lf)) {
      shape.lines++
    }
  }
  putField(shape, at + 1, p, true, escaped)
  p++
  while (p < end && buffer[p] === space) p++
  return p >= end && !final ? needMore : p
}

function readPlain(
  syntax: CsvSyntax,
  buffer: Uint8Array,
  at: number,
  end: number,
  shape: RecordShape,
): number {
  const first = syntax.delimiter[0]
  const wide = syntax.delimiter.length > 1
  let p = at
  for (; p < end; p++) {
    const c = buffer[p]
    if (c === lf || c === cr) break
    if (c === first && (!wide || startsAt(buffer, p, end, syntax.delimiter))) break
  }
  let from = at
  let to = p
  if (syntax.trim) {
    const blank = (c: number | undefined): boolean => c === space || c === 9
    while (from < to && blank(buffer[from])) from++
    while (to > from && blank(buffer[to - 1])) to--
  }
  putField(shape, from, to, false, false)
  return p
}

function opensQuoted(syntax: CsvSyntax, buffer: Uint8Array, at: number, end: number): number {
  let p = at
  if (syntax.trim) while (p < end && (buffer[p] === space || buffer[p] === 9)) p++
  return buffer[p] === syntax.quote && p < end ? p : -1
}

/**
 * Reads one record that starts at `start` of a buffer that is filled up to `end`, into `shape`.
 *
 * Returns the position after the record's line end, or `needMore` when the record does not end in the buffer and the
 * buffer is not the `final` one. A broken record (see `shape.broken`) is taken to end with its first line, so that one
 * stray quote costs one line and not the rest of the file. Line ends are LF, CRLF and CR alike.
 */
export function readRecord(
  syntax: CsvSyntax,
  buffer: Uint8Array,
  start: number,
  end: number,
  final: boolean,
  shape: RecordShape,
): number {
  shape.count = 0
  shape.broken = undefined
  shape.lines = 0
  let p = start
  for (;;) {
    const quotedAt = syntax.quote < 0 ? -1 : opensQuoted(syntax, buffer, p, end)
    p =
      quotedAt >= 0
        ? readQuoted(syntax, buffer, quotedAt, end, final, shape)
        : readPlain(syntax, buffer, p, end, shape)
    if (p === needMore) return needMore
    if (p >= end || shape.broken !== undefined) break
    const c = buffer[p]
    if (c === lf || c === cr) break
    if (!startsAt(buffer, p, end, syntax.delimiter)) {
      // A delimiter of several bytes may be cut by the end of the buffer.
      if (!final && p + syntax.delimiter.length > end) return needMore
      shape.broken = 'after-quote'
      break
    }
    p += syntax.delimiter.length
    if (p >= end && !final) return needMore
  }
  if (shape.broken !== undefined) {
    const next = afterLine(buffer, start, end, final)
    shape.lines = 1
    shape.end = contentEnd(buffer, start, next)
    return next
  }
  return endRecord(buffer, p, end, final, shape)
}

function endRecord(buffer: Uint8Array, at: number, end: number, final: boolean, shape: RecordShape): number {
  shape.end = at
  if (at >= end) return final ? end : needMore
  shape.lines++
  if (buffer[at] === lf) return at + 1
  if (at + 1 >= end) return final ? end : needMore
  return buffer[at + 1] === lf ? at + 2 : at + 1
}

/** The end of the bytes `start`..`next` without their line end. */
export function contentEnd(buffer: Uint8Array, start: number, next: number): number {
  let end = next
  if (end > start && buffer[end - 1] === lf) end--
  if (end > start && buffer[end - 1] === cr) end--
  return end
}

/** Copies a field's bytes, escapes resolved. */
export function fieldBytes(syntax: CsvSyntax, buffer: Buffer, shape: RecordShape, index: number): Buffer {
  const from = shape.from[index] ?? 0
  const to = shape.to[index] ?? 0
  const raw = buffer.subarray(from, to)
  if (shape.escaped[index] !== true) return raw
  const out = Buffer.allocUnsafe(raw.length)
  let n = 0
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === syntax.escape && i + 1 < raw.length) i++
    out[n++] = raw[i] ?? 0
  }
  return out.subarray(0, n)
}
