import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import type { Lake, LakeTable } from '../lake/contract.ts'
import {
  expireSnapshots,
  type FolderLake,
  planCompaction,
  removeOrphans,
  removeUnpublished,
} from '../lake/index.ts'
import { holding } from './holding.ts'
import { carriedLedger } from './ledger.ts'
import { rejectedName } from './placement.ts'
import { retried } from './retry.ts'
import { openScratch } from '../base/scratch.ts'

export interface CompactOptions {
  readonly engine: Engine
  /** Absolute folder for scratch files. */
  readonly scratch: string
  readonly targetFileBytes: number
  readonly signal?: AbortSignal
}

export interface MaintainOptions extends CompactOptions {
  /** Snapshots older than this are forgotten, but for the newest `keep`. */
  readonly olderThanMs: number
  /** At least 1. */
  readonly keep: number
  /** Files that nothing reaches are removed once they are older than this. */
  readonly orphansOlderThanMs: number
}

export interface MaintainReport {
  readonly table: string
  readonly compactedFiles: number
  readonly intoFiles: number
  readonly expiredSnapshots: number
  readonly removedFiles: number
}

/**
 * Compacts small files of a table, forgets old snapshots and removes what nothing reaches. Rows and recorded progress
 * stay as they are. A step is repeated when another process changed the table meanwhile.
 *
 * Fails with `lake.unknown-table`, `lake.conflict`.
 */
export async function maintain(
  lake: FolderLake,
  name: string,
  options: MaintainOptions,
): Promise<MaintainReport> {
  const { signal, olderThanMs, keep } = options
  const again = signal ? { signal } : {}
  const compacted = await retried(async () => {
    const table = await lake.load(name)
    if (table === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
    return compact(table, lake, options)
  }, again)
  const expired = await retried(() => expireSnapshots(lake, name, { olderThanMs, retainLast: keep }), again)
  const orphans = await retried(
    () => removeOrphans(lake, name, { olderThanMs: options.orphansOlderThanMs }),
    again,
  )
  const unpublished = await removeUnpublished(lake, rejectedName(name), {
    olderThanMs: options.orphansOlderThanMs,
  })
  return {
    table: name,
    compactedFiles: compacted.before,
    intoFiles: compacted.after,
    expiredSnapshots: expired.snapshots.length,
    removedFiles: expired.removedFiles + orphans.length + unpublished.length,
  }
}

/**
 * Rewrites the small files of a table into few large ones, partition by partition, in one commit that changes no row.
 * Progress recorded in the table's snapshot is carried over.
 */
async function compact(
  table: LakeTable,
  lake: Lake,
  options: CompactOptions,
): Promise<{ readonly before: number; readonly after: number }> {
  const groups = await planCompaction(table, { targetFileBytes: options.targetFileBytes })
  const old = groups.flatMap((g) => g.files)
  if (old.length === 0) return { before: 0, after: 0 }
  const tx = await lake.begin({ base: [table], tables: [] })
  await using scratch = await openScratch(options.scratch)
  const schema = table.schema.map(({ name, type, nullable }) => ({ name, type, nullable }))
  const result = await holding(options.engine, lake).materialise({
    plan: { kind: 'scan', input: table.name, schema },
    inputs: new Map([[table.name, { kind: 'lake', files: old, schema: table.schema }]]),
    primary: table.name,
    schema: table.schema,
    partition: table.partition,
    folder: await lake.newDataFolder(table.name),
    rejectFolder: path.join(scratch.folder, 'rejects'),
    scratch: scratch.folder,
    functions: new Map(),
    targetFileBytes: options.targetFileBytes,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  if (result.counts.read !== result.counts.written) {
    throw new EtlError(
      'bug.unreachable',
      `compaction of ${table.name} read ${result.counts.read} rows and wrote ${result.counts.written}`,
    )
  }
  tx.overwrite(table.name, { removed: old.map((f) => f.path), files: result.files }, carriedLedger(table), {
    operation: 'replace',
  })
  await tx.commit()
  return { before: old.length, after: result.files.length }
}
