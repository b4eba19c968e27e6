import { open } from 'node:fs/promises'

const everyMs = 250

/**
 * Has what was written of a growing file go to the disk while the rest is computed, so that little is left for the sync
 * that publishing waits for. A file that is not there (yet) is no failure: only that last sync promises anything.
 */
export function writeBackEarly(file: string): Disposable {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    void flush(file).finally(() => (busy = false))
  }, everyMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function flush(file: string): Promise<void> {
  try {
    await using handle = await open(file, 'r')
    await handle.datasync()
  } catch {
    // The sync at the end tells what is wrong.
  }
}
