import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait before something is tried again. */
export interface Backoff {
  /** Milliseconds before the second attempt; each further pause is twice as long. */
  readonly firstMs: number
  /** Milliseconds that no pause exceeds; default 15 s. */
  readonly longestMs?: number
}

/**
 * Milliseconds to wait after attempt `n` (from 1) has failed: at random between half of the pause and all of it, so that
 * many who were refused together do not come back together.
 */
export function pauseMs(n: number, { firstMs, longestMs = 15_000 }: Backoff): number {
  return Math.min(firstMs * 2 ** (n - 1), longestMs) * (0.5 + Math.random() / 2)
}

/** Waits after attempt `n` (from 1) has failed, see `pauseMs`. Fails with an AbortError when `signal` is raised. */
export async function pauseAfter(n: number, backoff: Backoff, signal?: AbortSignal): Promise<void> {
  await sleep(pauseMs(n, backoff), undefined, signal === undefined ? {} : { signal })
}
