import type { AsOf, LakeTable, Snapshot } from '../contract.ts'
import type { Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { currentSchema, snapshotById } from '../format/metadata.ts'
import { partitionOf } from '../format/partition-spec.ts'
import { fromIcebergSchema } from '../format/schema.ts'
import type { FileStore } from '../store/contract.ts'
import { appendedSince } from './appended.ts'
import { resolveAsOf, schemaAsOf } from './as-of.ts'
import { rowsOf } from './rows-of.ts'
import { scanSnapshot } from './scan.ts'

/** Presents one metadata file as a table. */
export function tableOf(
  name: string,
  metadata: Metadata,
  metadataLocation: string,
  store: FileStore,
): LakeTable {
  const schema = fromIcebergSchema(currentSchema(metadata), metadata.properties)
  const schemaAt = (asOf: AsOf): LakeTable['schema'] =>
    fromIcebergSchema(schemaAsOf(metadata, asOf), metadata.properties)
  const current = snapshotById(metadata, metadata['current-snapshot-id'])
  const refs = Object.entries(metadata.refs).map(
    ([ref, { 'snapshot-id': snapshotId, type }]) => [ref, { snapshotId, type }] as const,
  )
  return {
    name,
    uuid: metadata['table-uuid'],
    location: store.toPath(metadata.location),
    metadataLocation,
    schema,
    partition: partitionOf(metadata, schema),
    properties: metadata.properties,
    current: current === undefined ? undefined : toSnapshot(metadata, current),
    rowsOf: current && rowsOf(metadata, current),
    snapshots: metadata.snapshots
      .toSorted((a, b) => a['sequence-number'] - b['sequence-number'])
      .map((s) => toSnapshot(metadata, s)),
    refs: new Map(refs),
    schemaAt,
    appendedSince: (from) => appendedSince(metadata, from, store),
    files: async ({ asOf, filters = [] } = {}) => {
      const snapshot = asOf === undefined ? current : resolveAsOf(metadata, asOf)
      if (snapshot === undefined) return []
      return scanSnapshot(metadata, snapshot, asOf === undefined ? schema : schemaAt(asOf), filters, store)
    },
  }
}

function toSnapshot(metadata: Metadata, snapshot: MetadataSnapshot): Snapshot {
  const { operation, ...summary } = snapshot.summary
  return {
    id: snapshot['snapshot-id'],
    parentId: snapshot['parent-snapshot-id'],
    sequenceNumber: snapshot['sequence-number'],
    timestampMs: snapshot['timestamp-ms'],
    operation: operation as Snapshot['operation'],
    schemaId: snapshot['schema-id'] ?? metadata['current-schema-id'],
    manifestList: snapshot['manifest-list'],
    summary,
  }
}
