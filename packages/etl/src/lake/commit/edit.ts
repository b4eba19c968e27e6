import { randomUUID } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import type { IdField, PartitionField } from '../../engine/contract.ts'
import type { CreateTable, SchemaChange } from '../contract.ts'
import type { Metadata, SnapshotId } from '../format/metadata.ts'
import { currentSchema, snapshotById, specById } from '../format/metadata.ts'
import { buildSpec, sameSpec } from '../format/partition-spec.ts'
import { assignIds, fromIcebergSchema, lastId, toIcebergField, typeProperties } from '../format/schema.ts'
import { evolveSchema } from './evolve.ts'

/** Makes the metadata of a new, empty table at a location. Fails with `lake.invalid` for a partition that cannot be. */
export function createMetadata(table: CreateTable, location: string): Metadata {
  let last = 0
  const fields = assignIds(table.schema, () => (last += 1))
  const schema = { type: 'struct', 'schema-id': 0, fields: fields.map(toIcebergField) } as const
  const spec = buildSpec(table.partition, schema, [], 999)
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location,
    'last-sequence-number': 0,
    'last-updated-ms': Date.now(),
    'last-column-id': lastId(fields),
    schemas: [schema],
    'current-schema-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: spec.fields }],
    'default-spec-id': 0,
    'last-partition-id': spec.lastPartitionId,
    properties: { 'write.parquet.compression-codec': 'zstd', ...table.properties, ...typeProperties(fields) },
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    refs: {},
  }
}

/** The current schema with ids and logical types. */
export function fieldsOf(metadata: Metadata): readonly IdField[] {
  return fromIcebergSchema(currentSchema(metadata), metadata.properties)
}

/** Applies schema changes; an equal earlier schema is used again. `hasRows`: snapshots are still to come. */
export function withSchemaChanges(
  metadata: Metadata,
  changes: readonly SchemaChange[],
  hasRows: boolean,
): Metadata {
  let last = metadata['last-column-id']
  const before = fieldsOf(metadata)
  const spec = specById(metadata, metadata['default-spec-id'])
  const fields = evolveSchema(before, changes, {
    hasRows: hasRows || metadata.snapshots.length > 0,
    partitionIds: new Set(spec.fields.map((f) => f['source-id'])),
    nextId: () => (last += 1),
  })
  const iceberg = fields.map(toIcebergField)
  const known = metadata.schemas.find((s) => JSON.stringify(s.fields) === JSON.stringify(iceberg))
  const id = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((s) => s['schema-id'])) + 1
  const stale = new Set(Object.keys(typeProperties(before)))
  const kept = Object.entries(metadata.properties).filter(([key]) => !stale.has(key))
  return {
    ...metadata,
    'last-column-id': last,
    schemas: known
      ? metadata.schemas
      : [...metadata.schemas, { type: 'struct', 'schema-id': id, fields: iceberg }],
    'current-schema-id': id,
    properties: { ...Object.fromEntries(kept), ...droppedTypes(before, fields), ...typeProperties(fields) },
  }
}

/** A dropped column is still read by time travel, so its logical type stays known. */
function droppedTypes(before: readonly IdField[], after: readonly IdField[]): Record<string, string> {
  return typeProperties(before.filter((f) => !after.some((g) => g.id === f.id)))
}

/** Changes how new files are partitioned; files already written keep their spec. */
export function withPartition(metadata: Metadata, partition: readonly PartitionField[]): Metadata {
  const specs = metadata['partition-specs']
  const built = buildSpec(partition, currentSchema(metadata), specs, metadata['last-partition-id'])
  const known = specs.find((spec) => sameSpec(spec.fields, built.fields))
  if (known !== undefined) return { ...metadata, 'default-spec-id': known['spec-id'] }
  const id = Math.max(...specs.map((spec) => spec['spec-id'])) + 1
  return {
    ...metadata,
    'partition-specs': [...specs, { 'spec-id': id, fields: built.fields }],
    'default-spec-id': id,
    'last-partition-id': built.lastPartitionId,
  }
}

/** Points a branch or tag at a snapshot; `main` also moves the current state and its log. */
export function withRef(
  metadata: Metadata,
  ref: string,
  snapshot: SnapshotId,
  type: 'branch' | 'tag',
  nowMs: number,
): Metadata {
  if (snapshotById(metadata, snapshot) === undefined) {
    throw new EtlError('lake.unknown-snapshot', `the table has no snapshot ${snapshot}`)
  }
  const refs = { ...metadata.refs, [ref]: { ...metadata.refs[ref], 'snapshot-id': snapshot, type } }
  if (ref !== 'main') return { ...metadata, refs }
  if (type === 'tag') throw new EtlError('lake.invalid', 'main is a branch and cannot be a tag')
  return {
    ...metadata,
    refs,
    'current-snapshot-id': snapshot,
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': nowMs, 'snapshot-id': snapshot }],
  }
}

/** Removes a branch or tag; `main` cannot be removed. */
export function withoutRef(metadata: Metadata, ref: string): Metadata {
  if (ref === 'main') throw new EtlError('lake.invalid', 'the branch main cannot be removed')
  const { [ref]: gone, ...refs } = metadata.refs
  if (gone === undefined)
    throw new EtlError('lake.unknown-snapshot', `the table has no branch or tag '${ref}'`)
  return { ...metadata, refs }
}

/** Makes main point at the head of a branch. */
export function withPromoted(metadata: Metadata, branch: string, nowMs: number): Metadata {
  const head = metadata.refs[branch]
  if (head?.type !== 'branch') {
    throw new EtlError('lake.unknown-snapshot', `the table has no branch '${branch}'`)
  }
  return withRef(metadata, 'main', head['snapshot-id'], 'branch', nowMs)
}

/** Removes snapshots that no branch or tag points at, and log entries up to the last removed one. */
export function withoutSnapshots(metadata: Metadata, ids: readonly SnapshotId[]): Metadata {
  const gone = new Set(ids)
  for (const [name, ref] of Object.entries(metadata.refs)) {
    if (gone.has(ref['snapshot-id'])) {
      throw new EtlError('lake.invalid', `snapshot ${ref['snapshot-id']} is the head of '${name}' and stays`)
    }
  }
  // Entries before a missing one would claim a state that was not the table's at that time.
  const log = metadata['snapshot-log']
  const lastGone = log.findLastIndex((entry) => gone.has(entry['snapshot-id']))
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter((s) => !gone.has(s['snapshot-id'])),
    'snapshot-log': log.slice(lastGone + 1),
  }
}
