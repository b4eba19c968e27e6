import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { EtlError } from '../../../base/errors.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { oneLine, readElements, splitArray } from './json-array.ts'
import { registerJsonDepth } from './json-depth.ts'
import { type JsonQuery, jsonQuery, readRecords } from './json-query.ts'
import { findLines, lineTest, trimmedText } from './line-search.ts'
import { openRejectRecorder } from './reject-recorder.ts'
import { type SearchedFile, searchRejects } from './reject-search.ts'
import {
  copyTrimmed,
  type FileHead,
  isBlankByte,
  maxRecordBytes,
  readFileHead,
  readFileHeads,
  readLines,
  type SourceLine,
} from './source-bytes.ts'
import { unpackText } from './unpack.ts'

/**
 * Opens JSON files as a relation.
 *
 * Lines: every non-blank line is a record. Array: the elements of the top-level array are the records (several arrays or
 * objects one after another are read as one), split in a bounded-memory pass into the scratch folder. A record must be an
 * object; members are found by exact name or path, of duplicate keys the first counts, and undeclared members are
 * ignored. Numbers keep all their digits. Everything else, and what nests deeper than 200 levels, is a reject; see
 * `searchRejects`.
 */
export async function openJson(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'json') throw new EtlError('bug.unreachable', 'the JSON reader needs JSON')
  const isArray = scan.format.layout === 'array'
  const heads = await readFileHeads(scan.files.map((f) => f.path))
  const files: StagedFile[] = []
  for (const { path, ...head } of heads) {
    const plain = await unpacked({ path, ...head }, context)
    const staged = isArray
      ? await splitArray(plain, context.scratch)
      : await withoutOddStart(plain, context.scratch)
    files.push({ path, plain, staged })
  }
  const query = jsonQuery(scan)
  registerJsonDepth(context.connection)
  const recorder = openRejectRecorder(context.connection)
  const refuse = recorder.refuse('file', 'j', query.reason)
  return {
    select: `SELECT ${query.good} FROM (${query.values(readRecords(files.map((f) => f.staged)))}) WHERE CASE WHEN bad THEN ${refuse} ELSE TRUE END`,
    finish: async ({ scanned, good }) => {
      if (scanned === good) return undefined
      const searched = files.map((file) => searchedFile(file, isArray, query))
      return searchRejects({ files: searched, recorder, expected: scanned - good, context })
    },
  }
}

/** A source file, its decompressed text, and the file that DuckDB reads instead of it. */
interface StagedFile {
  readonly path: string
  readonly plain: FileHead
  readonly staged: FileHead
}

function searchedFile({ path, plain, staged }: StagedFile, isArray: boolean, query: JsonQuery): SearchedFile {
  const numbered = `SELECT row_number() OVER () AS n, * FROM (${readRecords([staged])})`
  const unreadable = `SELECT n, ${query.unreadable} AS reason FROM (${numbered}) WHERE j IS NULL`
  return {
    path,
    staged: staged.path,
    sql: `SELECT n, reason FROM (SELECT n, ${query.reason} AS reason FROM (${query.values(numbered)})) WHERE reason IS NOT NULL`,
    unreadableSql: unreadable,
    prepare: registerJsonDepth,
    records: () => (isArray ? readElements(plain) : nonBlank(readLines(plain, maxRecordBytes))),
    candidates: (texts) =>
      isArray
        ? readElements(plain)
        : nonBlank(findLines(plain, lineTest({ texts, trimmed: true, nonObjects: true }))),
    textOf: ({ number, bytes }) =>
      trimmedText(isArray ? oneLine(bytes) : number === 1 && isMarked(bytes) ? bytes.subarray(3) : bytes),
    isUnlikeRows: (text) => !(text.startsWith('{') && text.endsWith('}')),
  }
}

const mark = Buffer.from([0xef, 0xbb, 0xbf])

const isMarked = (bytes: Buffer): boolean => bytes.subarray(0, 3).equals(mark)

const isMarkOnly = ({ number, bytes }: SourceLine): boolean =>
  number === 1 && isMarked(bytes) && bytes.subarray(3).every(isBlankByte)

async function* nonBlank(lines: AsyncIterable<SourceLine>): AsyncGenerator<SourceLine> {
  for await (const line of lines) {
    if (line.bytes.some((b) => !isBlankByte(b)) && !isMarkOnly(line)) yield line
  }
}

/** Decompresses within the limits; damaged archives are refused before a row is read. */
async function unpacked(head: FileHead, context: ReadContext): Promise<FileHead> {
  if (head.compression === 'none') return head
  const { signal, scratch } = context
  const file = { path: head.path, size: head.size, mtimeMs: 0 }
  const { path } = await unpackText(file, {
    encoding: 'utf-8',
    scratch,
    name: `${randomUUID()}.json`,
    ...(signal === undefined ? {} : { signal }),
  })
  return readFileHead(path)
}

/**
 * DuckDB reads a record after a byte order mark or loses it, as it happens to split its work; it takes blanks before the
 * first line for a record, and sees none in a file of one byte. So such files are read from a trimmed copy.
 */
async function withoutOddStart(head: FileHead, scratch: string): Promise<FileHead> {
  const [first = 0] = await firstByte(head.path)
  const isOdd = head.marked || head.size === 1 || isBlankByte(first)
  return isOdd ? copyTrimmed(head, join(scratch, `${randomUUID()}.ndjson`)) : head
}

async function firstByte(path: string): Promise<Buffer> {
  await using file = await open(path, 'r')
  return (await file.read(Buffer.alloc(1), 0, 1, 0)).buffer
}
