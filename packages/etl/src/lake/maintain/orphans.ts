import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { Metadata } from '../format/metadata.ts'
import type { FolderLake } from '../open.ts'
import { mapLimited } from '../store/durable-file.ts'
import { toPath } from '../store/location.ts'
import { allPaths, reachableFrom } from './reachable.ts'
import { removeEmptied, removeFiles } from './remove-files.ts'

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
  const first = lake.metadata(name)
  if (first === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
  const root = toPath(first.metadata.location)
  const before = Date.now() - options.olderThanMs
  const listed = await oldFiles(root, before)
  const loaded = lake.metadata(name)
  if (loaded === undefined) throw new EtlError('lake.unknown-table', `the lake has no table ${name}`)
  const { metadata, location } = loaded
  const live = allPaths(await reachableFrom(metadata, metadata.snapshots))
  live.add(toPath(location))
  for (const entry of metadata['metadata-log']) live.add(toPath(entry['metadata-file']))
  const named = summaryText(metadata)
  const isPosition = (path: string): boolean => path.startsWith(`${root}/metadata/positions/`)
  const orphans = listed.filter(
    (path) => !live.has(path) && !(isPosition(path) && named.includes(path.slice(path.lastIndexOf('/') + 1))),
  )
  if (options.dryRun !== true) {
    removeFiles(lake, name, location, orphans)
    removeEmptied(join(root, 'data'), await emptyWriters(join(root, 'data'), before))
  }
  return orphans
}

function summaryText(metadata: Metadata): string {
  return metadata.snapshots.flatMap((s) => Object.values(s.summary)).join('\n')
}

/** Lists files below data/ and metadata/ that are old, leaving out writers' folders with anything young in them. */
export async function oldFiles(root: string, before: number): Promise<string[]> {
  const old: string[] = []
  for (const writer of await list(join(root, 'data'))) {
    const young = /^(\d{13})-/.exec(writer.name)
    if (young !== null && Number(young[1]) >= before) continue
    const files = writer.isDirectory() ? await walk(join(root, 'data', writer.name)) : []
    const all = writer.isDirectory() ? files : [join(root, 'data', writer.name)]
    const modified = await mapLimited(all, 16, modifiedMs)
    const ours = young !== null
    if (ours && modified.some((ms) => ms >= before)) continue
    old.push(...all.filter((_, i) => (modified[i] ?? Infinity) < before))
  }
  const metadata = await walk(join(root, 'metadata'))
  const modified = await mapLimited(metadata, 16, modifiedMs)
  return [...old, ...metadata.filter((_, i) => (modified[i] ?? Infinity) < before)]
}

/** A writer whose folder is empty may be about to fill it, whatever age the caller allows. */
const writerStartsWithinMs = 3_600_000

/** Lists writers' folders that hold nothing: most runs reject nothing. */
export async function emptyWriters(data: string, before: number): Promise<string[]> {
  const limit = Math.min(before, Date.now() - writerStartsWithinMs)
  const empty: string[] = []
  for (const writer of await list(data)) {
    const made = Number(/^(\d{13})-/.exec(writer.name)?.[1] ?? Infinity)
    if (made < limit && (await walk(join(data, writer.name))).length === 0)
      empty.push(join(data, writer.name))
  }
  return empty
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return Infinity
  }
}

async function list(folder: string): Promise<{ readonly name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function walk(folder: string): Promise<string[]> {
  const files: string[] = []
  for (const entry of await list(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await walk(path)))
    else files.push(path)
  }
  return files
}
