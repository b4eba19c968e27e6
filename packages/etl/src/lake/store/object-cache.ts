import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../../store/contract.ts'

/** Copies of immutable objects that are kept from one run to the next, shared by the processes of a machine. */
export interface ObjectCache {
  /** Puts a copy of an object at a path, from the store where the cache has none of `bytes` bytes. */
  fetch(location: string, path: string, options: FetchOptions): Promise<void>
  /** Keeps the file at a path as the copy of an object that was just written. */
  adopt(location: string, path: string): Promise<void>
  /** Removes what was used longest ago until the rest is within bounds. */
  trim(): Promise<void>
}

export interface FetchOptions {
  /** What the object is known to have. */
  readonly bytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Age after which an unfinished download belongs to nobody. */
const abandonedMs = 24 * 3_600_000

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

/**
 * Opens a cache in a folder, on the file system of the paths that it serves. A copy at a path is a link of its own: whoever
 * trims the cache takes nothing away from under a reader. Objects never change, so a copy is either whole or not there.
 */
export function openObjectCache(folder: string, maxBytes: number, objects: ObjectStore): ObjectCache {
  const entryOf = (location: string): string =>
    join(folder, createHash('sha256').update(location).digest('hex'))

  /** Links the kept copy to a path; false when there is none. */
  const linkKept = async (location: string, path: string, bytes: number | undefined): Promise<boolean> => {
    const entry = entryOf(location)
    try {
      await link(entry, path)
    } catch (error) {
      if (isCode(error, 'EEXIST')) return true
      if (isCode(error, 'ENOENT')) return false
      throw error
    }
    // A machine that lost its power may have kept the name and not the bytes.
    if (bytes !== undefined && (await stat(path)).size !== bytes) {
      await Promise.all([rm(entry, { force: true }), rm(path, { force: true })])
      return false
    }
    const now = new Date()
    await utimes(entry, now, now).catch(() => undefined)
    return true
  }
  return {
    fetch: async (location, path, { bytes, signal }) => {
      await mkdir(dirname(path), { recursive: true })
      if (await linkKept(location, path, bytes)) return
      const options = signal ? { signal } : {}
      await mkdir(folder, { recursive: true })
      const draft = join(folder, `${randomUUID()}.part`)
      try {
        await objects.getFile(location, draft, options)
        await rename(draft, entryOf(location))
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      // Another process may have trimmed it already.
      if (!(await linkKept(location, path, bytes))) await objects.getFile(location, path, options)
    },
    adopt: async (location, path) => {
      await mkdir(folder, { recursive: true })
      await link(path, entryOf(location)).catch((error: unknown) => {
        if (!isCode(error, 'EEXIST')) throw error
      })
    },
    trim: () => trim(folder, maxBytes),
  }
}

async function trim(folder: string, maxBytes: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const entry = await stat(path).catch(() => undefined)
      return entry === undefined ? [] : [{ path, bytes: entry.size, usedMs: entry.mtimeMs }]
    }),
  )
  const entries = found.flat().toSorted((a, b) => b.usedMs - a.usedMs)
  let kept = 0
  for (const { path, bytes, usedMs } of entries) {
    const isDraft = path.endsWith('.part')
    if (isDraft && Date.now() - usedMs < abandonedMs) continue
    kept += bytes
    if (isDraft || kept > maxBytes) await rm(path, { force: true })
  }
}
