import { expect, test } from 'vitest'
import { pauseAfter, pauseMs } from './backoff.ts'

test('pauses double up to the longest, and are spread over their upper half', () => {
  const backoff = { firstMs: 100, longestMs: 1000 }
  for (const [n, whole] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [60, 1000],
  ] as const) {
    const pauses = Array.from({ length: 500 }, () => pauseMs(n, backoff))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(whole / 2)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(whole)
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(whole / 4)
  }
})

test('a pause ends when it is cancelled', async () => {
  const signal = AbortSignal.timeout(20)
  await expect(pauseAfter(1, { firstMs: 60_000, longestMs: 60_000 }, signal)).rejects.toThrow(/abort/i)
})
