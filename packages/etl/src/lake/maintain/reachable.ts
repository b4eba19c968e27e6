import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { readManifestList } from '../format/manifest-list.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import { readEntries, specReader } from '../read/scan.ts'
import type { FileStore } from '../store/contract.ts'
import { mapLimited } from '../../base/map-limited.ts'

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
  store: FileStore,
): Promise<Reachable> {
  const lists = new Set(snapshots.map((s) => store.toPath(s['manifest-list'])))
  const manifests = new Map<string, ManifestFile>()
  await mapLimited([...lists], readsAtOnce, async (path) => {
    for (const manifest of readManifestList(await store.read(path), path)) {
      manifests.set(store.toPath(manifest.location), manifest)
    }
  })
  const specOf = specReader(metadata)
  const files = new Set<string>()
  await mapLimited([...manifests.values()], readsAtOnce, async (manifest) => {
    for (const entry of await readEntries(manifest, specOf(manifest.specId), 'files', store)) {
      if (entry.status !== 'deleted') files.add(store.toPath(entry.file.location))
    }
  })
  return { lists, manifests: new Set(manifests.keys()), files }
}

/** All paths of a reach in one set. */
export function allPaths(reach: Reachable): Set<string> {
  return new Set([...reach.lists, ...reach.manifests, ...reach.files])
}
