import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  csv,
  derive,
  EtlError,
  expect as expectRule,
  filter,
  fn,
  from,
  int64,
  table,
  text,
} from '../../packages/etl/src/index.ts'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import type { RunEvent } from '../../packages/etl/src/run/report.ts'
import { counted, openWorkshop, story, type Workshop } from './workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop[Symbol.asyncDispose]())

const source = (folder: string, maxRejected?: number) =>
  csv(join(shop.folder, `in/${folder}/*.csv`), {
    columns: { id: int64({ required: true }), k: text({}) },
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })

describe('rejects', () => {
  beforeEach(async () => {
    await shop.deliver('a/1.csv', ['id,k', '1,x', 'two,y', '3,z', ',q'])
  })

  test('go to the rejected table in the same commit, by file and line', async () => {
    const report = await shop.run([table('t.raw', { from: source('a') })])
    expect(counted(report.by.get('t.raw'))).toEqual({ read: 4, written: 2, rejected: 2 })
    const rejected = (await shop.rows('t.raw$rejected')).map((r) => JSON.parse(r) as string[])
    expect(rejected.map(([, , file, line, , original]) => [file, line, original]).toSorted()).toEqual([
      [join(shop.folder, 'in/a/1.csv'), '3', 'two,y'],
      [join(shop.folder, 'in/a/1.csv'), '5', ',q'],
    ])
    const [data, bad] = [await shop.load('t.raw'), await shop.load('t.raw$rejected')]
    expect(bad.current?.summary['securecart.run']).toBe(data.current?.summary['securecart.run'])
  })

  test('of a full build replace those of the one before', async () => {
    const raw = table('t.raw', { from: source('a') })
    await shop.run([raw])
    await shop.run([raw], { full: true })
    expect(await shop.rows('t.raw$rejected')).toHaveLength(2)
  })

  const limits = [
    [2, true],
    [1, false],
    [0, false],
    [0.5, true],
    [0.49, false],
  ] as const
  for (const [limit, passes] of limits) {
    test(`two of four ${passes ? 'are within' : 'exceed'} maxRejected ${limit}`, async () => {
      const report = await shop.run([table('t.raw', { from: source('a', limit) })])
      expect(story(report)).toEqual([passes ? 't.raw full: new table' : 't.raw failed: run.too-many-rejects'])
      expect(await shop.lake.tables()).toEqual(passes ? ['t.raw', 't.raw$rejected'] : [])
    })
  }

  test("the table's own limit comes before its source's", async () => {
    const report = await shop.run([table('t.raw', { from: source('a', 0), maxRejected: 2 })])
    expect(report.outcome).toBe('done')
  })

  test('of a rule count as well', async () => {
    const raw = table('t.raw', { from: source('a') })
    const ruled = (maxRejected: number) =>
      table('t.ruled', { from: raw.pipe(expectRule('x only', (c) => fn.eq(c.k, 'x'))), maxRejected })
    expect(story(await shop.run([raw, ruled(0)]))[1]).toBe('t.ruled failed: run.too-many-rejects')
    expect(story(await shop.run([raw, ruled(1)]))[1]).toBe('t.ruled full: new table')
    expect(await shop.rows('t.ruled$rejected')).toEqual([expect.stringContaining('x only')])
  })
})

test('tables below a failed one are skipped, the others go on, and a repaired one catches up', async () => {
  await shop.deliver('a/1.csv', ['id,k', '1,x', 'bad,y'])
  await shop.deliver('b/1.csv', ['id,k', '7,x'])
  const tablesWith = (limit: number) => {
    const a = table('t.a', { from: source('a', limit) })
    const b = table('t.b', { from: source('b') })
    const belowA = table('t.below_a', { from: a.pipe(filter((c) => fn.gt(c.id, 0))) })
    const further = table('t.further', { from: belowA.pipe(filter((c) => fn.gt(c.id, 0))) })
    const belowB = table('t.below_b', { from: b.pipe(derive((c) => ({ id: fn.add(c.id, 1) }))) })
    return [a, b, belowA, further, belowB]
  }
  const report = await shop.run(tablesWith(0))
  expect(report.outcome).toBe('failed')
  expect(story(report)).toEqual([
    't.a failed: run.too-many-rejects',
    't.b full: new table',
    't.below_a skipped: t.a failed',
    't.further skipped: t.below_a failed',
    't.below_b full: new table',
  ])
  expect(await shop.rows('t.below_b')).toHaveLength(1)
  expect(story(await shop.run(tablesWith(1)))).toEqual([
    't.a full: new table',
    't.b unchanged: nothing new',
    't.below_a full: new table',
    't.further full: new table',
    't.below_b unchanged: nothing new',
  ])
})

/** An engine that lets something happen after it has written files and before they are published. */
const after = (engine: Engine, happens: () => Promise<void>): Engine => ({
  ...engine,
  materialise: async (request) => {
    const result = await engine.materialise(request)
    await happens()
    return result
  },
})

describe('a concurrent commit', () => {
  beforeEach(() => shop.deliver('a/1.csv', ['id,k', '1,x']))

  /** Another process sets a property: the table changed, its rows did not. */
  async function touch(): Promise<void> {
    await using lake = await openLake({ folder: shop.folder })
    const tx = await lake.begin()
    tx.setProperties('t.raw', { touched: String(process.hrtime.bigint()) })
    await tx.commit()
  }

  test('has the table decided and built again, and no row twice', async () => {
    const raw = table('t.raw', { from: source('a') })
    await shop.run([raw])
    await shop.deliver('a/2.csv', ['id,k', '2,y'])
    let times = 0
    const engine = after(shop.engine, async () => {
      times += 1
      if (times <= 2) await touch()
    })
    const events: RunEvent[] = []
    const report = await shop.run([raw], { engine, onEvent: (event) => events.push(event) })
    expect(story(report)).toEqual(['t.raw append: 1 new file'])
    const retries = events.filter((e) => e.kind === 'retrying')
    expect(retries.map((e) => [e.attempt, e.error.code])).toEqual([
      [1, 'lake.conflict'],
      [2, 'lake.conflict'],
    ])
    expect(await shop.rows('t.raw')).toHaveLength(2)
  })

  test('every time is a failure that leaves the table as it was', async () => {
    const raw = table('t.raw', { from: source('a') })
    await shop.run([raw])
    await shop.deliver('a/2.csv', ['id,k', '2,y'])
    const report = await shop.run([raw], { engine: after(shop.engine, touch) })
    expect(story(report)).toEqual(['t.raw failed: lake.conflict'])
    expect(await shop.rows('t.raw')).toHaveLength(1)
    expect(story(await shop.run([raw]))).toEqual(['t.raw append: 1 new file'])
  })

  test('of a run that came later is the work done', async () => {
    const raw = table('t.raw', { from: source('a') })
    let later: string | undefined
    const engine = after(shop.engine, async () => {
      if (later !== undefined) return
      const report = await shop.run([raw])
      later = report.run
      expect(story(report)).toEqual(['t.raw full: new table'])
    })
    const report = await shop.run([raw], { engine })
    expect(story(report)).toEqual([`t.raw unchanged: run ${later} published it meanwhile`])
    expect(report.outcome).toBe('done')
    expect(await shop.rows('t.raw')).toHaveLength(1)
  })

  test('of a run that came later leaves to the earlier one what is new since', async () => {
    const raw = table('t.raw', { from: source('a') })
    let first = true
    const engine = after(shop.engine, async () => {
      if (!first) return
      first = false
      await shop.run([raw])
      await shop.deliver('a/2.csv', ['id,k', '2,y'])
    })
    expect(story(await shop.run([raw], { engine }))).toEqual(['t.raw append: 1 new file'])
    expect(await shop.rows('t.raw')).toHaveLength(2)
  })

  test('of a run that came later does not shut out the earlier one before it has published', async () => {
    const raw = table('t.raw', { from: source('a') })
    let inner: Promise<readonly string[]> | undefined
    const open = Promise.withResolvers<void>()
    const outer = after(shop.engine, async () => {
      const taken = Promise.withResolvers<void>()
      const slow = after(shop.engine, async () => {
        taken.resolve()
        await open.promise
      })
      inner ??= shop.run([raw], { engine: slow }).then(story)
      await taken.promise
    })
    const report = await shop.run([raw], { engine: outer })
    expect(story(report)).toEqual(['t.raw full: new table'])
    open.resolve()
    expect(await inner).toEqual([`t.raw unchanged: run ${report.run} published it meanwhile`])
    expect(await shop.rows('t.raw')).toHaveLength(1)
  })

  test('of a run that came later with another definition is not undone by the earlier one', async () => {
    const raw = table('t.raw', { from: source('a') })
    const newer = table('t.raw', { from: from(source('a')).pipe(filter((c) => fn.gt(c.id, 5))) })
    let first = true
    const engine = after(shop.engine, async () => {
      if (first) await shop.run([newer])
      first = false
    })
    const report = await shop.run([raw], { engine })
    expect(story(report)).toEqual(['t.raw failed: lake.fenced'])
    expect(report.by.get('t.raw')?.error?.message).toContain('another definition')
    expect(await shop.rows('t.raw')).toEqual([])
  })
})

test('a cancelled run publishes nothing and can be taken up', async () => {
  await shop.deliver('a/1.csv', ['id,k', '1,x'])
  const raw = table('t.raw', { from: source('a') })
  const below = table('t.below', { from: raw.pipe(filter((c) => fn.gt(c.id, 0))) })
  const stop = new AbortController()
  const engine = after(shop.engine, async () => {
    stop.abort()
    throw new EtlError('run.cancelled', 'the run was cancelled')
  })
  const report = await shop.run([raw, below], { engine, signal: stop.signal })
  expect(story(report)).toEqual(['t.raw failed: run.cancelled', 't.below skipped: t.raw failed'])
  expect(await shop.lake.tables()).toEqual([])
  expect((await shop.run([raw, below])).outcome).toBe('done')
})

test('several tables at a time give what one at a time gives', async () => {
  await shop.deliver('a/1.csv', ['id,k', ...Array.from({ length: 500 }, (_, i) => `${i},k${i % 7}`)])
  const raw = table('t.raw', { from: source('a') })
  const parts = Array.from({ length: 6 }, (_, i) =>
    table(`t.part_${i}`, { from: raw.pipe(filter((c) => fn.eq(fn.mod(c.id, 6), i))) }),
  )
  await using engine = openDuckdb({ threads: 2, memoryLimitBytes: 2 ** 30, concurrency: 4 })
  let [now, most] = [0, 0]
  const watched: Engine = {
    ...engine,
    materialise: async (request) => {
      most = Math.max(most, ++now)
      return engine.materialise(request).finally(() => (now -= 1))
    },
  }
  const report = await shop.run([raw, ...parts], { engine: watched })
  expect(most).toBe(4)
  expect(report.outcome).toBe('done')
  const sizes = await Promise.all(parts.map(async (p) => (await shop.rows(p.name)).length))
  expect(sizes).toEqual([84, 84, 83, 83, 83, 83])
})
