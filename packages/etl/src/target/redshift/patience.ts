import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../base/errors.ts'
import { isLost } from '../postgres/failure.ts'

const attempts = 6

/** Tries again to connect while the server cannot be reached: it may be starting. Waits up to 12 s in all. */
export async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await task()
    } catch (error) {
      if (n >= attempts || !isLost(error)) throw error
      await sleep(100 * 2 ** n)
    }
  }
}

/** Repeats a transaction that others got in the way of (1023, a deadlock), after pauses of random length. */
export async function insisting<T>(task: () => Promise<T>, isGiven: (error: unknown) => boolean): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await task()
    } catch (error) {
      const isConflict = error instanceof EtlError && error.code === 'target.conflict'
      if (!isConflict || isGiven(error) || n >= attempts) throw error
      await sleep(100 * 2 ** n * Math.random())
    }
  }
}
