import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** A folder for one process's temporary files. */
export interface Scratch extends AsyncDisposable {
  /** Absolute. */
  readonly folder: string
}

const lockEnd = '.lock'
/** The root may go and come again between two looks at it, but not so often. */
const attempts = 50

/**
 * Makes a folder of its own below `root` (absolute) and removes those of processes that died. Disposing of it removes it,
 * and the root with the last one.
 *
 * A folder belongs to whoever holds the lock beside it (`<name>.lock`). The operating system takes the lock away when its
 * process ends, however it ends, so neither ages nor process numbers are guessed at: the folder of a living process on
 * the same machine is never removed.
 */
export async function openScratch(root: string): Promise<Scratch> {
  await makeRoot(root)
  await removeDead(root)
  for (let attempt = 1; ; attempt++) {
    const folder = path.join(root, randomUUID())
    let lock: Disposable | undefined
    try {
      lock = hold(folder, true)
    } catch (error) {
      if (attempt >= attempts) throw error
    }
    if (lock === undefined) {
      await makeRoot(root)
      continue
    }
    // The lock comes before the folder and goes after it: a folder without one is nobody's.
    await mkdir(folder)
    return {
      folder,
      [Symbol.asyncDispose]: async () => {
        await rm(folder, { recursive: true, force: true })
        await rm(folder + lockEnd, { force: true })
        lock[Symbol.dispose]()
        await rmdir(root).catch(() => undefined)
      },
    }
  }
}

/** Makes the root, also while the last one to leave it takes it away. */
async function makeRoot(root: string): Promise<void> {
  await mkdir(path.dirname(root), { recursive: true })
  await mkdir(root, { recursive: true }).catch(nothingThere)
}

/**
 * Opens the lock file of a folder; undefined when the root is gone. Only the owner makes the file: were it made again by
 * one who clears up, an owner whose lock was just removed would take the new file for its own.
 */
function openLock(folder: string, make: boolean): DatabaseSync | undefined {
  const file = pathToFileURL(folder + lockEnd)
  file.searchParams.set('mode', make ? 'rwc' : 'rw')
  try {
    return new DatabaseSync(file, { timeout: 0 })
  } catch (error) {
    if (existsSync(make ? path.dirname(folder) : folder + lockEnd)) throw error
    return undefined
  }
}

/** Takes the lock of a folder; undefined when another process holds it or has just removed it. */
function hold(folder: string, make: boolean): Disposable | undefined {
  // SQLite's file lock is the only one that Node offers.
  const db = openLock(folder, make)
  if (db === undefined) return undefined
  try {
    db.exec('pragma journal_mode = memory; begin exclusive')
  } catch {
    db.close()
    return undefined
  }
  if (existsSync(folder + lockEnd)) return { [Symbol.dispose]: () => db.close() }
  db.close()
  return undefined
}

function nothingThere(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT') throw error
  return []
}

async function removeDead(root: string): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true }).catch(nothingThere)
  for (const entry of entries.filter((e) => e.name.endsWith(lockEnd))) {
    const folder = path.join(root, entry.name.slice(0, -lockEnd.length))
    using lock = hold(folder, false)
    if (lock === undefined) continue
    await rm(folder, { recursive: true, force: true })
    await rm(folder + lockEnd, { force: true })
  }
  for (const entry of entries.filter((e) => e.isDirectory())) {
    const folder = path.join(root, entry.name)
    if (!existsSync(folder + lockEnd)) await rm(folder, { recursive: true, force: true })
  }
}
