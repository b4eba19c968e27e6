import type { ManifestFile } from '../format/manifest-list.ts'
import { readEntries, specReader } from '../read/scan.ts'
import type { ManifestContext } from './manifest-writer.ts'
import { writeManifests } from './manifest-writer.ts'

/** How many manifests a snapshot may have before small ones are merged, and what is small. */
const [mostManifests, smallEntries] = [100, 500]

/**
 * Merges small manifests once a snapshot has many, so that planning stays fast: each is rewritten about once per hundred
 * appends. Entries keep their snapshot ids and sequence numbers.
 */
export async function mergeManifests(
  manifests: readonly ManifestFile[],
  context: ManifestContext,
): Promise<readonly ManifestFile[]> {
  if (manifests.length <= mostManifests) return manifests
  const small = (m: ManifestFile): boolean => m.files.added + m.files.existing < smallEntries
  const merged: ManifestFile[] = manifests.filter((m) => !small(m))
  const specOf = specReader(context.metadata)
  for (const [specId, group] of Map.groupBy(manifests.filter(small), (m) => m.specId)) {
    if (group.length < 2) {
      merged.push(...group)
      continue
    }
    const entries = []
    for (const manifest of group) {
      for (const entry of await readEntries(manifest, specOf(specId), 'all', context.store)) {
        if (entry.snapshotId === context.snapshotId) {
          entries.push(
            entry.status === 'added'
              ? { ...entry, sequenceNumber: undefined, fileSequenceNumber: undefined }
              : entry,
          )
        } else if (entry.status !== 'deleted') entries.push({ ...entry, status: 'existing' as const })
      }
    }
    merged.push(...(await writeManifests(entries, specId, context)))
  }
  return merged
}
