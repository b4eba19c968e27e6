import { EtlError } from '../../base/errors.ts'
import type { AsOf } from '../contract.ts'
import type { IcebergSchema, Metadata, MetadataSnapshot } from '../format/metadata.ts'
import { currentSchema, schemaById, snapshotById } from '../format/metadata.ts'

/** Finds the snapshot that a state names. Fails with `lake.unknown-snapshot`. */
export function resolveAsOf(metadata: Metadata, asOf: AsOf): MetadataSnapshot {
  const id = snapshotIdOf(metadata, asOf)
  const found = snapshotById(metadata, id)
  if (found !== undefined) return found
  const wanted =
    'snapshot' in asOf
      ? `snapshot ${asOf.snapshot}`
      : 'ref' in asOf
        ? `branch or tag '${asOf.ref}'`
        : `snapshot at or before ${new Date(asOf.timestampMs).toISOString()}`
  throw new EtlError('lake.unknown-snapshot', `the table has no ${wanted}`, {
    hint: 'list the table’s snapshots; expired ones cannot be read',
  })
}

function snapshotIdOf(metadata: Metadata, asOf: AsOf): bigint | undefined {
  if ('snapshot' in asOf) return asOf.snapshot
  if ('ref' in asOf) return metadata.refs[asOf.ref]?.['snapshot-id']
  return metadata['snapshot-log'].findLast((entry) => entry['timestamp-ms'] <= asOf.timestampMs)?.[
    'snapshot-id'
  ]
}

/** The schema of a state: the current one for branches, the one it was written under for everything else. */
export function schemaAsOf(metadata: Metadata, asOf: AsOf): IcebergSchema {
  const snapshot = resolveAsOf(metadata, asOf)
  const onBranch = 'ref' in asOf && metadata.refs[asOf.ref]?.type === 'branch'
  return onBranch ? currentSchema(metadata) : schemaById(metadata, snapshot['schema-id'])
}
