import { expect, test } from 'vitest'
import { EtlError } from '../base/errors.ts'
import { retried } from './retry.ts'

const conflict = new EtlError('lake.conflict', 'changed', { retry: { afterMs: 1 } })

test('transient faults are repeated, at most three times', async () => {
  const attempts: number[] = []
  let calls = 0
  const second = async (): Promise<string> => {
    calls += 1
    if (calls === 1) throw conflict
    return 'done'
  }
  expect(await retried(second, { onRetry: (n) => attempts.push(n) })).toBe('done')
  expect([calls, attempts]).toEqual([2, [1]])
  calls = 0
  const never = async (): Promise<string> => {
    calls += 1
    throw conflict
  }
  await expect(retried(never)).rejects.toBe(conflict)
  expect(calls).toBe(4)
})

test('other failures, and any after a cancellation, end it at once', async () => {
  let calls = 0
  const failing = (error: Error) => async (): Promise<string> => {
    calls += 1
    throw error
  }
  await expect(retried(failing(new EtlError('lake.corrupt', 'broken')))).rejects.toThrow('broken')
  await expect(retried(failing(new TypeError('bug')))).rejects.toThrow('bug')
  await expect(retried(failing(conflict), { signal: AbortSignal.abort() })).rejects.toBe(conflict)
  expect(calls).toBe(3)
})
