import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A folder for one process's temporary files. */
export interface Scratch extends AsyncDisposable {
  /** Absolute. */
  readonly folder: string
}

const lockEnd = '.lock'

/**
 * Makes a folder of its own below `root` (absolute) and removes those of processes that died. Disposing of it removes it.
 *
 * A folder belongs to whoever holds the lock beside it (`<name>.lock`). The operating system takes the lock away when its
 * process ends, however it ends, so neither ages nor process numbers are guessed at: the folder of a living process on
 * the same machine is never removed.
 */
export async function openScratch(root: string): Promise<Scratch> {
  await mkdir(root, { recursive: true })
  await removeDead(root)
  for (;;) {
    const folder = path.join(root, randomUUID())
    const lock = hold(folder)
    if (lock === undefined) continue
    // The lock comes before the folder and goes after it: a folder without one is nobody's.
    await mkdir(folder)
    return {
      folder,
      [Symbol.asyncDispose]: async () => {
        await rm(folder, { recursive: true, force: true })
        await rm(folder + lockEnd, { force: true })
        lock[Symbol.dispose]()
      },
    }
  }
}

/** Takes the lock of a folder; undefined when another process holds it or has just removed it. */
function hold(folder: string): Disposable | undefined {
  // SQLite's file lock is the only one that Node offers.
  const db = new DatabaseSync(folder + lockEnd, { timeout: 0 })
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

async function removeDead(root: string): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true })
  for (const entry of entries.filter((e) => e.name.endsWith(lockEnd))) {
    const folder = path.join(root, entry.name.slice(0, -lockEnd.length))
    using lock = hold(folder)
    if (lock === undefined) continue
    await rm(folder, { recursive: true, force: true })
    await rm(folder + lockEnd, { force: true })
  }
  for (const entry of entries.filter((e) => e.isDirectory())) {
    const folder = path.join(root, entry.name)
    if (!existsSync(folder + lockEnd)) await rm(folder, { recursive: true, force: true })
  }
}
