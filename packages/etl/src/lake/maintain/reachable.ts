import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { readManifestList } from '../format/manifest-list.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import { readEntries, readLake, specReader } from '../read/scan.ts'
import { mapLimited } from '../store/durable-file.ts'
import { toPath } from '../store/location.ts'

/** The absolute paths that a set of snapshots reaches: manifest lists, manifests and live files of every kind. */
export interface Reachable {
  readonly lists: ReadonlySet<string>
  readonly manifests: ReadonlySet<string>
  readonly files: ReadonlySet<string>
}

const readsAtOnce = 16

/** Walks snapshots down to their files; a manifest that several share is read once. Fails with `lake.corrupt`. */
export async function reachableFrom(
  metadata: Metadata,
  snapshots: readonly MetadataSnapshot[],
): Promise<Reachable> {
  const lists = new Set(snapshots.map((s) => toPath(s['manifest-list'])))
  const manifests = new Map<string, ManifestFile>()
  await mapLimited([...lists], readsAtOnce, async (path) => {
    for (const manifest of readManifestList(await readLake(path), path)) {
      manifests.set(toPath(manifest.location), manifest)
    }
  })
  const specOf = specReader(metadata)
  const files = new Set<string>()
  await mapLimited([...manifests.values()], readsAtOnce, async (manifest) => {
    for (const entry of await readEntries(manifest, specOf(manifest.specId), 'files')) {
      if (entry.status !== 'deleted') files.add(toPath(entry.file.location))
    }
  })
  return { lists, manifests: new Set(manifests.keys()), files }
}

/** All paths of a reach in one set. */
export function allPaths(reach: Reachable): Set<string> {
  return new Set([...reach.lists, ...reach.manifests, ...reach.files])
}
