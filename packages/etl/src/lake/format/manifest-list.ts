import { openAvro, writeAvro } from './avro.ts'
import { projection } from './avro-projection.ts'
import type { ManifestEntry } from './manifest.ts'
import { manifestListSchema } from './manifest-schema.ts'
import type { SnapshotId } from './metadata.ts'
import type { BoundField } from './partition-spec.ts'
import { encodeValue } from './single-value.ts'
import { compareValues, parseValue } from './value.ts'
import type { Value } from './value.ts'

/** A manifest as the manifest list knows it. */
export interface ManifestFile {
  readonly location: string
  readonly length: number
  readonly specId: number
  /** 0: data files; 1: delete files. */
  readonly content: number
  readonly sequenceNumber: number
  readonly minSequenceNumber: number
  readonly addedSnapshotId: SnapshotId
  readonly files: EntryCounts
  readonly rows: EntryCounts
  /** One summary per partition field; undefined when the writer left them out. */
  readonly partitions: readonly PartitionSummary[] | undefined
}

export interface EntryCounts {
  readonly added: number
  readonly existing: number
  readonly deleted: number
}

/** The range of one partition field over a manifest's files; bounds leave NULL and NaN out. */
export interface PartitionSummary {
  readonly containsNull: boolean
  readonly containsNan: boolean | undefined
  readonly lower: Buffer | undefined
  readonly upper: Buffer | undefined
}

interface RawManifestFile {
  readonly manifest_path: string
  readonly manifest_length: number
  readonly partition_spec_id: number
  readonly content?: number
  readonly sequence_number?: number
  readonly min_sequence_number?: number
  readonly added_snapshot_id: bigint
  readonly added_files_count?: number | null
  readonly existing_files_count?: number | null
  readonly deleted_files_count?: number | null
  readonly added_rows_count?: number | null
  readonly existing_rows_count?: number | null
  readonly deleted_rows_count?: number | null
  readonly partitions?:
    | readonly {
        readonly contains_null: boolean
        readonly contains_nan?: boolean | null
        readonly lower_bound: Buffer | null
        readonly upper_bound: Buffer | null
      }[]
    | null
}

const everything = projection(new Set([519]))

/** Reads a manifest list. Fails with `lake.corrupt`. */
export function readManifestList(bytes: Buffer, location: string): readonly ManifestFile[] {
  return (openAvro(bytes, location).records(everything) as RawManifestFile[]).map((raw) => ({
    location: raw.manifest_path,
    length: raw.manifest_length,
    specId: raw.partition_spec_id,
    content: raw.content ?? 0,
    sequenceNumber: raw.sequence_number ?? 0,
    minSequenceNumber: raw.min_sequence_number ?? 0,
    addedSnapshotId: raw.added_snapshot_id,
    files: {
      added: raw.added_files_count ?? 0,
      existing: raw.existing_files_count ?? 0,
      deleted: raw.deleted_files_count ?? 0,
    },
    rows: {
      added: raw.added_rows_count ?? 0,
      existing: raw.existing_rows_count ?? 0,
      deleted: raw.deleted_rows_count ?? 0,
    },
    partitions: raw.partitions?.map((p) => ({
      containsNull: p.contains_null,
      containsNan: p.contains_nan ?? undefined,
      lower: p.lower_bound ?? undefined,
      upper: p.upper_bound ?? undefined,
    })),
  }))
}

/** Prints the manifest list of a snapshot. */
export function printManifestList(
  manifests: readonly ManifestFile[],
  snapshot: {
    readonly id: SnapshotId
    readonly parentId: SnapshotId | undefined
    readonly sequenceNumber: number
  },
): Buffer {
  const records = manifests.map((m) => ({
    manifest_path: m.location,
    manifest_length: m.length,
    partition_spec_id: m.specId,
    content: m.content,
    sequence_number: m.sequenceNumber,
    min_sequence_number: m.minSequenceNumber,
    added_snapshot_id: m.addedSnapshotId,
    added_files_count: m.files.added,
    existing_files_count: m.files.existing,
    deleted_files_count: m.files.deleted,
    added_rows_count: m.rows.added,
    existing_rows_count: m.rows.existing,
    deleted_rows_count: m.rows.deleted,
    partitions:
      m.partitions?.map((p) => ({
        contains_null: p.containsNull,
        contains_nan: p.containsNan ?? null,
        lower_bound: p.lower ?? null,
        upper_bound: p.upper ?? null,
      })) ?? null,
    key_metadata: null,
  }))
  return writeAvro(manifestListSchema, records, {
    'snapshot-id': snapshot.id.toString(),
    'parent-snapshot-id': snapshot.parentId?.toString() ?? 'null',
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  })
}

/** Counts a manifest's files or rows by status. */
export function countEntries(
  entries: readonly ManifestEntry[],
  measure: (entry: ManifestEntry) => number,
): EntryCounts {
  const counts = { added: 0, existing: 0, deleted: 0 }
  for (const entry of entries) counts[entry.status] += measure(entry)
  return counts
}

/** Summarises the partition values of a manifest's files, so that readers can skip the manifest unopened. */
export function summarise(
  entries: readonly ManifestEntry[],
  spec: readonly BoundField[],
): PartitionSummary[] {
  return spec.map((field, index) => {
    const texts = new Set(entries.map((entry) => entry.file.partition[index] ?? null))
    const values = [...texts].flatMap((text) => (text === null ? [] : [parseValue(field.resultType, text)]))
    const isNan = (v: Value): boolean => typeof v === 'number' && Number.isNaN(v)
    const ordered = values.filter((v) => !isNan(v))
    const pick = (sign: number): Buffer | undefined => {
      const first = ordered[0]
      if (first === undefined) return undefined
      const best = ordered.reduce((a, b) => (compareValues(b, a) * sign > 0 ? b : a), first)
      return encodeValue(field.resultType, best)
    }
    return { containsNull: texts.has(null), containsNan: values.some(isNan), lower: pick(-1), upper: pick(1) }
  })
}
