import { EtlError } from '../../base/errors.ts'
import type { ManifestEntry } from '../format/manifest.ts'
import type { ManifestFile } from '../format/manifest-list.ts'
import type { MetadataSnapshot } from '../format/metadata.ts'
import type { SnapshotChange } from './snapshot-change.ts'

interface Size {
  readonly partition: readonly (string | null)[]
  readonly rows: number
  readonly bytes: number
}

/**
 * Makes a snapshot's summary: the caller's keys, what was added and removed, and the totals. Fails with `lake.invalid`
 * when a `replace` would change the number of rows.
 *
 * Source: Iceberg specification, appendix F "Optional Snapshot Summary Fields".
 */
export function summarise(
  change: SnapshotChange,
  removedEntries: readonly ManifestEntry[],
  parent: MetadataSnapshot | undefined,
  manifests: readonly ManifestFile[],
): MetadataSnapshot['summary'] {
  const removed = removedEntries.map((entry) => entry.file)
  const [addedRows, removedRows] = [rowsOf(change.added), rowsOf(removed)]
  if (change.operation === 'replace' && addedRows !== removedRows) {
    throw new EtlError(
      'lake.invalid',
      `a compaction must keep all rows: ${removedRows} removed, ${addedRows} added`,
    )
  }
  const changed = new Set([...change.added, ...removed].map((file) => JSON.stringify(file.partition)))
  const before = parent === undefined ? 0 : Number(parent.summary['total-files-size'])
  const totalBytes = before + bytesOf(change.added) - bytesOf(removed)
  const live = (pick: 'files' | 'rows'): number =>
    manifests.reduce((sum, m) => sum + m[pick].added + m[pick].existing, 0)
  return {
    ...change.summary,
    operation: operationOf(change, removed.length),
    ...some('added-data-files', change.added.length),
    ...some('added-records', addedRows),
    ...some('added-files-size', bytesOf(change.added)),
    ...some('deleted-data-files', removed.length),
    ...some('deleted-records', removedRows),
    ...some('removed-files-size', bytesOf(removed)),
    'changed-partition-count': String(changed.size),
    'total-records': String(live('rows')),
    'total-data-files': String(live('files')),
    ...(Number.isFinite(totalBytes) && { 'total-files-size': String(totalBytes) }),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
  }
}

const rowsOf = (files: readonly Size[]): number => files.reduce((sum, file) => sum + file.rows, 0)
const bytesOf = (files: readonly Size[]): number => files.reduce((sum, file) => sum + file.bytes, 0)

function some(key: string, count: number): Record<string, string> {
  return count === 0 ? {} : { [key]: String(count) }
}

function operationOf(change: SnapshotChange, removedFiles: number): string {
  if (change.operation !== 'overwrite') return change.operation
  return change.added.length === 0 && removedFiles > 0 ? 'delete' : 'overwrite'
}
