import { join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { Metadata } from '../format/metadata.ts'
import type { FolderLake } from '../open.ts'
import type { FileStore } from '../store/contract.ts'
import { removeEmpty } from '../store/emptied.ts'
import { entriesOf } from '../store/folder.ts'
import { allPaths, reachableFrom } from './reachable.ts'
import { removeFiles } from './remove-files.ts'

export interface OrphanOptions {
  /** Files younger than this stay, as does every file of a writer's folder that holds or is a younger one. */
  readonly olderThanMs: number
  /** Lists what would go and removes nothing. */
  readonly dryRun?: boolean
}

/**
 * Removes files of a table's folder that nothing reaches, and folders that hold nothing; returns the files' paths.
 *
 * A file stays when any snapshot of the table reaches it, when it is a metadata file of the metadata log, when a
 * snapshot summary names it, or when it (or anything in its writer's folder) is younger than `olderThanMs`. The files
 * are listed before the metadata is read, and removed only while the table still points at that metadata, so a commit
 * beside it either keeps its files or fails by itself.
 *
 * Fails with `lake.unknown-table`, `lake.conflict`.
 */
export async function removeOrphans(
  lake: FolderLake,
  name: string,
  options: OrphanOptions,
): Promise<readonly string[]> {
  const { store } = lake
  const first = await lake.metadata(name)
  if (first === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
  const root = store.toPath(first.metadata.location)
  const before = Date.now() - options.olderThanMs
  const listed = await oldFiles(root, before, store)
  const loaded = await lake.metadata(name)
  if (loaded === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
  const { metadata, location } = loaded
  const live = allPaths(await reachableFrom(metadata, metadata.snapshots, store))
  live.add(store.toPath(location))
  for (const entry of metadata['metadata-log']) live.add(store.toPath(entry['metadata-file']))
  const named = summaryText(metadata)
  const isPosition = (path: string): boolean => path.startsWith(`${root}/metadata/positions/`)
  const orphans = listed.filter(
    (path) => !live.has(path) && !(isPosition(path) && named.includes(path.slice(path.lastIndexOf('/') + 1))),
  )
  if (options.dryRun !== true) {
    await removeFiles(lake, name, location, orphans)
    for (const folder of await emptyWriters(join(root, 'data'), before)) removeEmpty(folder)
  }
  return orphans
}

function summaryText(metadata: Metadata): string {
  return metadata.snapshots.flatMap((s) => Object.values(s.summary)).join('\n')
}

/** Lists files below data/ and metadata/ that are old, leaving out writers' folders with anything young in them. */
export async function oldFiles(root: string, before: number, store: FileStore): Promise<string[]> {
  const old: string[] = []
  const data = await store.list(join(root, 'data'))
  const writerOf = (path: string): string => path.slice(root.length + '/data/'.length).split('/', 1)[0] ?? ''
  for (const [writer, files] of Map.groupBy(data, (file) => writerOf(file.path))) {
    const ours = /^(\d{13})-/.exec(writer)
    const isYoung = Number(ours?.[1] ?? 0) >= before || files.some((file) => file.modifiedMs >= before)
    if (ours !== null && isYoung) continue
    old.push(...files.filter((file) => file.modifiedMs < before).map((file) => file.path))
  }
  const metadata = await store.list(join(root, 'metadata'))
  return [...old, ...metadata.filter((file) => file.modifiedMs < before).map((file) => file.path)]
}

/** A writer whose folder is empty may be about to fill it, whatever age the caller allows. */
const writerStartsWithinMs = 3_600_000

/** Lists writers' folders of this machine that hold nothing: most runs reject nothing. */
export async function emptyWriters(data: string, before: number): Promise<string[]> {
  const limit = Math.min(before, Date.now() - writerStartsWithinMs)
  const empty: string[] = []
  for (const writer of await entriesOf(data)) {
    const made = Number(/^(\d{13})-/.exec(writer.name)?.[1] ?? Infinity)
    if (made < limit && (await holdsNothing(join(data, writer.name)))) empty.push(join(data, writer.name))
  }
  return empty
}

async function holdsNothing(folder: string): Promise<boolean> {
  for (const entry of await entriesOf(folder)) {
    if (!entry.isDirectory() || !(await holdsNothing(join(folder, entry.name)))) return false
  }
  return true
}
