import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FilesSource } from '../../packages/etl/src/connector/contract.ts'
import type { OpenedFiles, ReadContext } from '../../packages/etl/src/engine/duckdb/read/contract.ts'
import { rowsScanned } from '../../packages/etl/src/engine/duckdb/profile.ts'
import { openSession } from '../../packages/etl/src/engine/duckdb/session.ts'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import type { FileScan } from '../../packages/etl/src/plan/source.ts'

/** A reject as its table shows it. */
export interface SeenReject {
  readonly rule: string
  readonly reason: string
  readonly source: string
  readonly line: number
  readonly offset: number | null
  readonly original: string
}

/** What came of reading a source: rows in canonical text, and rejects by line. */
export interface SeenSource {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  /** How many rows there are, of which `rows` may be the first. */
  readonly total: number
  readonly rejects: readonly SeenReject[]
}

export type OpenSource = (scan: FileScan, context: ReadContext) => Promise<OpenedFiles>

/**
 * Reads files once as the engine does: the rows into a Parquet file by a profiled statement, then the rejects. Fails
 * unless the reader's count of rejects is the number of rejects it gives. At most `keep` rows are returned.
 */
export async function readSource(
  source: FilesSource,
  paths: readonly string[],
  open: OpenSource,
  keep = 100_000,
): Promise<SeenSource> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'read-source-'))
  const files = await Promise.all(
    paths.map(async (p) => {
      const { size, mtimeMs } = await stat(p)
      return { path: p, size, mtimeMs }
    }),
  )
  try {
    await using session = await openSession({
      memoryLimitBytes: 2 ** 30,
      threads: 2,
      scratch,
      allowed: { folders: [], files: [...paths] },
    })
    const opened = await open(
      { format: source.format, schema: source.schema, files },
      { connection: session.connection, scratch },
    )
    const out = quoteText(path.join(scratch, 'rows.parquet'))
    const { rows: counts, operators } = await session.profiled(
      `COPY (${opened.select}) TO ${out} (FORMAT parquet)`,
      'reading',
    )
    const good = Number(counts[0]?.[0] ?? 0)
    const rejected = await opened.finish({ scanned: rowsScanned(operators), good })
    const result = await session.connection.runAndReadAll(`SELECT * FROM read_parquet(${out}) LIMIT ${keep}`)
    const rejects =
      rejected === undefined
        ? []
        : await session.rows(
            `SELECT rule, reason, source, line, "offset", original FROM (${rejected.sql}) ORDER BY source, line`,
            'reading rejects',
          )
    if (rejects.length !== (rejected?.rows ?? 0)) {
      throw new Error(`${rejects.length} rejects were given, ${rejected?.rows} were promised`)
    }
    return {
      columns: result.columnNames(),
      rows: result.getRowsJson(),
      total: good,
      rejects: rejects.map(([rule, reason, from, line, offset, original]) => ({
        rule: String(rule),
        reason: String(reason),
        source: String(from),
        line: Number(line),
        offset: offset === null ? null : Number(offset),
        original: String(original),
      })),
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The folder of real input data beside the clone, or undefined. Continuous integration must have it. */
export async function realData(): Promise<string | undefined> {
  const folder = path.resolve(import.meta.dirname, '../../../shared/data')
  const found = await stat(folder).then(
    () => true,
    () => false,
  )
  if (!found && process.env['CI'] === 'true') throw new Error(`${folder} is missing`)
  return found ? folder : undefined
}
