import type { Metadata, MetadataSnapshot, SnapshotId } from '../format/metadata.ts'
import { snapshotById } from '../format/metadata.ts'

/** The summary key by which a compaction says whose rows it keeps, also when that snapshot has been forgotten. */
export const rowsOfKey = 'securecart.rows-of'

/** The snapshot whose rows a compaction keeps, as it says itself. */
export function keptRowsOf(snapshot: MetadataSnapshot): SnapshotId | undefined {
  const said = snapshot.summary.operation === 'replace' ? snapshot.summary[rowsOfKey] : undefined
  return said === undefined ? undefined : BigInt(said)
}

/** The snapshot whose rows a snapshot holds: itself, or the one below the compactions it stands on. */
export function rowsOf(metadata: Metadata, snapshot: MetadataSnapshot): SnapshotId {
  let at = snapshot
  while (at.summary.operation === 'replace') {
    const said = keptRowsOf(at)
    if (said !== undefined) return said
    const parent = snapshotById(metadata, at['parent-snapshot-id'])
    if (parent === undefined) break
    at = parent
  }
  return at['snapshot-id']
}
