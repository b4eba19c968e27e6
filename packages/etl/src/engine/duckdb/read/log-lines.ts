import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileScan } from '../../../plan/source.ts'
import { pathList } from '../file-path.ts'
import type { ReadContext } from './contract.ts'
import { findLines, lineTest } from './line-search.ts'
import type { SearchedFile } from './reject-search.ts'
import {
  type FileHead,
  maxRecordBytes,
  openBytes,
  readFileHead,
  readFileHeads,
  readLines,
  type SourceLine,
} from './source-bytes.ts'
import { unpackText } from './unpack.ts'

/** A log, its decompressed text, and the file that DuckDB reads instead of it: `plain` unless a line had to be replaced. */
export interface StagedLog {
  readonly path: string
  readonly plain: FileHead
  readonly staged: FileHead
}

/** Lines that the line reader would not split or decode as they stand, or that are no UTF-8. */
export interface OddLines {
  /** Bytes that no line may have: NUL, the delimiter 1 of the line reader and lone carriage returns at least. */
  readonly bytes: readonly number[]
  /** What stands for such a line; no row comes of it. */
  readonly standIn: string
}

/** Unpacks logs, and copies those that have odd lines with the stand-in in their place. */
export async function stageLogs(
  scan: FileScan,
  context: ReadContext,
  odd: OddLines,
): Promise<readonly StagedLog[]> {
  const heads = await readFileHeads(scan.files.map((f) => f.path))
  const files: StagedLog[] = []
  for (const head of heads) {
    context.signal?.throwIfAborted()
    const plain = head.compression === 'none' ? head : await unpackedHead(head, context)
    files.push({ path: head.path, plain, staged: await cleaned(plain, context, odd) })
  }
  return files
}

/** Prints the reading of staged logs: one `line` each, and its `filename`. */
export function linesOf(staged: readonly FileHead[]): string {
  const paths = staged.filter((f) => f.size > 0).map((f) => f.path)
  if (paths.length === 0)
    return 'SELECT CAST(NULL AS VARCHAR) AS line, CAST(NULL AS VARCHAR) AS filename WHERE FALSE'
  return `SELECT line, filename FROM read_csv(${pathList(paths)}, hive_partitioning = false, columns = {line: 'VARCHAR'}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', new_line = '\\n', compression = 'none', filename = true, max_line_size = ${maxRecordBytes})`
}

/** How the rejected lines of a log are found again. */
export function searchedLines(
  { path, plain, staged }: StagedLog,
  odd: OddLines,
  sql: (numbered: string) => string,
): SearchedFile {
  const records = (): AsyncIterable<SourceLine> => readLines(plain, maxRecordBytes)
  const isPlain = staged === plain
  return {
    path,
    staged: staged.path,
    sql: sql(`SELECT row_number() OVER () AS n, * FROM (${linesOf([staged])})`),
    unreadableSql: undefined,
    records,
    candidates: (texts) =>
      isPlain ? findLines(plain, lineTest({ texts, trimmed: false, nonObjects: false })) : records(),
    textOf: (record) => (isPlain ? record.bytes : cleanLine(record, plain, odd)).toString('latin1'),
    isUnlikeRows: () => false,
  }
}

async function cleaned(plain: FileHead, context: ReadContext, odd: OddLines): Promise<FileHead> {
  if (!(await isOdd(plain, odd))) return plain
  const path = join(context.scratch, `${randomUUID()}.log`)
  const out = createWriteStream(path)
  await pipeline(async function* () {
    for await (const line of readLines(plain, maxRecordBytes))
      yield Buffer.concat([cleanLine(line, plain, odd), lineEnd])
  }, out)
  return { path, size: out.bytesWritten, compression: 'none', marked: false }
}

const lineEnd = Buffer.from('\n')

async function unpackedHead(head: FileHead, context: ReadContext): Promise<FileHead> {
  const file = { path: head.path, size: head.size, mtimeMs: 0 }
  const { path } = await unpackText(file, {
    encoding: 'utf-8',
    scratch: context.scratch,
    name: `${randomUUID()}.log`,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  })
  return readFileHead(path)
}

/** The line without byte order mark and carriage return, or what stands in for it. */
export function cleanLine({ number, bytes }: SourceLine, file: FileHead, odd: OddLines): Buffer {
  const start = number === 1 && file.marked ? 3 : 0
  const body = bytes.subarray(start, bytes.at(-1) === 13 ? -1 : bytes.length)
  return isOddText(body, odd) ? Buffer.from(odd.standIn) : body
}

/** Whether a file has a line that is no plain text, or ends in a carriage return. Reads it once, in whole lines, without splitting them. */
async function isOdd(head: FileHead, odd: OddLines): Promise<boolean> {
  if (head.marked) return true
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of openBytes(head)) {
    const end = chunk.lastIndexOf(10) + 1
    const lines = Buffer.concat([rest, chunk.subarray(0, end)])
    rest = end === 0 ? Buffer.concat([rest, chunk]) : chunk.subarray(end)
    if (isOddText(lines, odd)) return true
    if (rest.length > maxRecordBytes) return true
  }
  return isOddText(rest, odd)
}

function isOddText(lines: Buffer, odd: OddLines): boolean {
  return odd.bytes.some((b) => lines.includes(b)) || !isUtf8(lines)
}
