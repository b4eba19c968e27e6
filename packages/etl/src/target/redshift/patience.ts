import { pauseAfter } from '../../base/backoff.ts'
import { EtlError } from '../../base/errors.ts'

const attempts = 6

/** Repeats a transaction that others got in the way of (1023, a deadlock), after pauses of random length. */
export async function insisting<T>(task: () => Promise<T>, isGiven: (error: unknown) => boolean): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await task()
    } catch (error) {
      const isConflict = error instanceof EtlError && error.code === 'target.conflict'
      if (!isConflict || isGiven(error) || n >= attempts) throw error
      await pauseAfter(n, { firstMs: 200 })
    }
  }
}
