/** Table metadata as Iceberg's JSON holds it (specification version 2, "Table Metadata Fields"). */
export interface Metadata {
  readonly 'format-version': 2
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly schemas: readonly IcebergSchema[]
  readonly 'current-schema-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'default-spec-id': number
  readonly 'last-partition-id': number
  readonly properties: Readonly<Record<string, string>>
  /** Absent (or -1 when written by others) while the table has no current snapshot. */
  readonly 'current-snapshot-id'?: SnapshotId | undefined
  readonly snapshots: readonly MetadataSnapshot[]
  readonly 'snapshot-log': readonly SnapshotLogEntry[]
  readonly 'metadata-log': readonly MetadataLogEntry[]
  readonly 'sort-orders': readonly unknown[]
  readonly 'default-sort-order-id': number
  readonly refs: Readonly<Record<string, MetadataRef>>
}

/** Snapshot ids use all 64 bits in tables written by others, so they are big integers everywhere in memory. */
export type SnapshotId = bigint

export interface MetadataSnapshot {
  readonly 'snapshot-id': SnapshotId
  readonly 'parent-snapshot-id'?: SnapshotId | undefined
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly summary: Readonly<Record<string, string>> & { readonly operation: string }
  readonly 'manifest-list': string
  readonly 'schema-id'?: number | undefined
}

export interface SnapshotLogEntry {
  readonly 'timestamp-ms': number
  readonly 'snapshot-id': SnapshotId
}

export interface MetadataLogEntry {
  readonly 'timestamp-ms': number
  readonly 'metadata-file': string
}

export interface MetadataRef {
  readonly 'snapshot-id': SnapshotId
  readonly type: 'branch' | 'tag'
}

export interface IcebergSchema {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly 'identifier-field-ids'?: readonly number[]
  readonly fields: readonly IcebergField[]
}

export interface IcebergField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: IcebergType
  readonly doc?: string
}

/** A primitive is its name, such as `long` or `decimal(18,3)`. */
export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap

export interface IcebergStruct {
  readonly type: 'struct'
  readonly fields: readonly IcebergField[]
}

export interface IcebergList {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: IcebergType
  readonly 'element-required': boolean
}

export interface IcebergMap {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: IcebergType
  readonly 'value-id': number
  readonly value: IcebergType
  readonly 'value-required': boolean
}

export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly SpecField[]
}

export interface SpecField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  /** `identity`, `bucket[16]`, `truncate[4]`, `year`, `month`, `day`, `hour`, `void`. */
  readonly transform: string
}

/** Finds the current schema. */
export function currentSchema(metadata: Metadata): IcebergSchema {
  return schemaById(metadata, metadata['current-schema-id'])
}

/** Finds a schema by its id; a snapshot without one was written under the current schema. */
export function schemaById(metadata: Metadata, id: number | undefined): IcebergSchema {
  const wanted = id ?? metadata['current-schema-id']
  const found = metadata.schemas.find((schema) => schema['schema-id'] === wanted)
  if (found === undefined) throw new RangeError(`the metadata has no schema ${wanted}`)
  return found
}

/** Finds a partition spec by its id. */
export function specById(metadata: Metadata, id: number): PartitionSpec {
  const found = metadata['partition-specs'].find((spec) => spec['spec-id'] === id)
  if (found === undefined) throw new RangeError(`the metadata has no partition spec ${id}`)
  return found
}

/** Finds a snapshot by its id. */
export function snapshotById(metadata: Metadata, id: SnapshotId | undefined): MetadataSnapshot | undefined {
  return id === undefined ? undefined : metadata.snapshots.find((s) => s['snapshot-id'] === id)
}
