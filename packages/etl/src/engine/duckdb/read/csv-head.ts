import { open } from 'node:fs/promises'
import { EtlError } from '../../../base/errors.ts'
import type { CsvDialect, SourceColumn } from '../../../plan/source.ts'
import { headerNames } from '../../../plan/header.ts'
import type { DataStart } from './csv-normalise.ts'
import {
  afterLine,
  type CsvSyntax,
  emptyShape,
  fieldBytes,
  maxRecordBytes,
  needMore,
  readRecord,
} from './csv-record.ts'

/** The engine's time for a file grows faster than its columns. */
const maxColumns = 100_000

/** The beginning of a delimited text: its header and where its data starts. */
export interface CsvHead {
  /** Addressable column names; undefined for a file without a header or without any text. */
  readonly names: readonly string[] | undefined
  readonly start: DataStart
  /** Every line before the data is one that the engine's own reader skips as a line. */
  readonly plain: boolean
}

function broken(path: string, line: number, why: string): EtlError {
  return new EtlError('source.corrupt', `${path}, line ${line}: the header cannot be read: ${why}`, {
    hint: 'check delimiter, quote and skipLines of the declared dialect',
  })
}

async function readStart(
  path: string,
  bytes: number,
): Promise<{ readonly buffer: Buffer; readonly final: boolean }> {
  await using file = await open(path, 'r')
  const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
  return { buffer: buffer.subarray(0, bytesRead), final: bytesRead < bytes }
}

/** Reads preamble and header from the first bytes of a text (all of them if `final`); undefined when they do not hold it. */
export function csvHeadIn(
  path: string,
  buffer: Buffer,
  final: boolean,
  dialect: CsvDialect,
  syntax: CsvSyntax,
): CsvHead | undefined {
  const end = buffer.length
  let p = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
  let line = 1
  let plain = true
  for (; line <= dialect.skipLines && p < end; line++) {
    const next = afterLine(buffer, p, end, final)
    if (next === needMore) return undefined
    const skipped = buffer.subarray(p, next)
    plain &&= !hasTrap(skipped, syntax)
    p = next
  }
  if (!dialect.header) return { names: undefined, start: { offset: p, line }, plain }
  const shape = emptyShape()
  for (;;) {
    if (p >= end) return final ? { names: undefined, start: { offset: p, line }, plain } : undefined
    const comment =
      syntax.comment !== undefined && buffer.subarray(p, p + syntax.comment.length).equals(syntax.comment)
    const next = comment ? afterLine(buffer, p, end, final) : readRecord(syntax, buffer, p, end, final, shape)
    if (next === needMore) return undefined
    if (comment || shape.end === p) {
      plain = false
      line += 1
      p = next
      continue
    }
    if (shape.broken !== undefined) throw broken(path, line, 'a quote is broken')
    if (shape.count > maxColumns)
      throw broken(path, line, `it has ${shape.count} columns, at most ${maxColumns} are read`)
    const names = Array.from({ length: shape.count }, (_, i) =>
      fieldBytes(syntax, buffer, shape, i).toString('utf8'),
    )
    const start = { offset: next, line: line + shape.lines }
    return { names: headerNames(names), start, plain: plain && shape.lines <= 1 }
  }
}

/** An empty line or a quote: what the engine's reader does not skip as a mere line. */
function hasTrap(skipped: Buffer, syntax: CsvSyntax): boolean {
  return skipped[0] === 10 || skipped[0] === 13 || (syntax.quote >= 0 && skipped.includes(syntax.quote))
}

/** Reads preamble and header of a text. Fails with `source.corrupt` when there is no readable header. */
export async function readCsvHead(path: string, dialect: CsvDialect, syntax: CsvSyntax): Promise<CsvHead> {
  for (let bytes = 2 ** 16; ; bytes = Math.min(bytes * 16, maxRecordBytes + 1)) {
    const { buffer, final } = await readStart(path, bytes)
    const head = csvHeadIn(path, buffer, final, dialect, syntax)
    if (head !== undefined) return head
    if (bytes > maxRecordBytes) throw broken(path, 1, `it does not end within ${bytes} bytes`)
  }
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function nearest(name: string, names: readonly string[]): string | undefined {
  const short = (s: string): string => s.toLowerCase().slice(0, 64)
  const found = names
    .map((candidate) => ({ candidate, cost: distance(short(name), short(candidate)) }))
    .toSorted((a, b) => a.cost - b.cost)[0]
  return found !== undefined && found.cost <= Math.max(2, name.length / 3) ? found.candidate : undefined
}

const shown = (names: readonly string[]): string =>
  `${names
    .slice(0, 30)
    .map((n) => JSON.stringify(n.slice(0, 80)))
    .join(', ')}${names.length > 30 ? ', …' : ''}`

/**
 * The position of every declared column in the file: the header that is equal, or else the only one that is equal
 * without regard to case and outer white space. Without a header columns count from the left.
 *
 * Fails with `source.header` when a declared column is missing, and says which header comes nearest.
 */
export function positionsOf(
  path: string,
  names: readonly string[] | undefined,
  columns: readonly SourceColumn[],
): readonly number[] {
  if (names === undefined) return columns.map((_, index) => index)
  const exact = new Map(names.map((name, index) => [name, index]))
  const plain = (name: string): string => name.trim().toLowerCase()
  return columns.map((column) => {
    const found = exact.get(column.from)
    if (found !== undefined) return found
    const like = names.flatMap((name, index) => (plain(name) === plain(column.from) ? [index] : []))
    if (like.length === 1 && like[0] !== undefined) return like[0]
    const repeated = exact.has(`${column.from}_1`)
    const near = nearest(column.from, names)
    const hint = repeated
      ? `several columns are called "${column.from}"; declare which one with from: '${column.from}_1' and so on`
      : near === undefined
        ? "declare what the file's column is called with from: '…'"
        : `did you mean from: '${JSON.stringify(near).slice(1, -1)}'?`
    throw new EtlError(
      'source.header',
      `${path} has no column "${column.from}"; its header is ${shown(names)}`,
      { hint },
    )
  })
}
