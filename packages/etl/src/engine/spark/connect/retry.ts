import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError } from './rpc-error.ts'

/** For how long, and how often, a call is tried again. */
export interface RetryPolicy {
  /** The time after which no further attempt begins, counted from the first failure since the last sign of life. */
  readonly budgetMs: number
  readonly firstPauseMs: number
  readonly factor: number
  readonly longestPauseMs: number
  /** Between 0 and 1, to spread attempts of many clients. */
  readonly random: () => number
}

/** As Spark's own clients do, but for two minutes instead of ten, so that a dead server is reported soon. */
export const defaultRetry: RetryPolicy = Object.freeze({
  budgetMs: 120_000,
  firstPauseMs: 50,
  factor: 4,
  longestPauseMs: 15_000,
  random: Math.random,
})

/**
 * Whether Spark's own clients would make the same call again: the service was not reached or went away, another
 * attachment ended this one, or the server asks for it. Source: pyspark/sql/connect/client/retries.py, 3.5 and 4.1.
 */
export function isRetryable(error: unknown): error is RpcError {
  if (!(error instanceof RpcError)) return false
  if (error.retryAfterMs !== undefined || error.status === 'UNAVAILABLE') return true
  return error.status === 'INTERNAL' && error.message.includes('INVALID_CURSOR.DISCONNECTED')
}

/** Pauses between the attempts of one call. */
export interface Backoff {
  /** Forgets past failures, because something was heard. */
  reset(): void
  /** Waits before the next attempt; throws `error` when it may not be made. Ends early, with `error`, on abort. */
  pause(error: RpcError, signal?: AbortSignal): Promise<void>
}

/** Begins a series of attempts. */
export function backoff(policy: RetryPolicy): Backoff {
  let failures = 0
  let since: number | undefined
  return {
    reset() {
      failures = 0
      since = undefined
    },
    async pause(error, signal) {
      const grown = Math.min(policy.firstPauseMs * policy.factor ** failures, policy.longestPauseMs)
      failures++
      since ??= performance.now()
      const pauseMs = Math.max(grown * (0.75 + policy.random() / 2), error.retryAfterMs ?? 0)
      if (performance.now() - since + pauseMs > policy.budgetMs || signal?.aborted === true) throw error
      try {
        await sleep(pauseMs, undefined, signal === undefined ? {} : { signal })
      } catch {
        throw error
      }
    },
  }
}

/** Makes a call until it succeeds or may not be tried again. Only for calls that may be repeated. */
export async function retrying<T>(
  policy: RetryPolicy,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const tries = backoff(policy)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isRetryable(error)) throw error
      await tries.pause(error, signal)
    }
  }
}
