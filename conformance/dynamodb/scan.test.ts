import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { dynamodb, int64, table, text } from '../../packages/etl/src/index.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { openFaultyProxy, throttled } from './faulty-proxy.ts'
import { type LocalTables, openTables, placeAt } from './local-tables.ts'

const missing = missingDynamodbLocal()
const title = `DynamoDB, parallel scans${missing === undefined ? '' : ` (${missing})`}`
const columns = { id: text({ required: true }), n: int64(), pad: text() }
const count = 1_500

describe.skipIf(missing !== undefined)(title, () => {
  let tables: LocalTables
  let shop: Workshop
  beforeAll(async () => {
    tables = await openTables()
    shop = await openWorkshop('dynamodb-')
    await tables.create('many')
    const pad = 'x'.repeat(6_000)
    await tables.put(
      'many',
      Array.from({ length: count }, (_, n) => ({ id: { S: `k${n}` }, n: { N: String(n) }, pad: { S: pad } })),
    )
  }, 180_000)
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await tables?.[Symbol.asyncDispose]()
  })
  const numbers = async (name: string): Promise<readonly number[]> =>
    (await shop.rows(name)).map((r) => Number((JSON.parse(r) as string[])[1])).toSorted((a, b) => a - b)
  const all = Array.from({ length: count }, (_, n) => n)

  test.each([1, 16])('%i segments give each item once', async (segments) => {
    const raw = table(`raw.segments_${segments}`, {
      from: dynamodb(tables.place, { table: 'many', columns, segments, consistent: segments === 16 }),
    })
    const { tables: reports } = await shop.run([raw])
    expect(reports[0]?.counts).toMatchObject({ read: count, written: count, rejected: 0 })
    expect(await numbers(`raw.segments_${segments}`)).toEqual(all)
    // The same items, in whatever order they come, are nothing new.
    const again = await shop.run([raw])
    expect(again.tables[0]).toMatchObject({ outcome: 'unchanged', action: 'none' })
    // Others replace what was published.
    const n = { N: String(count) }
    await tables.put('many', [{ id: { S: 'new' }, n, pad: { S: 'x' } }])
    const more = await shop.run([raw])
    expect(more.tables[0]).toMatchObject({ outcome: 'published', action: 'full' })
    expect(await numbers(`raw.segments_${segments}`)).toEqual([...all, count])
    await tables.client.send(new DeleteItemCommand({ TableName: 'many', Key: { id: { S: 'new' } } }))
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'published', action: 'full' })
    expect(await numbers(`raw.segments_${segments}`)).toEqual(all)
    // A refresh that is asked for is made.
    expect((await shop.run([raw], { full: true })).tables[0]).toMatchObject({ outcome: 'published' })
  })

  test('a limit on read units is kept', async () => {
    const limit = 400
    // About 9 MB, 8 KB to a read unit where the newest state is not asked for, less what one second may hold.
    const leastMs = ((count * 6_000) / 8_192 / limit) * 1_000 - 1_000
    const raw = table('raw.slow', {
      from: dynamodb(tables.place, { table: 'many', columns, readUnitsPerSecond: limit }),
    })
    const started = performance.now()
    const { tables: reports } = await shop.run([raw])
    expect(reports[0]?.error).toBeUndefined()
    expect(performance.now() - started).toBeGreaterThan(leastMs)
    expect(await numbers('raw.slow')).toEqual(all)
  })

  test('throttled requests are made again, and no item is lost or doubled', async () => {
    let requests = 0
    await using proxy = await openFaultyProxy(tables.endpoint, (operation) =>
      operation === 'Scan' && requests++ % 4 === 1 ? throttled : undefined,
    )
    const raw = table('raw.throttled', {
      from: dynamodb(placeAt(proxy.endpoint), { table: 'many', columns, segments: 2 }),
    })
    const { tables: reports } = await shop.run([raw])
    expect(reports[0]?.error).toBeUndefined()
    expect(requests).toBeGreaterThan(10)
    expect(await numbers('raw.throttled')).toEqual(all)
  })

  test('requests that are always throttled end with a message', async () => {
    await using proxy = await openFaultyProxy(tables.endpoint, (operation) =>
      operation === 'Scan' ? throttled : undefined,
    )
    const source = dynamodb({ ...placeAt(proxy.endpoint), attempts: 4 }, { table: 'many', columns })
    await expect((await remoteOf(source)).probe(source)).rejects.toMatchObject({
      code: 'source.throttled',
      retry: 'transient',
    })
    expect(proxy.operations.filter((o) => o === 'Scan')).toHaveLength(4)
  })

  test('a server that is gone is told', async () => {
    const source = dynamodb({ ...placeAt('http://127.0.0.1:9'), attempts: 2 }, { table: 'many', columns })
    await expect((await remoteOf(source)).probe(source)).rejects.toMatchObject({ code: 'connection.failed' })
  })

  test('items that change while they are read are there in one of their states; the others once', async () => {
    const raw = table('raw.moving', { from: dynamodb(tables.place, { table: 'many', columns, segments: 2 }) })
    const end = new AbortController()
    let changed = 0
    const churn = (async () => {
      for (let n = 0; !end.signal.aborted; n = (n + 7) % 300) {
        await tables.put('many', [{ id: { S: `k${n}` }, n: { N: String(n + 100_000) }, pad: { S: 'y' } }])
        await tables.put('many', [{ id: { S: `extra${n}` }, n: { N: '-1' } }])
        await tables.client.send(
          new DeleteItemCommand({ TableName: 'many', Key: { id: { S: `extra${n}` } } }),
        )
        changed++
      }
    })()
    try {
      const { tables: reports } = await shop.run([raw])
      expect(reports[0]?.error).toBeUndefined()
    } finally {
      end.abort()
      await churn
    }
    expect(changed).toBeGreaterThan(5)
    const rows = (await shop.rows('raw.moving')).map((r) => JSON.parse(r) as [string, string])
    const kept = rows.filter(([id]) => !id.startsWith('extra'))
    expect(new Set(kept.map(([id]) => id)).size).toBe(count)
    expect(kept).toHaveLength(count)
    for (const [id, n] of kept) expect([id, `k${Number(n) % 100_000}`]).toEqual([id, id])
  })
})
