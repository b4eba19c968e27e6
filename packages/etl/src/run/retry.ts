import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../base/errors.ts'
import { pauseAfter } from '../base/backoff.ts'

export interface RetryOptions {
  readonly signal?: AbortSignal
  readonly onRetry?: (attempt: number, error: EtlError) => void
}

const maxAttempts = 4

/** Repeats a task after faults that say so (a concurrent commit), at most three times. Other failures are thrown at once. */
export async function retried<T>(task: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof EtlError) || error.retry === 'never') throw error
      if (attempt >= maxAttempts || options.signal?.aborted === true) throw error
      options.onRetry?.(attempt, error)
      if (typeof error.retry === 'object') await sleep(error.retry.afterMs)
      else await pauseAfter(attempt, { firstMs: 100 })
    }
  }
}
