import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { Scratch } from '../../base/scratch.ts'
import type { ObjectStore } from '../../store/contract.ts'
import type { FileStore } from './contract.ts'
import { mapLimited } from '../../base/map-limited.ts'
import { firstMissing, unreadable } from './folder.ts'
import type { FetchOptions, ObjectCache } from './object-cache.ts'

const filesAtOnce = 8
const uploadsAtOnce = 4
const lookupsAtOnce = 32

export interface MirrorOptions {
  readonly objects: ObjectStore
  /** Address of the lake's folder, without a slash at its end. */
  readonly folder: string
  /** A folder of this process alone, where copies and new files lie under the names that they have in the lake. */
  readonly mirror: Scratch
  readonly scratch: string
  readonly cache: ObjectCache
}

/**
 * Opens a folder of S3 as the store of a lake. A path is that of a copy below the mirror; new files are written there and
 * uploaded before they are published. A copy is there while somebody holds it, and new files until they are uploaded.
 * Every object is written once under a name of its own, so a copy never ages.
 */
export function openMirror({ objects, folder, mirror, scratch, cache }: MirrorOptions): FileStore {
  const root = mirror.folder
  const toLocation = (path: string): string => {
    if (path.startsWith(`${root}/`)) return folder + path.slice(root.length)
    throw new EtlError('lake.invalid', `${path} is not below the folder of the lake, ${root}`)
  }
  const toPath = (location: string): string => {
    if (location.startsWith(`${root}/`)) return location
    if (location.startsWith(`${folder}/`)) return root + location.slice(folder.length)
    throw new EtlError('lake.unsupported', `${location} is not in ${folder}`)
  }
  const holders = new Map<string, Holder>()
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await objects.put(toLocation(path), Buffer.from(content))
    await writeCopy(path, content)
  }
  return {
    root,
    scratch,
    toLocation,
    toPath,
    read: async (location) => {
      const path = toPath(location)
      const copy = await readFile(path).catch(() => undefined)
      if (copy !== undefined) return copy
      const found = await objects.get(toLocation(path))
      if (found === undefined) throw missing(toLocation(path))
      await writeCopy(path, found.bytes)
      return found.bytes
    },
    write,
    makeFolder: async (path) => {
      await mkdir(path, { recursive: true })
    },
    // Objects are durable when they are written, and have no folders.
    settle: async () => undefined,
    publish: async (paths) => {
      await mapLimited(paths, uploadsAtOnce, (path) => upload(path, toLocation(path), objects, cache))
    },
    firstMissing: async (paths) => {
      const found = await mapLimited(paths, lookupsAtOnce, (path) => objects.head(toLocation(path)))
      return paths[found.indexOf(undefined)]
    },
    list: async (below) => {
      const files = []
      for await (const { address, modifiedMs } of objects.list(`${toLocation(below)}/`))
        files.push({ path: toPath(address), modifiedMs })
      return files
    },
    release: async (paths) => {
      for (const path of paths) if (!holders.has(path)) rmSync(path, { force: true })
    },
    hold: (files, signal) =>
      hold(holders, new Map(files.map((file) => [file.path, file.bytes])), {
        fetch: (path, bytes) => fetchFrom(cache, toLocation(path), path, { bytes, signal }),
        trim: cache.trim,
      }),
    [Symbol.asyncDispose]: async () => {
      await cache.trim()
      await mirror[Symbol.asyncDispose]()
      await objects[Symbol.asyncDispose]()
    },
  }
}

/** Uploads a new file. One that is not here was put there by an earlier commit. */
async function upload(
  path: string,
  location: string,
  objects: ObjectStore,
  cache: ObjectCache,
): Promise<void> {
  if ((await firstMissing([path])) !== undefined) {
    if ((await objects.head(location)) === undefined) throw gone(location)
    return
  }
  await objects.putFile(location, path)
  await cache.adopt(location, path)
}

async function fetchFrom(
  cache: ObjectCache,
  location: string,
  path: string,
  options: FetchOptions,
): Promise<void> {
  try {
    await cache.fetch(location, path, options)
  } catch (error) {
    const isGone = error instanceof EtlError && error.code === 'source.missing'
    throw isGone ? gone(location, error) : error
  }
}

/** Who needs the copy at a path, and the work that puts it there. */
interface Holder {
  count: number
  readonly ready: Promise<void>
}

interface Copies {
  readonly fetch: (path: string, bytes: number | undefined) => Promise<void>
  readonly trim: () => Promise<void>
}

/** Puts copies at paths for as long as somebody needs them. */
async function hold(
  holders: Map<string, Holder>,
  files: ReadonlyMap<string, number | undefined>,
  { fetch, trim }: Copies,
): Promise<AsyncDisposable> {
  const release = async (): Promise<void> => {
    for (const path of files.keys()) {
      const holder = holders.get(path)
      if (holder === undefined || (holder.count -= 1) > 0) continue
      holders.delete(path)
      // At once, before anybody can hold it anew.
      rmSync(path, { force: true })
    }
    await trim()
  }
  const fresh: [string, PromiseWithResolvers<void>][] = []
  for (const path of files.keys()) {
    const known = holders.get(path)
    if (known !== undefined) {
      known.count += 1
      continue
    }
    const ready = Promise.withResolvers<void>()
    // Whoever holds the path awaits it, at the latest when it is released.
    ready.promise.catch(() => undefined)
    holders.set(path, { count: 1, ready: ready.promise })
    fresh.push([path, ready])
  }
  await mapLimited(fresh, filesAtOnce, async ([path, { resolve, reject }]) =>
    fetch(path, files.get(path)).then(resolve, reject),
  )
  const results = await Promise.allSettled([...files.keys()].map((path) => holders.get(path)?.ready))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) {
    await release()
    throw failure.reason
  }
  return { [Symbol.asyncDispose]: release }
}

/** Writes a copy so that its name never stands for half of it. */
async function writeCopy(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = join(dirname(path), `.${randomUUID()}`)
  await writeFile(draft, content)
  await rename(draft, path)
}

function missing(location: string): EtlError {
  return unreadable(location, Object.assign(new Error('no such object'), { code: 'ENOENT' }))
}

function gone(location: string, cause?: unknown): EtlError {
  return new EtlError('lake.missing-file', `${location} does not exist`, { cause, retry: 'transient' })
}
