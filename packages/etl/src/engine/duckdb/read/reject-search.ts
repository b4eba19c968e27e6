import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import type { OpenedRejects, ReadContext } from './contract.ts'
import { openRejectSpool, type RejectSpool } from './reject-file.ts'
import type { RecordedFile, RejectRecorder } from './reject-recorder.ts'
import { originalText, type SourceLine } from './source-bytes.ts'

/** One file whose rejected records are looked for. */
export interface SearchedFile {
  /** What rejects name as their source. */
  readonly path: string
  /** The name under which the reader's statement knows the file. */
  readonly staged: string
  /**
   * A SELECT of `n`, the ordinal of a rejected record among all records of the file, and `reason`: the rule, a line feed
   * and the reason; in rising order of `n`, as one thread gives them that keeps the order of records.
   */
  readonly sql: string
  /** The same for unreadable records only, which have no text; undefined when every record has one. */
  readonly unreadableSql: string | undefined
  /** Makes functions that `sql` needs known to another connection. */
  readonly prepare?: (connection: DuckDBConnection) => void
  /** All records of the file in order, with positions. */
  records(): AsyncIterable<SourceLine>
  /** Records in order, at least those with one of the texts, and all unlike rows. */
  candidates(texts: Iterable<string>): AsyncIterable<SourceLine>
  /** The text by which the reader's statement knows a record, as the Latin-1 reading of its bytes. */
  textOf(record: SourceLine): string
  /** Whether a record with this text is unreadable if it was not recorded. */
  isUnlikeRows(text: string): boolean
}

/** What is looked for, and where it goes. */
export interface RejectSearch {
  readonly files: readonly SearchedFile[]
  readonly recorder: RejectRecorder
  /** How many rejects there are. */
  readonly expected: number
  readonly context: ReadContext
}

/**
 * Finds rejected records again with their positions and original bytes.
 *
 * Records with the recorded texts are looked for at memory speed; equal records are equally bad. Unreadable records have
 * no text: most show it by their first or last byte, for others DuckDB counts them out. Beyond the recorder's bounds
 * every record is judged a second time. Fails with `bug.unreachable` when the number of rejects is not `expected`.
 */
export async function searchRejects(search: RejectSearch): Promise<OpenedRejects | undefined> {
  const recorded = search.recorder.recorded()
  const spool = openRejectSpool(search.context.scratch, randomUUID())
  const found =
    recorded === undefined
      ? await judgeAgain(
          search.files,
          (f) => f.sql,
          search.context,
          (f, r, v) => add(spool, f, r, v),
        )
      : await matchRecorded(search, recorded, spool)
  const rejects = await spool.close()
  if (found !== search.expected)
    throw new EtlError(
      'bug.unreachable',
      `a run rejected ${search.expected} records, the search found ${found}`,
    )
  return rejects
}

/** Spools the records with recorded texts, then, if some are missing, the unreadable ones by their ordinals. */
async function matchRecorded(
  { files, expected, context }: RejectSearch,
  recorded: ReadonlyMap<string, RecordedFile>,
  spool: RejectSpool,
): Promise<number> {
  let found = 0
  const hidden: SearchedFile[] = []
  for (const file of files) {
    context.signal?.throwIfAborted()
    const known = recorded.get(file.staged)
    if (known === undefined) continue
    let unreadable = 0
    for await (const record of file.candidates(known.reasons.keys())) {
      const text = file.textOf(record)
      const verdict = known.reasons.get(text)
      if (verdict === undefined && !(known.unreadable > 0 && file.isUnlikeRows(text))) continue
      if (verdict === undefined) unreadable += 1
      await add(spool, file, record, verdict ?? known.unreadableReason)
      found += 1
    }
    if (unreadable < known.unreadable) hidden.push(file)
  }
  if (found === expected || hidden.length === 0) return found
  const rest = await judgeAgain(
    hidden,
    (f) => f.unreadableSql ?? f.sql,
    context,
    async (file, record, verdict) => {
      if (file.isUnlikeRows(file.textOf(record))) return false
      return add(spool, file, record, verdict)
    },
  )
  return found + rest
}

async function add(
  spool: RejectSpool,
  file: SearchedFile,
  record: SourceLine,
  verdict: string,
): Promise<boolean> {
  const [rule = '', ...reason] = verdict.split('\n')
  await spool.add({
    rule,
    reason: reason.join('\n'),
    source: file.path,
    line: record.number,
    offset: record.offset,
    original: originalText(record.bytes),
  })
  return true
}

/** Takes a record that was found with its verdict; says whether it counts. */
type Take = (file: SearchedFile, record: SourceLine, verdict: string) => Promise<boolean>

/** It comes on top of the session's limit: the reader of lines asks for one block of 256 MiB. Results stream. */
const judgeMemory = '512MB'

/**
 * Judges the records of files in order, on a small instance of its own, since the session of the run may not keep their
 * order. Gives the number of those that were taken.
 */
async function judgeAgain(
  files: readonly SearchedFile[],
  sqlOf: (file: SearchedFile) => string,
  context: ReadContext,
  take: Take,
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: judgeMemory,
    temp_directory: path.join(context.scratch, `judge-${randomUUID()}`),
  })
  const connection = await instance.connect()
  let taken = 0
  try {
    await connection.run("SET TimeZone = 'UTC'")
    files[0]?.prepare?.(connection)
    for (const file of files) {
      context.signal?.throwIfAborted()
      const result = await connection.stream(sqlOf(file))
      taken += await locate(file, readVerdicts(result.yieldRows()), take)
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return taken
}

interface Verdict {
  readonly ordinal: number
  readonly text: string
}

async function* readVerdicts(
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
): AsyncGenerator<Verdict, undefined, undefined> {
  for await (const rows of chunks) {
    for (const [ordinal, text] of rows) yield { ordinal: Number(ordinal), text: String(text) }
  }
}

/** Walks the records of a file beside the verdicts, both in order. */
async function locate(
  file: SearchedFile,
  verdicts: AsyncGenerator<Verdict, undefined, undefined>,
  take: Take,
): Promise<number> {
  let verdict = await verdicts.next()
  let ordinal = 0
  let taken = 0
  for await (const record of file.records()) {
    if (verdict.done === true) break
    ordinal += 1
    if (ordinal !== verdict.value.ordinal) continue
    if (await take(file, record, verdict.value.text)) taken += 1
    verdict = await verdicts.next()
  }
  return taken
}
