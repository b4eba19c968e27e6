import { EtlError } from '../../base/errors.ts'
import type { BeginOptions } from '../contract.ts'
import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { snapshotById } from '../format/metadata.ts'
import type { FolderLake } from '../open.ts'
import { tableOf } from '../read/table.ts'
import { allPaths, reachableFrom } from './reachable.ts'
import { removeFiles } from './remove-files.ts'

export interface ExpireOptions {
  /** Snapshots made before this many milliseconds ago may go. */
  readonly olderThanMs: number
  /** How many of the newest snapshots of every branch stay whatever their age; at least 1. */
  readonly retainLast: number
  readonly epoch?: BeginOptions['epoch']
}

export interface Expired {
  readonly snapshots: readonly bigint[]
  readonly removedFiles: number
}

/**
 * Forgets old snapshots and removes the files that no remaining snapshot reaches. The heads of all branches and tags
 * stay, as do the newest `retainLast` ancestors of every branch. The metadata without the snapshots is published before
 * any file is removed; after a crash in between, the files are orphans.
 *
 * Fails with `lake.unknown-table`, `lake.conflict`, `lake.fenced`.
 */
export async function expireSnapshots(
  lake: FolderLake,
  name: string,
  options: ExpireOptions,
): Promise<Expired> {
  const { store } = lake
  const before = await lake.metadata(name)
  if (before === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
  const old = expirable(before.metadata, options)
  const snapshots = old.map((s) => s['snapshot-id'])
  if (old.length === 0) return { snapshots, removedFiles: 0 }
  const kept = before.metadata.snapshots.filter((s) => !old.includes(s))
  const needed = allPaths(await reachableFrom(before.metadata, kept, store))
  const candidates = allPaths(await reachableFrom(before.metadata, old, store))
  const base = [tableOf(name, before.metadata, before.location, store)]
  const tx = await lake.begin({
    base,
    tables: [],
    ...(options.epoch !== undefined && { epoch: options.epoch }),
  })
  tx.forget(name, snapshots)
  await tx.commit()
  const after = await lake.metadata(name)
  // Another commit may have come since: then only a new look could prove files unneeded, and they wait as orphans.
  const isOurs = after?.metadata['metadata-log'].at(-1)?.['metadata-file'] === before.location
  if (after === undefined || !isOurs) return { snapshots, removedFiles: 0 }
  const folder = `${store.toPath(before.metadata.location)}/`
  const unneeded = [...candidates].filter((path) => !needed.has(path) && path.startsWith(folder))
  await removeFiles(lake, name, after.location, unneeded)
  return { snapshots, removedFiles: unneeded.length }
}

function expirable(metadata: Metadata, options: ExpireOptions): readonly MetadataSnapshot[] {
  const before = Date.now() - options.olderThanMs
  const kept = new Set<bigint>()
  for (const ref of Object.values(metadata.refs)) {
    const count = ref.type === 'branch' ? Math.max(1, options.retainLast) : 1
    let at = snapshotById(metadata, ref['snapshot-id'])
    for (let i = 0; at !== undefined && i < count; i++) {
      kept.add(at['snapshot-id'])
      at = snapshotById(metadata, at['parent-snapshot-id'])
    }
  }
  return metadata.snapshots.filter((s) => !kept.has(s['snapshot-id']) && s['timestamp-ms'] < before)
}
