import { EtlError } from '../../base/errors.ts'
import type { Metadata, MetadataRef, MetadataSnapshot, SnapshotId, SnapshotLogEntry } from './metadata.ts'

type Mutable = Record<string, unknown>

interface ReviverContext {
  readonly source?: string
}

const exactParse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

const idKeys = new Set(['snapshot-id', 'parent-snapshot-id', 'current-snapshot-id'])

/**
 * Reads table metadata. Snapshot ids keep all 64 bits. Fails with `lake.corrupt` for text that is not JSON and with
 * `lake.unsupported` for format versions other than 1 and 2 (version 1 is read as 2).
 *
 * Source: Iceberg table specification, appendix C "JSON serialization".
 */
export function parseMetadata(text: string, location: string): Metadata {
  let parsed: Mutable
  try {
    parsed = exactParse(text, (key, value, context) =>
      idKeys.has(key) && typeof value === 'number' ? BigInt(context.source ?? value) : value,
    ) as Mutable
  } catch (cause) {
    throw new EtlError('lake.corrupt', `table metadata ${location} is not JSON`, { cause })
  }
  const version = parsed['format-version']
  if (version !== 2) {
    throw new EtlError(
      'lake.unsupported',
      `table metadata ${location} has Iceberg format version ${String(version)}, expected 2`,
    )
  }
  return complete(parsed)
}

function complete(parsed: Mutable): Metadata {
  const current = parsed['current-snapshot-id'] as SnapshotId | null | undefined
  const hasCurrent = current !== undefined && current !== null && current !== -1n
  const refs = (parsed['refs'] ?? {}) as Record<string, MetadataRef>
  return {
    ...(parsed as unknown as Metadata),
    properties: (parsed['properties'] ?? {}) as Record<string, string>,
    'current-snapshot-id': hasCurrent ? current : undefined,
    snapshots: (parsed['snapshots'] ?? []) as MetadataSnapshot[],
    'snapshot-log': (parsed['snapshot-log'] ?? []) as SnapshotLogEntry[],
    'metadata-log': (parsed['metadata-log'] ?? []) as Metadata['metadata-log'],
    'sort-orders': (parsed['sort-orders'] ?? [{ 'order-id': 0, fields: [] }]) as unknown[],
    'default-sort-order-id': (parsed['default-sort-order-id'] ?? 0) as number,
    refs:
      hasCurrent && refs['main'] === undefined
        ? { ...refs, main: { 'snapshot-id': current, type: 'branch' } }
        : refs,
  }
}

/** Prints table metadata as JSON that every Iceberg reader accepts; equal metadata give equal text. */
export function printMetadata(metadata: Metadata): string {
  return JSON.stringify(metadata, (_key, value: unknown) =>
    typeof value === 'bigint' ? rawJson(value.toString()) : value,
  )
}
