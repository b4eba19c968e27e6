import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { secret } from '../../packages/etl/src/base/secret.ts'
import type { ObjectInfo, ObjectStore } from '../../packages/etl/src/store/contract.ts'
import { openS3 } from '../../packages/etl/src/store/s3/index.ts'
import type { Bucket } from './server/bucket.ts'
import { type S3Server, startS3Server } from './server/index.ts'
import { settingsOf } from './settings.ts'

let server: S3Server
let bucket: Bucket
let store: ObjectStore
let folder: string

beforeAll(async () => {
  server = await startS3Server()
  folder = await mkdtemp(path.join(tmpdir(), 's3-store-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  bucket = server.makeBucket('shop')
  server.faults.clear()
  server.log.length = 0
  store = openS3(settingsOf(server))
  return () => store[Symbol.asyncDispose]()
})

let files = 0
const fresh = (): string => path.join(folder, `${(files += 1)}`)
async function listed(objects: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = []
  for await (const object of objects) all.push(object)
  return all
}

const big = Buffer.alloc(5 * 2 ** 20 + 7, 'The quick brown fox. ')

test('bytes are put, read, found and deleted', async () => {
  expect(await store.get('s3://shop/a b/ü+1')).toBeUndefined()
  await store.put('s3://shop/a b/ü+1', Buffer.from('text'))
  expect((await store.get('s3://shop/a b/ü+1'))?.bytes.toString()).toBe('text')
  const found = await store.head('s3://shop/a b/ü+1')
  expect(found).toMatchObject({ address: 's3://shop/a b/ü+1', size: 4 })
  if (found === undefined) return
  expect((await store.getRange(found, 1, 3)).toString()).toBe('ex')
  await store.delete(['s3://shop/a b/ü+1', 's3://shop/none'])
  expect(await store.head('s3://shop/a b/ü+1')).toBeUndefined()
  expect(bucket.objects.size).toBe(0)
})

test('a conditional put happens where its condition holds, and nowhere else', async () => {
  const first = await store.put('s3://shop/c', Buffer.from('1'), 'absent')
  expect(first?.etag).toMatch(/^"/)
  expect(await store.put('s3://shop/c', Buffer.from('2'), 'absent')).toBeUndefined()
  const second = await store.put('s3://shop/c', Buffer.from('2'), { etag: first?.etag ?? '' })
  expect(second?.etag).toMatch(/^"/)
  expect(await store.put('s3://shop/c', Buffer.from('3'), { etag: first?.etag ?? '' })).toBeUndefined()
  expect(await store.put('s3://shop/none', Buffer.from('3'), { etag: '"0"' })).toBeUndefined()
  expect((await store.get('s3://shop/c'))?.bytes.toString()).toBe('2')
})

test('of sixteen writers of the same object one succeeds', async () => {
  const writers = Array.from({ length: 16 }, (_, i) =>
    store.put('s3://shop/race', Buffer.from(`${i}`), 'absent'),
  )
  expect((await Promise.all(writers)).filter((w) => w !== undefined)).toHaveLength(1)
})

test('a conditional put whose reply is lost is answered as refused, though it happened', async () => {
  server.faults.add({ kind: 'lose-reply', operation: 'PutObject' })
  expect(await store.put('s3://shop/lost', Buffer.from('mine'), 'absent')).toBeUndefined()
  expect((await store.get('s3://shop/lost'))?.bytes.toString()).toBe('mine')
})

test('a file goes up in parts and comes down whole', async () => {
  const from = fresh()
  const bytes = Buffer.concat([big, big, big, big])
  await writeFile(from, bytes)
  await store.putFile('s3://shop/big', from)
  expect(server.log.filter((l) => l.startsWith('UploadPart')).length).toBe(3)
  expect(bucket.objects.get('big')?.bytes.equals(bytes)).toBe(true)
  const to = fresh()
  await store.getFile('s3://shop/big', to)
  expect((await readFile(to)).equals(bytes)).toBe(true)
  await writeFile(from, '')
  await store.putFile('s3://shop/empty', from)
  const empty = fresh()
  await store.getFile('s3://shop/empty', empty)
  expect((await readFile(empty)).length).toBe(0)
})

test('an upload that fails leaves neither an object nor parts', async () => {
  const from = fresh()
  await writeFile(from, Buffer.concat([big, big, big]))
  server.faults.add({ kind: 'denied', operation: 'UploadPart', every: 2 })
  await expect(store.putFile('s3://shop/half', from)).rejects.toMatchObject({
    code: 'connection.unauthorized',
  })
  expect([bucket.objects.size, bucket.uploads.size]).toEqual([0, 0])
})

test.for(['slow-down', 'internal-error', 'reset', 'lose-reply'] as const)(
  'every second call ends in %s and all calls succeed',
  async (kind) => {
    server.faults.add({ kind, every: 2, times: kind === 'slow-down' ? 3 : 8 })
    const from = fresh()
    await writeFile(from, Buffer.concat([big, big]))
    await store.putFile('s3://shop/file', from)
    await store.put('s3://shop/small', Buffer.from('small'))
    const to = fresh()
    await store.getFile('s3://shop/file', to)
    expect((await readFile(to)).length).toBe(2 * big.length)
    expect((await store.get('s3://shop/small'))?.bytes.toString()).toBe('small')
    expect(await listed(store.list('s3://shop/'))).toHaveLength(2)
    await store.delete(['s3://shop/small'])
  },
)

test('a download goes on where its connection broke, without reading anything twice', async () => {
  bucket.put('big', await object(big))
  server.faults.add({ kind: 'truncate', operation: 'GetObject', times: 3 })
  const to = fresh()
  await store.getFile('s3://shop/big', to)
  expect((await readFile(to)).equals(big)).toBe(true)
  const ranges = server.ranges.slice(-4)
  expect(ranges[0]).toBeUndefined()
  expect(ranges.slice(1).every((r) => /^bytes=[1-9]\d*-$/.test(r ?? ''))).toBe(true)
})

test('a body that arrives damaged is fetched again, in one piece or after a break', async () => {
  await store.put('s3://shop/big', big)
  server.faults.add({ kind: 'corrupt', operation: 'GetObject' })
  const to = fresh()
  await store.getFile('s3://shop/big', to)
  expect((await readFile(to)).equals(big)).toBe(true)
  server.faults.add({ kind: 'truncate', operation: 'GetObject' })
  server.faults.add({ kind: 'corrupt', operation: 'GetObject' })
  const again = fresh()
  await store.getFile('s3://shop/big', again)
  expect((await readFile(again)).equals(big)).toBe(true)
})

test('a connection that breaks every time is given up, not retried for ever', async () => {
  bucket.put('one', await object(Buffer.from('ab')))
  server.faults.add({ kind: 'reset', operation: 'GetObject', times: Infinity })
  await expect(store.get('s3://shop/one')).rejects.toMatchObject({
    code: 'connection.failed',
    retry: 'transient',
  })
})

test('an object that changed since it was listed is refused, also in the middle', async () => {
  await store.put('s3://shop/x', big)
  const [before] = await listed(store.list('s3://shop/x'))
  if (before === undefined) throw new Error('nothing listed')
  server.faults.add({ kind: 'truncate', operation: 'GetObject' })
  server.onCall = async ({ operation, headers }) => {
    if (operation === 'GetObject' && headers.range !== undefined)
      bucket.put('x', await object(Buffer.alloc(big.length)))
  }
  const changed = store.getFile('s3://shop/x', fresh(), { expected: before })
  await expect(changed).rejects.toMatchObject({ code: 'source.changed' })
  server.onCall = undefined
  await expect(store.getRange(before, 0, 4)).rejects.toMatchObject({ code: 'source.changed' })
  bucket.delete('x')
  await expect(store.getFile('s3://shop/x', fresh(), { expected: before })).rejects.toMatchObject({
    code: 'source.missing',
  })
})

test('a listing goes through its pages in constant memory', async () => {
  const count = Number(process.env['S3_LISTED_KEYS'] ?? 60_000)
  const shared = await object(Buffer.from('x'))
  for (let i = 0; i < count; i++) bucket.put(`many/${String(i).padStart(8, '0')}`, shared)
  bucket.put('other/1', shared)
  let [seen, last, peak] = [0, '', 0]
  for await (const { address } of store.list('s3://shop/many/')) {
    expect(address > last).toBe(true)
    last = address
    seen += 1
    if (seen % 10_000 === 0) peak = Math.max(peak, heldBytes())
    if (seen === 10_000) server.log.length = 0
  }
  expect(seen).toBe(count)
  process.stderr.write(`listed ${seen} keys, at most ${Math.round(peak / 2 ** 20)} MiB of heap held\n`)
})

const heldBytes = (): number => process.memoryUsage().heapUsed

test('new objects are encrypted with the key of the settings', async () => {
  await using sealed = openS3({ ...settingsOf(server), kmsKey: 'alias/lake' })
  const from = fresh()
  await writeFile(from, big)
  await sealed.putFile('s3://shop/k/file', from)
  await writeFile(from, Buffer.concat([big, big]))
  await sealed.putFile('s3://shop/k/parts', from)
  await sealed.put('s3://shop/k/bytes', Buffer.from('x'), 'absent')
  const keys = [...bucket.objects.values()].map((o) => o.encryption)
  expect(keys).toEqual(Array.from({ length: 3 }, () => ({ algorithm: 'aws:kms', kmsKey: 'alias/lake' })))
  await using wrong = openS3({ ...settingsOf(server), kmsKey: 'alias/missing' })
  await expect(wrong.put('s3://shop/k/no', Buffer.from('x'))).rejects.toMatchObject({
    code: 'connection.failed',
  })
})

test('refusals say what to do, and hold no secret', async () => {
  process.env['S3_TEST_WRONG'] = 'not-the-secret'
  const credentials = { accessKeyId: secret('env:S3_TEST_ID'), secretAccessKey: secret('env:S3_TEST_WRONG') }
  await using wrong = openS3({ ...settingsOf(server), credentials })
  const refused = (await wrong.head('s3://shop/x').catch((e: unknown) => e)) as Error
  expect(refused).toMatchObject({ code: 'connection.unauthorized' })
  expect(JSON.stringify({ ...refused, message: refused.message })).not.toContain('not-the-secret')
  await expect(store.get('s3://elsewhere/x')).rejects.toMatchObject({
    code: 'connection.failed',
    retry: 'never',
  })
  await expect(store.get('s3://Shop/x')).rejects.toMatchObject({ code: 'config.invalid' })
  server.faults.add({ kind: 'expired', operation: 'ListObjectsV2' })
  await expect(listed(store.list('s3://shop/'))).rejects.toMatchObject({
    code: 'connection.unauthorized',
  })
  await using away = openS3({ ...settingsOf(server), endpoint: 'http://127.0.0.1:1' })
  await expect(away.head('s3://shop/x')).rejects.toMatchObject({
    code: 'connection.failed',
    retry: 'transient',
  })
})

async function object(bytes: Buffer): Promise<Parameters<Bucket['put']>[1]> {
  const { etagOf, nowSecond } = await import('./server/bucket.ts')
  const etag = etagOf(bytes, undefined)
  return {
    bytes,
    etag,
    modifiedMs: nowSecond(),
    encryption: undefined,
    checksum: undefined,
    contentType: undefined,
  }
}
