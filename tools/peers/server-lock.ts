import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** A lock that this process holds; the operating system drops it however the process ends. */
export async function holdLock(file: string): Promise<Disposable> {
  mkdirSync(dirname(file), { recursive: true })
  const lock = new DatabaseSync(file, { timeout: 0 })
  for (;;) {
    try {
      lock.exec('begin exclusive')
      return { [Symbol.dispose]: () => lock.close() }
    } catch (error) {
      if (!String(error).includes('locked')) throw error
      await sleep(250)
    }
  }
}
