import { EtlError } from '../../base/errors.ts'
import type { IdField } from '../../engine/contract.ts'
import type { DataFile, FileFilter } from '../contract.ts'
import type { Detail, ManifestEntry } from '../format/manifest.ts'
import { readManifest } from '../format/manifest.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import { readManifestList } from '../format/manifest-list.ts'
import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { bindSpec } from '../format/partition-spec.ts'
import type { BoundField } from '../format/partition-spec.ts'
import type { FileStore } from '../store/contract.ts'
import { mapLimited } from '../../base/map-limited.ts'
import { bindFilters, manifestMayMatch, partitionTest, statsMayMatch } from './prune.ts'

const readsAtOnce = 16

/** Reads a snapshot's manifests, data only. Fails with `lake.unsupported` when rows are removed by delete files. */
export async function readManifests(
  snapshot: MetadataSnapshot,
  store: FileStore,
): Promise<readonly ManifestFile[]> {
  const location = snapshot['manifest-list']
  const manifests = readManifestList(await store.read(location), location)
  const deletes = manifests.find((m) => m.content !== 0 && m.files.added + m.files.existing > 0)
  if (deletes !== undefined) {
    throw new EtlError(
      'lake.unsupported',
      `snapshot ${snapshot['snapshot-id']} removes rows by delete files, which another engine wrote`,
      { hint: 'compact the table with the engine that wrote it, for instance Spark rewrite_data_files' },
    )
  }
  return manifests.filter((m) => m.content === 0)
}

/** Resolves the specs of a table once each. */
export function specReader(metadata: Metadata): (specId: number) => readonly BoundField[] {
  const known = new Map<number, readonly BoundField[]>()
  return (specId) => {
    const spec = known.get(specId) ?? bindSpec(metadata, specId)
    known.set(specId, spec)
    return spec
  }
}

/** Reads a manifest's entries, with snapshot ids and sequence numbers inherited (specification, "Sequence Number Inheritance"). */
export async function readEntries(
  manifest: ManifestFile,
  spec: readonly BoundField[],
  detail: Detail,
  store: FileStore,
): Promise<readonly ManifestEntry[]> {
  const entries = readManifest(await store.read(manifest.location), manifest.location, spec, detail)
  return entries.map((entry) => {
    const fresh = entry.status === 'added' ? manifest.sequenceNumber : 0
    return {
      ...entry,
      snapshotId: entry.snapshotId ?? manifest.addedSnapshotId,
      sequenceNumber: entry.sequenceNumber ?? fresh,
      fileSequenceNumber: entry.fileSequenceNumber ?? fresh,
    }
  })
}

/** Lists the live files of a snapshot that may hold matching rows, in manifest order. */
export async function scanSnapshot(
  metadata: Metadata,
  snapshot: MetadataSnapshot,
  schema: readonly IdField[],
  filters: readonly FileFilter[],
  store: FileStore,
): Promise<readonly DataFile[]> {
  const bound = bindFilters(filters, schema)
  const specOf = specReader(metadata)
  const testOf = new Map<number, ReturnType<typeof partitionTest>>()
  const manifests = (await readManifests(snapshot, store)).filter(
    (m) => m.files.added + m.files.existing > 0 && manifestMayMatch(bound, specOf(m.specId), m.partitions),
  )
  const parts = await mapLimited(manifests, readsAtOnce, async (manifest) => {
    const spec = specOf(manifest.specId)
    const byPartition = testOf.get(manifest.specId) ?? partitionTest(bound, spec)
    testOf.set(manifest.specId, byPartition)
    const decided = bound.every((f) =>
      spec.some((s) => s.sourceId === f.fieldId && s.transform?.kind === 'identity'),
    )
    const entries = await readEntries(manifest, spec, decided ? 'files' : 'bounds', store)
    return entries
      .filter((e) => e.status !== 'deleted' && byPartition(e.file.partition))
      .filter((e) => e.file.stats === undefined || statsMayMatch(bound, e.file.stats))
      .map((e) => toDataFile(e, manifest.specId, store))
  })
  return parts.flat()
}

/** Converts an entry to what engines read; statistics, which may be decoded in part, are left out. */
export function toDataFile(entry: ManifestEntry, specId: number, store: FileStore): DataFile {
  const { file } = entry
  return {
    path: store.toPath(file.location),
    rows: file.rows,
    bytes: file.bytes,
    partition: file.partition,
    specId,
    ...(file.splitOffsets !== undefined && { splitOffsets: file.splitOffsets }),
  }
}
