import { randomUUID } from 'node:crypto'
import type { ManifestEntry } from '../format/manifest.ts'
import { printManifest } from '../format/manifest.ts'
import { countEntries, summarise } from '../format/manifest-list.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import type { Metadata, SnapshotId } from '../format/metadata.ts'
import { currentSchema, specById } from '../format/metadata.ts'
import { bindSpec } from '../format/partition-spec.ts'
import type { BoundField } from '../format/partition-spec.ts'
import { compareValues, parseValue } from '../format/value.ts'
import type { Value } from '../format/value.ts'
import type { FileStore } from '../store/contract.ts'

/** What a snapshot's manifests are written under. */
export interface ManifestContext {
  readonly metadata: Metadata
  readonly snapshotId: SnapshotId
  readonly sequenceNumber: number
  /** Receives the absolute path of every file written. */
  readonly written: string[]
  readonly store: FileStore
}

/** Entries after which a manifest ends at the next partition, and at any place. */
const [softEntries, hardEntries] = [1_000, 4_000]

/**
 * Writes entries of one spec as manifests, ordered by partition and cut between partitions, so that readers can skip
 * most of them. Returns nothing for no entries.
 */
export async function writeManifests(
  entries: readonly ManifestEntry[],
  specId: number,
  context: ManifestContext,
): Promise<readonly ManifestFile[]> {
  const spec = bindSpec(context.metadata, specId)
  const manifests: ManifestFile[] = []
  for (const chunk of cut(orderByPartition(entries, spec))) {
    manifests.push(await writeManifest(chunk, specId, spec, context))
  }
  return manifests
}

async function writeManifest(
  entries: readonly ManifestEntry[],
  specId: number,
  spec: readonly BoundField[],
  context: ManifestContext,
): Promise<ManifestFile> {
  const { metadata, snapshotId, sequenceNumber, store } = context
  const path = `${store.toPath(metadata.location)}/metadata/${randomUUID()}-m0.avro`
  const fields = specById(metadata, specId).fields
  const bytes = printManifest(entries, spec, specId, currentSchema(metadata), fields)
  await store.write(path, bytes)
  context.written.push(path)
  const sequences = entries
    .filter((e) => e.status !== 'deleted')
    .map((e) => e.sequenceNumber ?? sequenceNumber)
  return {
    location: store.toLocation(path),
    length: bytes.length,
    specId,
    content: 0,
    sequenceNumber,
    minSequenceNumber: sequences.reduce((a, b) => Math.min(a, b), sequenceNumber),
    addedSnapshotId: snapshotId,
    files: countEntries(entries, () => 1),
    rows: countEntries(entries, (e) => e.file.rows),
    partitions: summarise(entries, spec),
  }
}

interface Placed {
  readonly entry: ManifestEntry
  readonly key: string
  readonly values: readonly (Value | undefined)[]
}

function orderByPartition(entries: readonly ManifestEntry[], spec: readonly BoundField[]): readonly Placed[] {
  const parsed = new Map<string, readonly (Value | undefined)[]>()
  const placed = entries.map((entry): Placed => {
    const key = JSON.stringify(entry.file.partition)
    const values = parsed.get(key) ?? partitionKey(entry.file.partition, spec)
    parsed.set(key, values)
    return { entry, key, values }
  })
  return placed.toSorted((a, b) => (a.key === b.key ? 0 : comparePartitions(a.values, b.values)))
}

function partitionKey(
  partition: readonly (string | null)[],
  spec: readonly BoundField[],
): (Value | undefined)[] {
  return spec.map((field, i) => {
    const text = partition[i] ?? null
    return text === null ? undefined : parseValue(field.resultType, text)
  })
}

function comparePartitions(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    if (left === undefined && right === undefined) continue
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    const order = compareValues(left, right)
    if (order !== 0) return order
  }
  return 0
}

function cut(placed: readonly Placed[]): readonly (readonly ManifestEntry[])[] {
  const chunks: ManifestEntry[][] = []
  let chunk: ManifestEntry[] = []
  let key: string | undefined
  for (const { entry, key: own } of placed) {
    if (chunk.length >= hardEntries || (chunk.length >= softEntries && own !== key)) {
      chunks.push(chunk)
      chunk = []
    }
    chunk.push(entry)
    key = own
  }
  return chunk.length === 0 ? chunks : [...chunks, chunk]
}
