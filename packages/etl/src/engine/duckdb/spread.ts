import { rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { quoteText } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import type { Lowering } from './booking.ts'
import type { Relation } from './relation.ts'
import { pathList } from './file-path.ts'
import { printLakeScan } from './scan-lake.ts'
import { fromScanNames, toScanNames } from './scan-name.ts'
import type { Session } from './session.ts'

/** Rows that belong together, in scratch files of their own. */
export interface Bucket {
  /** A SELECT of exactly the columns that were spread. */
  readonly sql: string
  readonly rows: number
  readonly files: readonly string[]
}

/** The options of a COPY into scratch files. */
export const scratchParquet = (session: Session): string =>
  `FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE_BYTES ${session.rowGroupBytes}`

const namesOf = (schema: Schema): string[] => schema.map((f) => f.name)

/**
 * Writes rows into so many scratch buckets. `by` prints a bucket's number, 0 to `count` - 1, over the columns of `sql`;
 * rows that must meet have the same number. Later statements then see one bucket at a time, with its exact size.
 */
export async function spread(
  sql: string,
  schema: Schema,
  by: string,
  count: number,
  l: Lowering,
): Promise<readonly Bucket[]> {
  const folder = path.join(l.request.scratch, `spread-${++l.stages}`)
  const names = namesOf(schema)
  const numbered = toScanNames(`SELECT *, ${by} AS "__bucket" FROM (${sql})`, [...names, '__bucket'])
  const written = await l.session.rows(
    `COPY (${numbered}) TO ${quoteText(folder)} (${scratchParquet(l.session)}, PARTITION_BY ("__bucket"), FILENAME_PATTERN 'part-{uuid}', RETURN_STATS)`,
    'spreading rows',
  )
  const found = Array.from({ length: count }, () => ({ rows: 0, files: [] as string[] }))
  for (const [file, rows] of written) {
    const bucket = found[Number(/__bucket=(\d+)\//.exec(String(file))?.[1])]
    if (bucket === undefined) throw new EtlError('bug.unreachable', `no bucket has the file ${String(file)}`)
    bucket.files.push(String(file))
    bucket.rows += Number(rows)
  }
  return found.map((b) => ({ ...b, sql: b.files.length === 0 ? empty(schema) : printBucket(names, b.files) }))
}

const empty = (schema: Schema): string =>
  printLakeScan(
    [],
    schema.map((f, i) => ({ ...f, id: i + 1 })),
  )

const printBucket = (names: readonly string[], files: readonly string[]): string =>
  `SELECT ${fromScanNames(names)} FROM read_parquet(${pathList(files)}, hive_partitioning = false)`

/** Removes a bucket that nothing reads any more. */
export async function discard(bucket: Bucket): Promise<void> {
  for (const file of bucket.files) await rm(file)
}

/** One bucket's share of a result. */
export interface Share {
  readonly select: string
  /** The buckets that the share was made of, to be removed. */
  readonly of: readonly Bucket[]
  /** Called before the share is computed. */
  readonly ready?: () => Promise<void>
  /** Called with the rows of the share and a SELECT of them, while its buckets are still there. */
  readonly done?: (rows: number, sql: string) => Promise<void>
}

/** Computes a result bucket by bucket, each share into a scratch file, so that only one is in memory at a time. */
export async function gather(
  shares: readonly Share[],
  schema: Schema,
  l: Lowering,
  doing: string,
): Promise<Relation> {
  const stage = ++l.stages
  const names = namesOf(schema)
  const files: string[] = []
  let rows = 0
  for (const [i, share] of shares.entries()) {
    const file = path.join(l.request.scratch, `gather-${stage}-${i}.parquet`)
    await share.ready?.()
    const written = await l.session.count(
      `COPY (${toScanNames(share.select, names)}) TO ${quoteText(file)} (${scratchParquet(l.session)})`,
      doing,
    )
    files.push(file)
    rows += written
    await share.done?.(written, printBucket(names, [file]))
    for (const bucket of share.of) await discard(bucket)
  }
  return { schema, sql: printBucket(names, files), rows, pending: [] }
}
