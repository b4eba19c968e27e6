import { randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { DataFile } from '../contract.ts'
import { parseMetadata, printMetadata } from '../format/metadata-codec.ts'
import type { Metadata } from '../format/metadata.ts'
import { readFooterStats } from '../parquet-stats.ts'
import { makeFolder, mapLimited, sync, writeDurably } from '../store/durable-file.ts'
import { toLocation, toPath } from '../store/location.ts'
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

/** Loads the metadata that a pointer names. */
export function loadMetadata(location: string): Metadata {
  let text: string
  try {
    text = readFileSync(toPath(location), 'utf8')
  } catch (cause) {
    throw new EtlError('lake.corrupt', `table metadata ${location} could not be read`, { cause })
  }
  return parseMetadata(text, location)
}

/** Entries that the metadata log keeps; older metadata files become orphans. */
const loggedVersions = 100

/** Runs a draft's steps and writes its metadata file. Returns the new pointer, or undefined when the table is dropped. */
export async function prepareDraft(draft: Draft): Promise<string | undefined> {
  if (draft.start === undefined) return undefined
  const folder = `${toPath(draft.start.location)}/metadata`
  await makeFolder(folder)
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
  await writeDurably(path, printMetadata(published))
  draft.written.push(path)
  await sync(folder)
  return toLocation(path)
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

/** Makes data files and their folders durable before they are published. */
export async function syncDataFiles(paths: readonly string[]): Promise<void> {
  await mapLimited(paths, readsAtOnce, sync)
  const folders = new Set<string>()
  for (const path of paths) {
    // The entry of every partition folder must be durable, up to the table's data folder.
    for (let at = dirname(path); at !== dirname(at) && !folders.has(at); at = dirname(at)) {
      folders.add(at)
      if (basename(at) === 'data') break
    }
  }
  await mapLimited([...folders], readsAtOnce, sync)
}

/** Fails with `lake.missing-file` when a file that is about to be published is gone. */
export function checkFilesExist(paths: readonly string[]): void {
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile() === true) continue
    throw new EtlError('lake.missing-file', `the file ${path} of the commit does not exist`, {
      retry: 'transient',
    })
  }
}
