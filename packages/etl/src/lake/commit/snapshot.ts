import { randomBytes, randomUUID } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import type { DataFile } from '../contract.ts'
import type { ManifestEntry } from '../format/manifest.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import { printManifestList } from '../format/manifest-list.ts'
import type { Metadata, MetadataSnapshot, SnapshotId } from '../format/metadata.ts'
import { snapshotById } from '../format/metadata.ts'
import { rowsOf, rowsOfKey } from '../read/rows-of.ts'
import { readEntries, readManifests, specReader } from '../read/scan.ts'
import type { FileStore } from '../store/contract.ts'
import { withRef } from './edit.ts'
import type { ManifestContext } from './manifest-writer.ts'
import { writeManifests } from './manifest-writer.ts'
import { mergeManifests } from './merge.ts'
import type { SnapshotChange } from './snapshot-change.ts'
import { summarise } from './summary.ts'

/**
 * Writes the manifests and manifest list of a new snapshot on top of a branch and returns the metadata that includes it.
 * Added files carry their statistics; `written` receives the paths of the files written. Fails with `lake.missing-file` when a removed path is not live, and with
 * `lake.invalid` for files that do not fit the table.
 */
export async function addSnapshot(
  metadata: Metadata,
  change: SnapshotChange,
  written: string[],
  store: FileStore,
): Promise<Metadata> {
  const head = metadata.refs[change.branch] ?? metadata.refs['main']
  if (head !== undefined && head.type !== 'branch') {
    throw new EtlError('lake.invalid', `'${change.branch}' is a tag; only branches take new snapshots`)
  }
  const parent = snapshotById(metadata, head?.['snapshot-id'])
  const sequenceNumber = metadata['last-sequence-number'] + 1
  const snapshotId = newSnapshotId(metadata)
  const context: ManifestContext = { metadata, snapshotId, sequenceNumber, written, store }
  checkAdded(metadata, change.added)
  const kept = await keepManifests(parent, change, context)
  const fresh = await writeAdded(change.added, context)
  const manifests = await mergeManifests([...fresh, ...kept.manifests], context)
  const timestampMs = Math.max(Date.now(), metadata['last-updated-ms'])
  const snapshot: MetadataSnapshot = {
    'snapshot-id': context.snapshotId,
    ...(parent !== undefined && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': timestampMs,
    summary: {
      ...summarise(change, kept.removed, parent, manifests),
      ...(change.operation === 'replace' && parent && { [rowsOfKey]: String(rowsOf(metadata, parent)) }),
    },
    'manifest-list': await writeManifestList(manifests, parent, context),
    'schema-id': metadata['current-schema-id'],
  }
  const grown: Metadata = {
    ...metadata,
    'last-sequence-number': sequenceNumber,
    'last-updated-ms': timestampMs,
    snapshots: [...metadata.snapshots, snapshot],
  }
  return withRef(grown, change.branch, context.snapshotId, 'branch', timestampMs)
}

/** 52 random bits: unique in a table, and exact in readers that keep JSON numbers as doubles. */
function newSnapshotId(metadata: Metadata): SnapshotId {
  for (;;) {
    const id = BigInt(`0x${randomBytes(8).toString('hex')}`) >> 12n
    if (id > 0n && snapshotById(metadata, id) === undefined) return id
  }
}

function checkAdded(metadata: Metadata, added: readonly DataFile[]): void {
  const specOf = specReader(metadata)
  const seen = new Set<string>()
  for (const file of added) {
    const spec = specOf(file.specId ?? metadata['default-spec-id'])
    if (file.partition.length !== spec.length) {
      throw new EtlError(
        'lake.invalid',
        `${file.path} has ${file.partition.length} partition values, expected ${spec.length}`,
      )
    }
    if (seen.has(file.path)) throw new EtlError('lake.invalid', `${file.path} is added twice`)
    seen.add(file.path)
  }
}

async function writeAdded(
  added: readonly DataFile[],
  context: ManifestContext,
): Promise<readonly ManifestFile[]> {
  const manifests: ManifestFile[] = []
  const bySpec = Map.groupBy(added, (file) => file.specId ?? context.metadata['default-spec-id'])
  for (const [specId, files] of bySpec) {
    const entries = files.map((file): ManifestEntry => ({
      status: 'added',
      snapshotId: context.snapshotId,
      sequenceNumber: undefined,
      fileSequenceNumber: undefined,
      file: {
        content: 0,
        location: context.store.toLocation(file.path),
        format: 'PARQUET',
        partition: file.partition,
        rows: file.rows,
        bytes: file.bytes,
        stats: file.stats,
        splitOffsets: file.splitOffsets,
      },
    }))
    manifests.push(...(await writeManifests(entries, specId, context)))
  }
  return manifests
}

interface Kept {
  readonly manifests: readonly ManifestFile[]
  readonly removed: readonly ManifestEntry[]
}

/** Carries the parent's manifests over; those that hold a removed file are rewritten with the removal recorded. */
async function keepManifests(
  parent: MetadataSnapshot | undefined,
  change: SnapshotChange,
  context: ManifestContext,
): Promise<Kept> {
  const all = parent === undefined ? [] : await readManifests(parent, context.store)
  const live = all.filter((m) => m.files.added + m.files.existing > 0)
  const { removed } = change
  if (removed !== 'all' && removed.length === 0) return { manifests: live, removed: [] }
  const missing = new Set(removed === 'all' ? [] : removed)
  const gone = (entry: ManifestEntry): boolean =>
    removed === 'all' || missing.delete(context.store.toPath(entry.file.location))
  const specOf = specReader(context.metadata)
  const [manifests, entriesRemoved]: [ManifestFile[], ManifestEntry[]] = [[], []]
  for (const manifest of live) {
    const entries = await readEntries(manifest, specOf(manifest.specId), 'all', context.store)
    const rewritten = entries
      .filter((e) => e.status !== 'deleted')
      .map((e): ManifestEntry =>
        gone(e) ? { ...e, status: 'deleted', snapshotId: context.snapshotId } : { ...e, status: 'existing' },
      )
    const deleted = rewritten.filter((e) => e.status === 'deleted')
    entriesRemoved.push(...deleted)
    if (deleted.length === 0) manifests.push(manifest)
    else manifests.push(...(await writeManifests(rewritten, manifest.specId, context)))
  }
  if (missing.size > 0) {
    const [first] = missing
    throw new EtlError(
      'lake.missing-file',
      `${first} (and ${missing.size - 1} more) is not a live file of the table`,
    )
  }
  return { manifests, removed: entriesRemoved }
}

async function writeManifestList(
  manifests: readonly ManifestFile[],
  parent: MetadataSnapshot | undefined,
  context: ManifestContext,
): Promise<string> {
  const { metadata, snapshotId, sequenceNumber, store } = context
  const path = `${store.toPath(metadata.location)}/metadata/snap-${snapshotId}-0-${randomUUID()}.avro`
  const snapshot = { id: snapshotId, parentId: parent?.['snapshot-id'], sequenceNumber }
  await store.write(path, printManifestList(manifests, snapshot))
  context.written.push(path)
  return store.toLocation(path)
}
