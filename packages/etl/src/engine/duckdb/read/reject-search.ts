import { DuckDBInstance } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import type { OpenedRejects, ReadContext } from './contract.ts'
import { openRejectSpool, type RejectSpool } from './reject-file.ts'
import { originalText, type SourceLine } from './source-bytes.ts'

/** One file whose rejected records are looked for. */
export interface SearchedFile {
  readonly path: string
  /**
   * A SELECT of `n`, the ordinal of a rejected record among all records of the file, and `reason`: the rule, a line feed
   * and the reason; ordered by `n`. Runs in one thread that keeps the order of records.
   */
  readonly sql: string
  /** All records of the file in order, with positions. */
  records(): AsyncIterable<SourceLine>
}

/**
 * Finds rejected records again with their positions and original bytes.
 *
 * Reads each file a second time in order, on a small instance of its own, since the session of the run may not keep the
 * order of records. Fails with `bug.unreachable` when it finds another number of rejects than `expected`.
 */
export async function searchRejects(
  files: readonly SearchedFile[],
  expected: number,
  context: ReadContext,
  name: string,
): Promise<OpenedRejects | undefined> {
  const spool = openRejectSpool(context.scratch, name)
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    for (const file of files) {
      context.signal?.throwIfAborted()
      const result = await connection.stream(file.sql)
      await locate(file, readVerdicts(result.yieldRows()), spool)
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  const rejects = await spool.close()
  if ((rejects?.rows ?? 0) !== expected)
    throw new EtlError(
      'bug.unreachable',
      `a run rejected ${expected} records, the search found ${rejects?.rows ?? 0}`,
    )
  return rejects
}

interface Verdict {
  readonly ordinal: number
  readonly rule: string
  readonly reason: string
}

async function* readVerdicts(
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
): AsyncGenerator<Verdict, undefined, undefined> {
  for await (const rows of chunks) {
    for (const [ordinal, text] of rows) {
      const [rule = '', ...reason] = String(text).split('\n')
      yield { ordinal: Number(ordinal), rule, reason: reason.join('\n') }
    }
  }
}

/** Walks the records of a file beside the verdicts, both in order. */
async function locate(
  file: SearchedFile,
  verdicts: AsyncGenerator<Verdict, undefined, undefined>,
  spool: RejectSpool,
): Promise<void> {
  let verdict = await verdicts.next()
  let ordinal = 0
  for await (const record of file.records()) {
    if (verdict.done === true) return
    ordinal += 1
    if (ordinal !== verdict.value.ordinal) continue
    await spool.add({
      rule: verdict.value.rule,
      reason: verdict.value.reason,
      source: file.path,
      line: record.number,
      offset: record.offset,
      original: originalText(record.bytes),
    })
    verdict = await verdicts.next()
  }
}
