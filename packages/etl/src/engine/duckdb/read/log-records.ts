import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import { quoteText } from '../../../function/dialect.ts'
import { parseLinear, printLinear } from '../../../function/regex/linear.ts'
import type { Multiline } from '../../../plan/source.ts'
import type { ReadContext } from './contract.ts'
import { cleanLine, linesOf, type OddLines, type StagedLog } from './log-lines.ts'
import type { SearchedFile } from './reject-search.ts'
import { type FileHead, maxRecordBytes, readLines, type SourceLine } from './source-bytes.ts'

/** What stands in staged records: for one that is no text, for a line feed, and for one beyond its bounds. */
export interface RecordStandIns {
  readonly lineFeed: string
  readonly tooLong: string
}

/** A log whose staged text has one line for each record. */
export interface JoinedLog extends StagedLog {
  /** One bit for each line: whether it begins a record. */
  readonly starts: Uint8Array
}

/** A record of several lines: number and offset are those of its first line, `bytes` its lines as they stand, joined by `\n`. */
interface JoinedRecord extends SourceLine {
  /** Its cleaned lines; undefined when it is beyond its bounds. */
  readonly lines: readonly Buffer[] | undefined
}

/** Prints whether a line begins a record. */
function startTest(multiline: Multiline): string {
  const pattern = parseLinear(multiline.regex)
  if (typeof pattern === 'string')
    throw new EtlError('config.invalid', `the pattern "${multiline.regex}" does not work: ${pattern}`)
  const regex = (pattern.ignoresCase ? '(?si)' : '(?s)') + printLinear(pattern.items, () => false)
  const found = `regexp_matches(coalesce(line, ''), ${quoteText(regex)})`
  return multiline.match === 'starts' ? found : `NOT ${found}`
}

/**
 * Asks the engine of every line whether it begins a record, in order, on a small instance of its own: expressions of users run
 * nowhere else, since only there their time is bounded.
 */
async function findStarts(log: StagedLog, test: string, context: ReadContext): Promise<Uint8Array> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  let bits = new Uint8Array(2 ** 16)
  let line = 0
  try {
    const result = await connection.stream(`SELECT ${test} AS starts FROM (${linesOf([log.staged])})`)
    for (;;) {
      context.signal?.throwIfAborted()
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) break
      const column = chunk.getColumnVector(0)
      if ((line + chunk.rowCount) / 8 > bits.length) {
        const larger = new Uint8Array(bits.length * 2)
        larger.set(bits)
        bits = larger
      }
      for (let row = 0; row < chunk.rowCount; row++, line++)
        if (column.getItem(row) === true) bits[line >> 3] = (bits[line >> 3] ?? 0) | (1 << (line & 7))
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return bits
}

/**
 * Joins lines to records. A record that would pass a bound ends before the line that passes it, and what follows up to the
 * next start is one more of the same kind, so memory is bounded and every line belongs to one record.
 */
async function* joinLines(
  plain: FileHead,
  starts: Uint8Array,
  multiline: Multiline,
  odd: OddLines,
): AsyncGenerator<JoinedRecord> {
  let first: SourceLine | undefined
  let raw: Buffer[] = []
  let lines: Buffer[] = []
  let bytes = 0
  let isOver = false
  const record = ({ number, offset }: SourceLine): JoinedRecord => ({
    number,
    offset,
    bytes: Buffer.concat(raw.flatMap((b, i) => (i === 0 ? [b] : [lineFeed, b]))),
    lines: isOver ? undefined : lines,
  })
  for await (const line of readLines(plain, maxRecordBytes)) {
    const at = line.number - 1
    const isStart = ((starts[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
    const passes = raw.length >= multiline.maxLines || bytes + line.bytes.length > multiline.maxBytes
    if (first !== undefined && (isStart || passes)) {
      isOver ||= !isStart
      yield record(first)
      isOver &&= !isStart
      first = undefined
    }
    if (first === undefined) {
      first = line
      raw = []
      lines = []
      bytes = 0
      isOver ||= line.bytes.length > multiline.maxBytes
    }
    raw.push(line.bytes)
    lines.push(cleanLine(line, plain, odd))
    bytes += line.bytes.length + 1
  }
  if (first !== undefined) yield record(first)
}

const lineFeed = Buffer.from('\n')

/** The text by which the reader's statement knows a record. */
function textOf(lines: readonly Buffer[] | undefined, odd: OddLines, tooLong: string, feed: Buffer): Buffer {
  if (lines === undefined) return Buffer.from(tooLong)
  const standIn = Buffer.from(odd.standIn)
  if (lines.some((l) => l.equals(standIn))) return standIn
  return Buffer.concat(lines.flatMap((b, i) => (i === 0 ? [b] : [feed, b])))
}

/** Stages logs with one line for each record. */
export async function joinLogs(
  files: readonly StagedLog[],
  multiline: Multiline,
  odd: OddLines,
  standIns: RecordStandIns,
  context: ReadContext,
): Promise<readonly JoinedLog[]> {
  const test = startTest(multiline)
  const feed = Buffer.from(standIns.lineFeed)
  const joined: JoinedLog[] = []
  for (const file of files) {
    const starts = await findStarts(file, test, context)
    const path = join(context.scratch, `${randomUUID()}.log`)
    const out = createWriteStream(path)
    await pipeline(async function* () {
      for await (const { lines } of joinLines(file.plain, starts, multiline, odd))
        yield Buffer.concat([textOf(lines, odd, standIns.tooLong, feed), lineFeed])
    }, out)
    const staged = { path, size: out.bytesWritten, compression: 'none', marked: false } as const
    joined.push({ ...file, staged, starts })
  }
  return joined
}

/** How the rejected records of a log are found again. */
export function searchedRecords(
  { path, plain, staged, starts }: JoinedLog,
  multiline: Multiline,
  odd: OddLines,
  standIns: RecordStandIns,
  sql: (numbered: string) => string,
): SearchedFile {
  const texts = new WeakMap<SourceLine, string>()
  async function* records(): AsyncGenerator<SourceLine> {
    for await (const record of joinLines(plain, starts, multiline, odd)) {
      texts.set(record, textOf(record.lines, odd, standIns.tooLong, lineFeed).toString('latin1'))
      yield record
    }
  }
  return {
    path,
    staged: staged.path,
    sql: sql(`SELECT row_number() OVER () AS n, * FROM (${linesOf([staged])})`),
    unreadableSql: undefined,
    records,
    candidates: records,
    textOf: (record) => texts.get(record) ?? '',
    isUnlikeRows: () => false,
  }
}
