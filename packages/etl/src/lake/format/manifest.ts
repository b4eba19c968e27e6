import type { PartitionValues } from '../../engine/contract.ts'
import type { ColumnStats } from '../contract.ts'
import { openAvro, writeAvro } from './avro.ts'
import { projection } from './avro-projection.ts'
import { avroName, manifestSchema } from './manifest-schema.ts'
import type { IcebergSchema, SnapshotId } from './metadata.ts'
import type { BoundField } from './partition-spec.ts'
import { fromPartitionValue, toPartitionValue } from './partition-value.ts'

/** What an entry says about its file: it was there before, is new, or is removed by the manifest's snapshot. */
export type EntryStatus = 'existing' | 'added' | 'deleted'

/** One file of a manifest. */
export interface ManifestEntry {
  readonly status: EntryStatus
  /** Undefined: inherited from the manifest list. */
  readonly snapshotId: SnapshotId | undefined
  readonly sequenceNumber: number | undefined
  readonly fileSequenceNumber: number | undefined
  readonly file: EntryFile
}

/** A file as a manifest holds it; `location` is a URI. */
export interface EntryFile {
  readonly content: number
  readonly location: string
  readonly format: string
  readonly partition: PartitionValues
  readonly rows: number
  readonly bytes: number
  readonly stats: ColumnStats | undefined
  readonly splitOffsets: readonly number[] | undefined
}

type Pairs<T> = readonly { readonly key: number; readonly value: T }[] | null | undefined

interface RawEntry {
  readonly status: number
  readonly snapshot_id: bigint | null
  readonly sequence_number?: number | null
  readonly file_sequence_number?: number | null
  readonly data_file: {
    readonly content?: number
    readonly file_path: string
    readonly file_format: string
    readonly partition: Readonly<Record<string, unknown>>
    readonly record_count: number
    readonly file_size_in_bytes: number
    readonly column_sizes?: Pairs<number>
    readonly value_counts?: Pairs<number>
    readonly null_value_counts?: Pairs<number>
    readonly nan_value_counts?: Pairs<number>
    readonly lower_bounds?: Pairs<Buffer>
    readonly upper_bounds?: Pairs<Buffer>
    readonly split_offsets?: readonly number[] | null
  }
}

const statuses: readonly EntryStatus[] = ['existing', 'added', 'deleted']
const countIds = [108, 109, 110, 137, 125, 128]
const boundsOnly = new Set([108, 131, 135, 140])

/** How much of each entry is decoded: all of it, what pruning by column needs, or the file and its partition. */
export type Detail = 'all' | 'bounds' | 'files'

const projections = {
  all: projection(new Set()),
  bounds: projection(boundsOnly),
  files: projection(new Set([...boundsOnly, ...countIds])),
}

/** Reads a manifest's entries. Fails with `lake.corrupt`. */
export function readManifest(
  bytes: Buffer,
  location: string,
  spec: readonly BoundField[],
  detail: Detail,
): readonly ManifestEntry[] {
  const records = openAvro(bytes, location).records(projections[detail]) as RawEntry[]
  return records.map((raw) => fromRaw(raw, spec, detail))
}

function fromRaw(raw: RawEntry, spec: readonly BoundField[], detail: Detail): ManifestEntry {
  const file = raw.data_file
  return {
    status: statuses[raw.status] ?? 'existing',
    snapshotId: raw.snapshot_id ?? undefined,
    sequenceNumber: raw.sequence_number ?? undefined,
    fileSequenceNumber: raw.file_sequence_number ?? undefined,
    file: {
      content: file.content ?? 0,
      location: file.file_path,
      format: file.file_format,
      partition: spec.map((f) => fromPartitionValue(f, file.partition[`p${f.fieldId}`])),
      rows: file.record_count,
      bytes: file.file_size_in_bytes,
      stats: detail === 'files' ? undefined : statsOf(file),
      splitOffsets: file.split_offsets ?? undefined,
    },
  }
}

function statsOf(file: RawEntry['data_file']): ColumnStats {
  const read = <T>(pairs: Pairs<T>): Map<number, T> => new Map((pairs ?? []).map((p) => [p.key, p.value]))
  return {
    sizes: read(file.column_sizes),
    valueCounts: read(file.value_counts),
    nullCounts: read(file.null_value_counts),
    nanCounts: read(file.nan_value_counts),
    lower: read(file.lower_bounds),
    upper: read(file.upper_bounds),
  }
}

/** Prints a manifest. The header says schema, spec, format version and content, as readers expect it. */
export function printManifest(
  entries: readonly ManifestEntry[],
  spec: readonly BoundField[],
  specId: number,
  schema: IcebergSchema,
  specFields: readonly unknown[],
): Buffer {
  return writeAvro(
    manifestSchema(spec),
    entries.map((entry) => toRaw(entry, spec)),
    {
      schema: JSON.stringify(schema),
      'schema-id': String(schema['schema-id']),
      'partition-spec': JSON.stringify(specFields),
      'partition-spec-id': String(specId),
      'format-version': '2',
      content: 'data',
    },
  )
}

function toRaw(entry: ManifestEntry, spec: readonly BoundField[]): unknown {
  const { file } = entry
  const partition: Record<string, unknown> = {}
  spec.forEach((field, i) => {
    partition[avroName(field.name)] = toPartitionValue(field, file.partition[i] ?? null)
  })
  return {
    status: statuses.indexOf(entry.status),
    snapshot_id: entry.snapshotId ?? null,
    sequence_number: entry.sequenceNumber ?? null,
    file_sequence_number: entry.fileSequenceNumber ?? null,
    data_file: {
      content: file.content,
      file_path: file.location,
      file_format: file.format,
      partition,
      record_count: file.rows,
      file_size_in_bytes: file.bytes,
      column_sizes: pairs(file.stats?.sizes),
      value_counts: pairs(file.stats?.valueCounts),
      null_value_counts: pairs(file.stats?.nullCounts),
      nan_value_counts: pairs(file.stats?.nanCounts),
      lower_bounds: bytePairs(file.stats?.lower),
      upper_bounds: bytePairs(file.stats?.upper),
      key_metadata: null,
      split_offsets: file.splitOffsets ?? null,
      equality_ids: null,
      sort_order_id: 0,
    },
  }
}

function pairs(map: ReadonlyMap<number, number> | undefined): unknown {
  return map === undefined ? null : Array.from(map, ([key, value]) => ({ key, value }))
}

function bytePairs(map: ReadonlyMap<number, Uint8Array> | undefined): unknown {
  if (map === undefined) return null
  return Array.from(map, ([key, value]) => ({
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  }))
}
