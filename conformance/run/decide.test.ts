import { rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aggregate,
  csv,
  dedupe,
  filter,
  fn,
  int64,
  join as joinStep,
  lookup,
  table,
  text,
} from '../../packages/etl/src/index.ts'
import { counted, openWorkshop, story, type Workshop } from './workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop[Symbol.asyncDispose]())

const head = 'id,v,k'
const columns = { id: int64({ required: true }), v: int64({}), k: text({}) }

/** A source, a filter of it, the newest row by key, and the sum by key. */
function chain(
  options: { readonly changed?: 'fail' | 'append-as-new' | 'reload'; readonly floor?: number } = {},
) {
  const source = csv(join(shop.folder, 'in/a/*.csv'), { columns, onChangedFile: options.changed ?? 'fail' })
  const raw = table('t.raw', { from: source })
  const kept = table('t.kept', { from: raw.pipe(filter((c) => fn.gt(c.v, options.floor ?? 0))) })
  const last = table('t.last', {
    from: raw.pipe(dedupe({ by: ['k'], keep: 'last', order: ['v', 'id'] })),
  })
  const sums = table('t.sums', {
    from: kept.pipe(aggregate({ by: (c) => ({ k: c.k }), columns: (c) => ({ total: fn.sum(c.v) }) })),
  })
  return { raw, kept, last, sums, all: [raw, kept, last, sums] }
}

test('a new table is built, an unchanged one is not', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x', '2,0,x', '3,7,y'])
  const { all } = chain()
  expect(story(await shop.run(all))).toEqual([
    't.raw full: new table',
    't.kept full: new table',
    't.last full: new table',
    't.sums full: new table',
  ])
  expect(story(await shop.run(all))).toEqual(
    ['t.raw', 't.kept', 't.last', 't.sums'].map((t) => `${t} unchanged: nothing new`),
  )
})

test('a new file is appended, merged by key, and aggregated anew', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x', '2,0,x', '3,7,y'])
  const { all } = chain()
  await shop.run(all)
  await shop.deliver('a/2.csv', [head, '4,9,x', '5,-1,z'])
  const report = await shop.run(all)
  expect(story(report)).toEqual([
    't.raw append: 1 new file',
    't.kept append: t.raw changed',
    't.last merge: t.raw changed',
    't.sums full: t.kept changed, aggregates need all rows',
  ])
  expect(counted(report.by.get('t.raw'))).toEqual({ read: 2, written: 2 })
  expect(counted(report.by.get('t.kept'))).toEqual({ read: 2, written: 1, filtered: 1 })
  expect(await shop.rows('t.kept')).toEqual(['["1","5","x"]', '["3","7","y"]', '["4","9","x"]'])
  expect(await shop.rows('t.last')).toEqual(['["3","7","y"]', '["4","9","x"]', '["5","-1","z"]'])
  expect(await shop.rows('t.sums')).toEqual(['["x","14"]', '["y","7"]'])
})

describe('a changed file', () => {
  beforeEach(async () => {
    await shop.deliver('a/1.csv', [head, '1,5,x'])
    await shop.deliver('a/2.csv', [head, '2,6,y'])
  })

  test('stops the table, and leaves it as it was', async () => {
    const { all } = chain()
    await shop.run(all)
    await shop.deliver('a/1.csv', [head, '1,5,x', '3,8,z'])
    const report = await shop.run(all)
    expect(report.outcome).toBe('failed')
    expect(story(report)).toEqual([
      't.raw failed: source.changed',
      't.kept skipped: t.raw failed',
      't.last skipped: t.raw failed',
      't.sums skipped: t.kept failed',
    ])
    expect(await shop.rows('t.raw')).toEqual(['["1","5","x"]', '["2","6","y"]'])
  })

  test('is taken as a whole under `append-as-new`', async () => {
    const { raw } = chain({ changed: 'append-as-new' })
    await shop.run([raw])
    await shop.deliver('a/1.csv', [head, '1,5,x', '3,8,z'])
    const report = await shop.run([raw])
    expect(story(report)).toEqual(['t.raw append: 1 new file'])
    expect(await shop.rows('t.raw')).toEqual([
      '["1","5","x"]',
      '["1","5","x"]',
      '["2","6","y"]',
      '["3","8","z"]',
    ])
    expect(story(await shop.run([raw]))).toEqual(['t.raw unchanged: nothing new'])
  })

  test('has everything read again under `reload`', async () => {
    const { all } = chain({ changed: 'reload' })
    await shop.run(all)
    await shop.deliver('a/1.csv', [head, '1,5,x', '3,8,z'])
    const report = await shop.run(all)
    expect(report.by.get('t.raw')).toMatchObject({ action: 'full', counts: { read: 3, written: 3 } })
    expect(report.by.get('t.kept')).toMatchObject({
      action: 'full',
      reasons: ['t.raw changed', 't.raw was rewritten'],
    })
    expect(await shop.rows('t.sums')).toEqual(['["x","5"]', '["y","6"]', '["z","8"]'])
  })

  test('that was only touched, or is gone, is nothing new', async () => {
    const { all } = chain()
    await shop.run(all)
    await utimes(join(shop.folder, 'in/a/1.csv'), new Date(), new Date(Date.now() + 5000))
    await rm(join(shop.folder, 'in/a/2.csv'))
    const report = await shop.run(all)
    expect(report.tables.map((t) => t.outcome)).toEqual(Array(4).fill('unchanged'))
  })

  test('under a new name is a new file', async () => {
    const { raw } = chain()
    await shop.run([raw])
    await rename(join(shop.folder, 'in/a/2.csv'), join(shop.folder, 'in/a/3.csv'))
    expect(story(await shop.run([raw]))).toEqual(['t.raw append: 1 new file'])
  })
})

test('a changed definition builds the table and what is below it anew, nothing above', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x', '2,0,x', '3,7,y'])
  await shop.run(chain().all)
  expect(story(await shop.run(chain({ floor: 5 }).all))).toEqual([
    't.raw unchanged: nothing new',
    't.kept full: the definition changed',
    't.last unchanged: nothing new',
    't.sums full: t.kept changed, aggregates need all rows',
  ])
  expect(await shop.rows('t.sums')).toEqual(['["y","7"]'])
})

test('a description, a moved folder of files and `maxRejected` are no part of the definition', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x'])
  const source = csv(join(shop.folder, 'in/a/*.csv'), { columns })
  await shop.run([table('t.raw', { from: source })])
  const moved = join(shop.folder, 'in/b')
  await rename(join(shop.folder, 'in/a'), moved)
  const again = csv(join(moved, '*.csv'), { columns, maxRejected: 3 })
  const report = await shop.run([table('t.raw', { from: again, description: 'as it came' })])
  expect(story(report)).toEqual(['t.raw unchanged: nothing new'])
})

test('`full` builds everything anew', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x'])
  const { all } = chain()
  await shop.run(all)
  const report = await shop.run(all, { full: true })
  expect(report.tables.map((t) => [t.action, t.reasons])).toEqual(
    all.map(() => ['full', ['a full refresh was asked for']]),
  )
  expect(await shop.rows('t.raw')).toEqual(['["1","5","x"]'])
})

describe('a dimension', () => {
  const dimension = () =>
    table('t.dim', {
      from: csv(join(shop.folder, 'in/dim/*.csv'), {
        columns: { k: text({ required: true }), name: text({}) },
        onChangedFile: 'reload',
      }),
    })

  test('that changed behind a lookup has all rows looked up again', async () => {
    await shop.deliver('a/1.csv', [head, '1,5,x', '2,6,y'])
    await shop.deliver('dim/1.csv', ['k,name', 'x,ex', 'y,why'])
    const { raw } = chain()
    const dim = dimension()
    const named = table('t.named', { from: raw.pipe(lookup(dim, { on: ['k'] })) })
    await shop.run([raw, dim, named])
    await shop.deliver('a/2.csv', [head, '3,7,x'])
    const appended = await shop.run([raw, dim, named])
    expect(appended.by.get('t.named')).toMatchObject({ action: 'append', counts: { read: 1, written: 1 } })
    await shop.deliver('dim/1.csv', ['k,name', 'x,EX', 'y,why'])
    const changed = await shop.run([raw, dim, named])
    expect(changed.by.get('t.named')).toMatchObject({
      action: 'full',
      reasons: ['t.dim changed', 'earlier rows were joined to t.dim as it was'],
      counts: { read: 3, written: 3 },
    })
    expect(await shop.rows('t.named')).toEqual([
      '["1","5","x","EX"]',
      '["2","6","y","why"]',
      '["3","7","x","EX"]',
    ])
  })

  test('that is the table itself makes increments impossible', async () => {
    await shop.deliver('a/1.csv', [head, '1,5,x', '2,6,x'])
    const { raw } = chain()
    const pairs = table('t.pairs', {
      from: raw.pipe(joinStep(raw, { type: 'inner', on: ['k'], keep: ['id'], prefix: 'other_' })),
    })
    await shop.run([raw, pairs])
    await shop.deliver('a/2.csv', [head, '3,7,x'])
    const report = await shop.run([raw, pairs])
    expect(report.by.get('t.pairs')?.reasons).toEqual(['t.raw changed', '"t.raw" is read in two places'])
    expect(await shop.rows('t.pairs')).toHaveLength(9)
  })
})

describe('maintenance upstream', () => {
  beforeEach(async () => {
    for (const n of [1, 2, 3]) {
      await shop.deliver(`a/${n}.csv`, [head, `${n},${n},k${n % 2}`])
      await shop.run(chain().all)
    }
  })

  test('compaction is nothing new below', async () => {
    expect((await shop.maintain('t.raw')).compactedFiles).toBe(3)
    expect(await (await shop.load('t.raw')).files()).toHaveLength(1)
    expect((await shop.maintain('t.kept')).compactedFiles).toBe(3)
    const report = await shop.run(chain().all)
    expect(report.tables.map((t) => t.outcome)).toEqual(Array(4).fill('unchanged'))
  })

  test('rows appended after a compaction are the only ones read', async () => {
    await shop.maintain('t.raw')
    await shop.deliver('a/4.csv', [head, '4,4,k0'])
    const report = await shop.run(chain().all)
    expect(counted(report.by.get('t.kept'))).toEqual({ read: 1, written: 1 })
    expect(report.by.get('t.last')?.action).toBe('merge')
    expect(await shop.rows('t.sums')).toEqual(['["k0","6"]', '["k1","4"]'])
  })

  test('compaction with expiry of all older snapshots is nothing new either', async () => {
    await shop.maintain('t.raw', 1)
    await shop.maintain('t.kept', 1)
    expect((await shop.load('t.raw')).snapshots).toHaveLength(1)
    const report = await shop.run(chain().all)
    expect(report.tables.map((t) => t.outcome)).toEqual(Array(4).fill('unchanged'))
    await shop.deliver('a/4.csv', [head, '4,4,k0'])
    const next = await shop.run(chain().all)
    expect(next.tables.map((t) => t.action)).toEqual(['append', 'append', 'merge', 'full'])
    expect(counted(next.by.get('t.kept'))).toEqual({ read: 1, written: 1 })
  })

  test('an upstream that forgets what came in between makes a full build', async () => {
    await shop.deliver('a/4.csv', [head, '4,4,k0'])
    await shop.run([chain().raw])
    await shop.deliver('a/5.csv', [head, '5,5,k1'])
    await shop.run([chain().raw])
    await shop.maintain('t.raw', 1)
    const report = await shop.run(chain().all)
    expect(report.by.get('t.kept')?.reasons).toEqual(['t.raw changed', 't.raw was rewritten'])
    expect(await shop.rows('t.kept')).toHaveLength(5)
    expect(await shop.rows('t.sums')).toEqual(['["k0","6"]', '["k1","9"]'])
  })
})

test('a dropped and rebuilt upstream is read as a whole', async () => {
  await shop.deliver('a/1.csv', [head, '1,5,x'])
  await shop.run(chain().all)
  const tx = await shop.lake.begin()
  tx.drop('t.raw')
  await tx.commit()
  const report = await shop.run(chain().all)
  expect(report.by.get('t.kept')).toMatchObject({
    action: 'full',
    reasons: ['t.raw changed', 't.raw was created anew'],
  })
  expect(await shop.rows('t.kept')).toEqual(['["1","5","x"]'])
})

test('no files and no rows make empty tables that later fill', async () => {
  const { all } = chain()
  expect(story(await shop.run(all))).toEqual(all.map((t) => `${t.name} full: new table`))
  expect(await shop.rows('t.sums')).toEqual([])
  expect((await shop.run(all)).tables.map((t) => t.outcome)).toEqual(Array(4).fill('unchanged'))
  await shop.deliver('a/0.csv', [head])
  expect((await shop.run(all)).by.get('t.raw')).toMatchObject({ action: 'append', counts: { read: 0 } })
  await shop.deliver('a/1.csv', [head, '1,5,x'])
  await shop.run(all)
  expect(await shop.rows('t.sums')).toEqual(['["x","5"]'])
})
