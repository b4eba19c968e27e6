import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { FileStore } from './contract.ts'
import { mapLimited } from '../../base/map-limited.ts'
import { makeFolder, sync, writeDurably } from './durable-file.ts'
import { toLocation, toPath } from './location.ts'

const filesAtOnce = 16

/** Opens a folder of this machine as the store of a lake. `root` is absolute. */
export function openFolderStore(root: string): FileStore {
  return {
    root,
    scratch: join(root, '.scratch'),
    toLocation,
    toPath,
    read: async (location) => {
      try {
        return await readFile(toPath(location))
      } catch (cause) {
        throw unreadable(location, cause)
      }
    },
    write: writeDurably,
    makeFolder,
    settle: sync,
    publish: async (paths, mode) => {
      if (mode === 'sync') await syncFiles(paths)
    },
    release: async () => undefined,
    firstMissing,
    list: async (folder) => {
      const files = await walk(folder)
      return mapLimited(files, filesAtOnce, async (path) => ({ path, modifiedMs: await modifiedMs(path) }))
    },
    hold: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** A file of the lake that could not be read; a missing one may be looked for again. */
export function unreadable(location: string, cause?: unknown): EtlError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  return new EtlError('lake.corrupt', `${location} could not be read`, {
    cause,
    retry: isMissing ? 'transient' : 'never',
  })
}

/** Names the first of the paths that is no file of this machine. */
export async function firstMissing(paths: readonly string[]): Promise<string | undefined> {
  const found = await mapLimited(paths, filesAtOnce, isFile)
  return paths[found.indexOf(false)]
}

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return Infinity
  }
}

/** Makes data files and their folders durable before they are published. */
async function syncFiles(paths: readonly string[]): Promise<void> {
  await mapLimited(paths, filesAtOnce, sync)
  const folders = new Set<string>()
  for (const path of paths) {
    // The entry of every partition folder must be durable, up to the table's data folder.
    for (let at = dirname(path); at !== dirname(at) && !folders.has(at); at = dirname(at)) {
      folders.add(at)
      if (basename(at) === 'data') break
    }
  }
  await mapLimited([...folders], filesAtOnce, sync)
}

async function walk(folder: string): Promise<string[]> {
  const files: string[] = []
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files.push(...(await walk(path)))
    else files.push(path)
  }
  return files
}

/** The entries of a folder; none where there is no such folder. */
export async function entriesOf(
  folder: string,
): Promise<readonly { readonly name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
