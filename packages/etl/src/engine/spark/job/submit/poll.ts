import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../../../base/errors.ts'

export interface PollOptions {
  /** Milliseconds before the first look; each later one is half as long again away, at most ten times. */
  readonly firstMs: number
  readonly signal: AbortSignal
  /** How long looks may fail with errors that pass before the last of them is thrown; default five minutes. */
  readonly patienceMs?: number
}

const passes = (error: unknown): boolean => error instanceof EtlError && error.retry !== 'never'

/**
 * Looks again and again until there is something to see. Looks that fail with errors that pass are repeated. Throws the
 * signal's reason when it aborts.
 */
export async function pollUntil<T>(look: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const { firstMs, signal, patienceMs = 300_000 } = options
  let failingSince: number | undefined
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 1.5, firstMs * 10)) {
    await sleep(waitMs, undefined, { signal })
    try {
      const seen = await look()
      if (seen !== undefined) return seen
      failingSince = undefined
    } catch (error) {
      signal.throwIfAborted()
      failingSince ??= Date.now()
      if (!passes(error) || Date.now() - failingSince > patienceMs) throw error
    }
  }
}
