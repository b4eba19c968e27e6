import { pauseAfter } from '../../base/backoff.ts'
import { isLost } from './failure.ts'

const attempts = 6

/** Tries again to connect while the server cannot be reached: it may be starting. Waits up to 12 s in all. */
export async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await task()
    } catch (error) {
      if (n >= attempts || !isLost(error)) throw error
      await pauseAfter(n, { firstMs: 400 })
    }
  }
}
