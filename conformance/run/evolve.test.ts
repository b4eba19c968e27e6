import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  csv,
  decimal,
  derive,
  fn,
  from,
  int32,
  int64,
  month,
  table,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'
import { openWorkshop, story, type Workshop } from './workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop[Symbol.asyncDispose]())

const path = (): string => join(shop.folder, 'in/a/*.csv')
const ids = async (): Promise<readonly (readonly [string, number])[]> =>
  (await shop.load('t.raw')).schema.map((f) => [f.name, f.id])

const two = (contract: 'evolve' | 'freeze' | 'reject' = 'evolve') =>
  table('t.raw', { from: csv(path(), { columns: { id: int32({}), v: text({}) } }), contract })

describe('a changed declaration', () => {
  beforeEach(async () => {
    await shop.deliver('a/1.csv', ['id,v,w', '1,a,7', '2,b,8'])
    await shop.run([two()])
  })

  test('adds a column under a new field id, and keeps the ids there are', async () => {
    const three = table('t.raw', {
      from: csv(path(), { columns: { w: int64({}), id: int32({}), v: text({}) } }),
    })
    expect(story(await shop.run([three]))).toEqual(['t.raw full: the definition changed'])
    expect(new Map(await ids())).toEqual(
      new Map([
        ['id', 1],
        ['v', 2],
        ['w', 3],
      ]),
    )
    expect(await shop.rows('t.raw')).toEqual(['["1","a","7"]', '["2","b","8"]'])
    const old = await shop.lake.load('t.raw')
    const first = old?.snapshots[0]?.id ?? 0n
    expect(old?.schemaAt({ snapshot: first }).map((f) => f.name)).toEqual(['id', 'v'])
  })

  test('drops a column; the same name later is another column', async () => {
    await shop.run([table('t.raw', { from: csv(path(), { columns: { id: int32({}) } }) })])
    expect(await ids()).toEqual([['id', 1]])
    await shop.run([two()])
    expect(await ids()).toEqual([
      ['id', 1],
      ['v', 3],
    ])
    expect(await shop.rows('t.raw')).toEqual(['["1","a"]', '["2","b"]'])
  })

  test('widens a column in place and replaces one of another type', async () => {
    await shop.run([table('t.raw', { from: csv(path(), { columns: { id: int64({}), v: text({}) } }) })])
    expect(await ids()).toEqual([
      ['id', 1],
      ['v', 2],
    ])
    await shop.run([
      table('t.raw', { from: csv(path(), { columns: { id: decimal(9, 2, {}), v: text({}) } }) }),
    ])
    expect(new Map(await ids())).toEqual(
      new Map([
        ['v', 2],
        ['id', 3],
      ]),
    )
    expect(await shop.rows('t.raw')).toEqual(['["a","1.00"]', '["b","2.00"]'])
  })

  for (const contract of ['freeze', 'reject'] as const) {
    test(`is refused under \`contract: '${contract}'\`, and the table stays`, async () => {
      await shop.run([two(contract)])
      const more = table('t.raw', {
        from: csv(path(), { columns: { id: int32({}), v: text({}), w: int64({}) } }),
        contract,
      })
      const report = await shop.run([more])
      expect(story(report)).toEqual(['t.raw failed: run.schema-frozen'])
      expect(report.by.get('t.raw')?.error?.message).toContain('add w int64')
      expect(await ids()).toEqual([
        ['id', 1],
        ['v', 2],
      ])
      expect(story(await shop.run([two(contract)]))).toEqual(['t.raw unchanged: nothing new'])
    })
  }

  test('of steps alone leaves a frozen schema in peace', async () => {
    const shouting = table('t.raw', {
      from: from(csv(path(), { columns: { id: int32({}), v: text({}) } })).pipe(
        derive((c) => ({ v: fn.upper(c.v) })),
      ),
      contract: 'freeze',
    })
    expect(story(await shop.run([shouting]))).toEqual(['t.raw full: the definition changed'])
    expect(await shop.rows('t.raw')).toEqual(['["1","A"]', '["2","B"]'])
  })
})

test('another partitioning is taken up by a full build', async () => {
  await shop.deliver('a/1.csv', ['id,at', '1,2024-01-05 00:00:00', '2,2024-02-05 00:00:00'])
  const columns = { id: int64({}), at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss' }) }
  await shop.run([table('t.raw', { from: csv(path(), { columns }) })])
  const monthly = table('t.raw', { from: csv(path(), { columns }), partition: [month('at')] })
  expect(story(await shop.run([monthly]))).toEqual(['t.raw full: the definition changed'])
  const files = await (await shop.load('t.raw')).files()
  expect(files.map((f) => f.partition).toSorted()).toEqual([['648'], ['649']])
  expect(await shop.rows('t.raw')).toHaveLength(2)
})
