import { expect, test } from 'vitest'
import { EtlError } from '../../../../base/errors.ts'
import { pollUntil } from './poll.ts'

const never = new AbortController().signal
const passing = new EtlError('connection.failed', 'no answer', { retry: 'transient' })

/** Looks that give these, one after another; errors are thrown. */
function looks(...seen: readonly unknown[]): () => Promise<unknown> {
  let next = 0
  return async () => {
    const one = seen[next++]
    if (one instanceof Error) throw one
    return one
  }
}

test('looks go on until there is something, also over errors that pass', async () => {
  const look = looks(undefined, passing, undefined, 'done')
  expect(await pollUntil(look, { firstMs: 1, signal: never })).toBe('done')
})

test('an error that stays, or passes for too long, ends it', async () => {
  const lasting = new EtlError('engine.job-refused', 'no such job')
  await expect(pollUntil(looks(lasting), { firstMs: 1, signal: never })).rejects.toBe(lasting)
  const failing = pollUntil(() => Promise.reject(passing), { firstMs: 5, signal: never, patienceMs: 20 })
  await expect(failing).rejects.toBe(passing)
})

test('an abort ends it at once', async () => {
  const started = Date.now()
  const polling = pollUntil(looks(), { firstMs: 60_000, signal: AbortSignal.timeout(20) })
  await expect(polling).rejects.toThrow()
  expect(Date.now() - started).toBeLessThan(10_000)
})
