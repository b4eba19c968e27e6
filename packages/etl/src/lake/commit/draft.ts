import { randomUUID } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import type { DataFile } from '../contract.ts'
import { parseMetadata, printMetadata } from '../format/metadata-codec.ts'
import type { Metadata } from '../format/metadata.ts'
import { readFooterStats } from '../parquet-stats.ts'
import type { FileStore } from '../store/contract.ts'
import { mapLimited } from '../../base/map-limited.ts'
import { fieldsOf } from './edit.ts'

/** One operation on a table's metadata; `undefined` metadata is a dropped table. */
export type Step = (metadata: Metadata) => Metadata | Promise<Metadata>

/** A table's pending changes. Mutable; owned by one transaction. */
export interface Draft {
  readonly name: string
  /** The pointer the changes are based on; undefined when the table did not exist. */
  readonly from: string | undefined
  /** The metadata the steps start from. */
  start: Metadata | undefined
  /** The metadata after all steps that need no files: for checks and schemas while the transaction is built. */
  preview: Metadata | undefined
  addsRows: boolean
  steps: Step[]
  /** Data files that the steps add. */
  added: DataFile[]
  /** Absolute paths of the metadata and manifests written so far. */
  written: string[]
}

/** Loads the metadata that a pointer names. Fails with `lake.corrupt`. */
export async function loadMetadata(location: string, store: FileStore): Promise<Metadata> {
  return parseMetadata((await store.read(location)).toString('utf8'), location)
}

/** Entries that the metadata log keeps; older metadata files become orphans. */
const loggedVersions = 100

/** Runs a draft's steps and writes its metadata file. Returns the new pointer, or undefined when the table is dropped. */
export async function prepareDraft(draft: Draft, store: FileStore): Promise<string | undefined> {
  if (draft.start === undefined) return undefined
  const folder = `${store.toPath(draft.start.location)}/metadata`
  await store.makeFolder(folder)
  let metadata = draft.start
  for (const step of draft.steps) metadata = await step(metadata)
  const previous =
    draft.from === undefined
      ? []
      : [{ 'timestamp-ms': draft.start['last-updated-ms'], 'metadata-file': draft.from }]
  const path = `${folder}/${nextVersion(draft.from)}-${randomUUID()}.metadata.json`
  const published: Metadata = {
    ...metadata,
    'last-updated-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'metadata-log': [...metadata['metadata-log'], ...previous].slice(-loggedVersions),
  }
  await store.write(path, printMetadata(published))
  draft.written.push(path)
  await store.settle(folder)
  return store.toLocation(path)
}

function nextVersion(from: string | undefined): string {
  const version = from === undefined ? -1 : Number(/(\d+)-[^/]*$/.exec(from)?.[1] ?? -1)
  return String(version + 1).padStart(5, '0')
}

const readsAtOnce = 8

/** Completes files with their footers' statistics. Fails with `lake.invalid` when a footer counts other rows. */
export async function withStats(
  files: readonly DataFile[],
  metadata: Metadata,
): Promise<readonly DataFile[]> {
  const schema = fieldsOf(metadata)
  return mapLimited(files, readsAtOnce, async (file) => {
    if (file.stats !== undefined) return file
    const footer = await readFooterStats(file.path, schema)
    if (footer.rows !== file.rows) {
      throw new EtlError(
        'lake.invalid',
        `${file.path} holds ${footer.rows} rows, but ${file.rows} were declared`,
      )
    }
    return { ...file, stats: footer.stats, splitOffsets: footer.splitOffsets }
  })
}
