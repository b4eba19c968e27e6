import { DuckDBInstance } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import type { OpenedRejects, ReadContext } from './contract.ts'
import { readElements } from './json-array.ts'
import { type JsonQuery, readRecords } from './json-query.ts'
import { openRejectSpool, type RejectSpool } from './reject-file.ts'
import { type FileHead, maxRecordBytes, originalText, readLines, type SourceLine } from './source-bytes.ts'

export interface JsonRejectSearch {
  readonly heads: readonly FileHead[]
  /** The files that the engine read, one per head that is not empty. */
  readonly staged: readonly FileHead[]
  readonly isArray: boolean
  readonly query: JsonQuery
  /** How many rejects there must be. */
  readonly expected: number
}

/** A rejected record by its ordinal among the records of its file. */
interface Verdict {
  readonly ordinal: number
  readonly rule: string
  readonly reason: string
}

/**
 * Finds the rejected records again with their positions and original bytes.
 *
 * Reads each file a second time in order, on a small instance of its own, since the session of the run may not keep the
 * order of records. Fails with `bug.unreachable` when it finds another number of rejects than the run did.
 */
export async function findJsonRejects(
  search: JsonRejectSearch,
  context: ReadContext,
  name: string,
): Promise<OpenedRejects | undefined> {
  const spool = openRejectSpool(context.scratch, name)
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  try {
    for (const [index, head] of search.heads.entries()) {
      context.signal?.throwIfAborted()
      const staged = search.staged[index]
      if (staged === undefined) continue
      const numbered = `SELECT row_number() OVER () AS n, j FROM (${readRecords([staged])})`
      const sql = `SELECT n, reason FROM (SELECT n, ${search.query.reason} AS reason FROM (${search.query.values(numbered)})) WHERE reason IS NOT NULL ORDER BY n`
      const result = await connection.stream(sql)
      const verdicts = (async function* (): AsyncGenerator<Verdict> {
        for await (const rows of result.yieldRows()) {
          for (const row of rows) {
            const [rule = '', reason = ''] = splitOnce(String(row[1]))
            yield { ordinal: Number(row[0]), rule, reason }
          }
        }
      })()
      await locate(head, search.isArray, verdicts, spool)
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  const rejects = await spool.close()
  if ((rejects?.rows ?? 0) !== search.expected)
    throw new EtlError(
      'bug.unreachable',
      `a run rejected ${search.expected} JSON records, the search found ${rejects?.rows ?? 0}`,
    )
  return rejects
}

function splitOnce(text: string): readonly string[] {
  const at = text.indexOf('\n')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Walks the records of a file beside the verdicts, both in order. */
async function locate(
  head: FileHead,
  isArray: boolean,
  verdicts: AsyncGenerator<Verdict>,
  spool: RejectSpool,
): Promise<void> {
  let verdict = await verdicts.next()
  let ordinal = 0
  for await (const record of isArray ? readElements(head) : nonBlank(readLines(head, maxRecordBytes))) {
    if (verdict.done === true) return
    ordinal += 1
    if (ordinal !== verdict.value.ordinal) continue
    await spool.add({
      rule: verdict.value.rule,
      reason: verdict.value.reason,
      source: head.path,
      line: record.number,
      offset: record.offset,
      original: originalText(record.bytes),
    })
    verdict = await verdicts.next()
  }
}

const mark = Buffer.from([0xef, 0xbb, 0xbf])

async function* nonBlank(lines: AsyncIterable<SourceLine>): AsyncGenerator<SourceLine> {
  for await (const line of lines) {
    if (line.bytes.some((b) => b !== 32 && (b < 9 || b > 13)) && !line.bytes.equals(mark)) yield line
  }
}
