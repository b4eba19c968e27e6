import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ObjectStore } from '../../packages/etl/src/store/contract.ts'
import { openS3 } from '../../packages/etl/src/store/s3/index.ts'
import { randomFrom } from '../crash/random.ts'
import { type S3Server, startS3Server } from './server/index.ts'
import type { S3Code } from './server/error.ts'
import { settingsOf } from './settings.ts'

// Fault line 25 (a batch whose call succeeds while some of its records fail), for the batches that the product sends.

const count = 1_500
const addressOf = (i: number): string => `s3://shop/many/${i} <&> ü`

let server: S3Server
let store: ObjectStore

beforeAll(async () => {
  server = await startS3Server()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  server.makeBucket('shop')
  server.log.length = 0
  store = openS3(settingsOf(server))
  for (let i = 0; i < count; i++) await store.put(addressOf(i), Buffer.from('x'))
})
afterEach(() => store[Symbol.asyncDispose]())

/** Every key of a random third fails so many times; returns how often each was asked for. */
function failSome(seed: number, code: S3Code, times: number): ReadonlyMap<string, number> {
  const random = randomFrom(seed)
  const asked = new Map<string, number>()
  const failing = new Map<string, boolean>()
  server.onDeleteKey = (key) => {
    asked.set(key, (asked.get(key) ?? 0) + 1)
    if (!failing.has(key)) failing.set(key, random.chance(1 / 3))
    return failing.get(key) === true && (asked.get(key) ?? 0) <= times ? code : undefined
  }
  return asked
}

const left = (): number => server.buckets.get('shop')?.objects.size ?? 0
const addresses = Array.from({ length: count }, (_, i) => addressOf(i))

test.each(['SlowDown', 'InternalError'] as const)(
  'keys that meet %s within a call go again, alone',
  async (code) => {
    const seed = Date.now() % 1_000_000
    const asked = failSome(seed, code, 2)
    await store.delete(addresses)
    expect(left(), `seed ${seed}`).toBe(0)
    const often = Map.groupBy(asked.values(), (times) => times)
    expect([...often.keys()].toSorted(), `seed ${seed}`).toEqual([1, 3])
    expect(often.get(1)?.length, `seed ${seed}`).toBeGreaterThan(count / 2)
  },
)

test('keys that may not be deleted fail it, and do not keep the others', async () => {
  const asked = failSome(7, 'AccessDenied', Infinity)
  const failure = (await store.delete(addresses).catch((e: unknown) => e)) as Error
  expect(failure).toMatchObject({ code: 'connection.unauthorized', retry: 'never' })
  expect(failure.message).toMatch(/^deleting s3:\/\/shop\/many\/\d+ <&> ü and \d+ others failed/)
  expect(left()).toBeGreaterThan(count / 5)
  expect(left()).toBeLessThan(count / 2)
  expect(asked.size).toBe(count)
  expect(new Set(asked.values())).toEqual(new Set([1]))
})

test('keys that never go fail it in the end, and may be tried again', async () => {
  const asked = failSome(8, 'SlowDown', Infinity)
  await expect(store.delete(addresses)).rejects.toMatchObject({
    code: 'connection.failed',
    retry: 'transient',
  })
  expect(new Set(asked.values())).toEqual(new Set([1, 5]))
  server.onDeleteKey = undefined
  await store.delete(addresses)
  expect(left()).toBe(0)
})
