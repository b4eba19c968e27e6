import { readFile } from 'node:fs/promises'
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
import { mapLimited } from '../store/durable-file.ts'
import { toPath } from '../store/location.ts'
import { bindFilters, manifestMayMatch, partitionTest, statsMayMatch } from './prune.ts'

const readsAtOnce = 16

/** Reads a snapshot's manifests, data only. Fails with `lake.unsupported` when rows are removed by delete files. */
export async function readManifests(snapshot: MetadataSnapshot): Promise<readonly ManifestFile[]> {
  const location = snapshot['manifest-list']
  const manifests = readManifestList(await readLake(location), location)
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

/**
 * Reads a file of the lake whole. Fails with `lake.corrupt` when it is missing, to be tried again: maintenance beside a
 * reader may have expired the snapshot that it had just looked up.
 */
export async function readLake(location: string): Promise<Buffer> {
  try {
    return await readFile(toPath(location))
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EtlError('lake.corrupt', `${location} could not be read`, {
      cause,
      retry: isMissing ? 'transient' : 'never',
    })
  }
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
): Promise<readonly ManifestEntry[]> {
  const entries = readManifest(await readLake(manifest.location), manifest.location, spec, detail)
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
): Promise<readonly DataFile[]> {
  const bound = bindFilters(filters, schema)
  const specOf = specReader(metadata)
  const testOf = new Map<number, ReturnType<typeof partitionTest>>()
  const manifests = (await readManifests(snapshot)).filter(
    (m) => m.files.added + m.files.existing > 0 && manifestMayMatch(bound, specOf(m.specId), m.partitions),
  )
  const parts = await mapLimited(manifests, readsAtOnce, async (manifest) => {
    const spec = specOf(manifest.specId)
    const byPartition = testOf.get(manifest.specId) ?? partitionTest(bound, spec)
    testOf.set(manifest.specId, byPartition)
    const decided = bound.every((f) =>
      spec.some((s) => s.sourceId === f.fieldId && s.transform?.kind === 'identity'),
    )
    const entries = await readEntries(manifest, spec, decided ? 'files' : 'bounds')
    return entries
      .filter((e) => e.status !== 'deleted' && byPartition(e.file.partition))
      .filter((e) => e.file.stats === undefined || statsMayMatch(bound, e.file.stats))
      .map((e) => toDataFile(e, manifest.specId))
  })
  return parts.flat()
}

/** Converts an entry to what engines read; statistics, which may be decoded in part, are left out. */
export function toDataFile(entry: ManifestEntry, specId: number): DataFile {
  const { file } = entry
  return {
    path: toPath(file.location),
    rows: file.rows,
    bytes: file.bytes,
    partition: file.partition,
    specId,
    ...(file.splitOffsets !== undefined && { splitOffsets: file.splitOffsets }),
  }
}
