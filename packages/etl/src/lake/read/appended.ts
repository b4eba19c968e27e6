import type { DataFile } from '../contract.ts'
import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { snapshotById } from '../format/metadata.ts'
import type { FileStore } from '../store/contract.ts'
import { keptRowsOf } from './rows-of.ts'
import { readEntries, readManifests, specReader, toDataFile } from './scan.ts'

/**
 * Lists the files that appends after snapshot `from` added, oldest first; undefined when the span is not known to be
 * appends only. Compactions in between change no row and are passed over; a snapshot that only removed or rewrote rows
 * ends the span.
 */
export async function appendedSince(
  metadata: Metadata,
  from: bigint,
  store: FileStore,
): Promise<readonly DataFile[] | undefined> {
  const span = spanSince(metadata, from)
  if (span === undefined) return undefined
  const specOf = specReader(metadata)
  const files: DataFile[] = []
  for (const snapshot of span.filter((s) => s.summary.operation === 'append')) {
    const id = snapshot['snapshot-id']
    for (const manifest of await readManifests(snapshot, store)) {
      if (manifest.addedSnapshotId !== id || manifest.files.added === 0) continue
      const entries = await readEntries(manifest, specOf(manifest.specId), 'files', store)
      const added = entries.filter((e) => e.status === 'added' && e.snapshotId === id)
      files.push(...added.map((e) => toDataFile(e, manifest.specId, store)))
    }
  }
  return files
}

function spanSince(metadata: Metadata, from: bigint): readonly MetadataSnapshot[] | undefined {
  const span: MetadataSnapshot[] = []
  let id = metadata['current-snapshot-id']
  // `from` itself may have expired: its child still names it, and so does a compaction of its rows.
  while (id !== from) {
    const at = snapshotById(metadata, id)
    if (at === undefined) return undefined
    if (keptRowsOf(at) === from) break
    if (at.summary.operation !== 'append' && at.summary.operation !== 'replace') return undefined
    span.push(at)
    id = at['parent-snapshot-id']
  }
  return span.toReversed()
}
