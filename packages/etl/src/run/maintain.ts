import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import type { Lake, LakeTable } from '../lake/contract.ts'
import { planCompaction } from '../lake/maintain/compaction.ts'
import { carriedLedger } from './ledger.ts'

export interface CompactOptions {
  readonly lake: Lake
  readonly engine: Engine
  readonly scratch: string
  readonly targetFileBytes: number
  readonly signal?: AbortSignal
}

export interface CompactReport {
  readonly table: string
  readonly filesBefore: number
  readonly filesAfter: number
}

/**
 * Rewrites the small files of a table into few large ones, partition by partition, in one commit that changes no row.
 * Progress recorded in the table's snapshot is carried over.
 */
export async function compact(table: LakeTable, options: CompactOptions): Promise<CompactReport> {
  const { lake, engine } = options
  const groups = await planCompaction(table, { targetFileBytes: options.targetFileBytes })
  const filesBefore = groups.reduce((n, g) => n + g.files.length, 0)
  if (groups.length === 0) return { table: table.name, filesBefore: 0, filesAfter: 0 }
  const tx = await lake.begin({ base: [table], dataFiles: 'exists' })
  const scratch = path.join(options.scratch, `compact-${table.name}`)
  await mkdir(scratch, { recursive: true })
  try {
    const schema = table.schema.map(({ name, type, nullable }) => ({ name, type, nullable }))
    const old = groups.flatMap((g) => g.files)
    const result = await engine.materialise({
      plan: { kind: 'scan', input: table.name, schema },
      inputs: new Map([[table.name, { kind: 'lake', files: old, schema: table.schema }]]),
      primary: table.name,
      schema: table.schema,
      partition: table.partition,
      folder: await lake.newDataFolder(table.name),
      rejectFolder: path.join(scratch, 'rejects'),
      scratch,
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
    return { table: table.name, filesBefore, filesAfter: result.files.length }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
