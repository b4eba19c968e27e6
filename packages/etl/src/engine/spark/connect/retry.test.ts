import { expect, test } from 'vitest'
import { encode } from './codec.ts'
import { type RetryPolicy, backoff, isRetryable, retrying } from './retry.ts'
import { RpcError, failureIn, statusNames } from './rpc-error.ts'

const quick: RetryPolicy = {
  budgetMs: 200,
  firstPauseMs: 1,
  factor: 2,
  longestPauseMs: 8,
  random: () => 0.5,
}

test('only what Spark’s own clients try again is tried again', () => {
  const again = statusNames.filter((status) => isRetryable(new RpcError(status, 'x')))
  expect(again).toEqual(['UNAVAILABLE'])
  expect(isRetryable(new RpcError('INTERNAL', '[INVALID_CURSOR.DISCONNECTED] …'))).toBe(true)
  expect(isRetryable(new RpcError('INTERNAL', '[DIVIDE_BY_ZERO] …'))).toBe(false)
  expect(isRetryable(new Error('UNAVAILABLE'))).toBe(false)
})

test('a server that names a pause is tried again after it', () => {
  const value = encode('google.rpc.RetryInfo', { retry_delay: { seconds: 1n, nanos: 500_000_000 } })
  const any = { type_url: 'type.googleapis.com/google.rpc.RetryInfo', value }
  const status = encode('google.rpc.Status', { code: 8, message: 'busy', details: [any] })
  const error = failureIn({
    'grpc-status': '8',
    'grpc-status-details-bin': Buffer.from(status).toString('base64'),
  })
  expect(error).toMatchObject({ status: 'RESOURCE_EXHAUSTED', message: 'busy', retryAfterMs: 1_500 })
  expect(isRetryable(error)).toBe(true)
})

test('statuses of proxies and of gRPC are told apart', () => {
  expect(failureIn({ ':status': 200 } as never)).toBe('open')
  expect(failureIn({ 'grpc-status': '0' })).toBeUndefined()
  expect(failureIn({ ':status': 503 } as never)).toMatchObject({ status: 'UNAVAILABLE' })
  expect(failureIn({ ':status': 401 } as never)).toMatchObject({ status: 'UNAUTHENTICATED' })
  expect(failureIn({ 'grpc-status': '5', 'grpc-message': 'not%20here' })).toMatchObject({
    status: 'NOT_FOUND',
    message: 'not here',
  })
})

test('a call is made again until it succeeds', async () => {
  let calls = 0
  const result = await retrying(quick, () => {
    calls++
    return calls < 4 ? Promise.reject(new RpcError('UNAVAILABLE', 'x')) : Promise.resolve(calls)
  })
  expect(result).toBe(4)
})

test('attempts end with the budget, and with what failed last', async () => {
  const began = performance.now()
  let calls = 0
  const call = retrying(quick, () => Promise.reject(new RpcError('UNAVAILABLE', `attempt ${++calls}`)))
  await expect(call).rejects.toThrow(/^attempt \d+$/)
  expect(calls).toBeGreaterThan(3)
  expect(performance.now() - began).toBeLessThan(2_000)
})

test('an abort ends the pause, a sign of life renews the budget', async () => {
  const error = new RpcError('UNAVAILABLE', 'x')
  const slow = backoff({ ...quick, budgetMs: 100_000, firstPauseMs: 50_000, longestPauseMs: 50_000 })
  await expect(slow.pause(error, AbortSignal.timeout(20))).rejects.toBe(error)
  const tries = backoff({ ...quick, budgetMs: 5, firstPauseMs: 4, factor: 1, longestPauseMs: 4 })
  for (let i = 0; i < 5; i++) {
    await tries.pause(error)
    tries.reset()
  }
  await tries.pause(error)
  await expect(tries.pause(error)).rejects.toBe(error)
})
