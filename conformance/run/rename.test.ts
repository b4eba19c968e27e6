import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TableDeclaration } from '../../packages/etl/src/author/table.ts'
import { csv, derive, filter, fn, from, int64, sql, table, text } from '../../packages/etl/src/index.ts'
import { removeOrphans } from '../../packages/etl/src/lake/index.ts'
import { forecast } from '../../packages/etl/src/run/forecast.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { openWorkshop, story, type Workshop } from './workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
  await shop.deliver('a/1.csv', ['id,k', '1,x', '2,y', 'bad,z'])
})
afterEach(() => shop[Symbol.asyncDispose]())

const columns = { id: int64({ required: true }), k: text({}) }
const source = (folder = 'a') => csv(join(shop.folder, `in/${folder}/*.csv`), { columns })

const raw = (name: string, id?: string) =>
  table(name, { ...(id === undefined ? {} : { id }), from: source() })
const kept = (upstream: ReturnType<typeof raw>) =>
  table('t.kept', { from: upstream.pipe(filter((c) => fn.gt(c.id, 1))) })
const counted = (upstream: ReturnType<typeof raw>) =>
  table('t.counted', { query: sql`select k, count(*) as n from ${upstream} group by k` })

async function foreseen(tables: readonly TableDeclaration[]): Promise<readonly string[]> {
  const compiled = assertSound(await compileProject(tables))
  const found = await forecast(compiled, { lake: shop.lake, projectFolder: shop.folder, full: false })
  return found.map((f) => `${f.table} ${f.action}: ${f.reasons.join(', ')}`)
}

test('a renamed table keeps rows, rejects, history and positions, and nothing below is built anew', async () => {
  const before = raw('t.raw')
  await shop.run([before, kept(before), counted(before)])
  await shop.deliver('a/2.csv', ['id,k', '3,x'])
  await shop.run([before])
  const was = await shop.load('t.raw')
  const after = raw('t.lines', 't.raw')
  expect(await foreseen([after, kept(after), counted(after)])).toEqual([
    't.lines none: renamed from t.raw, nothing new',
    't.kept append: t.lines changed',
    't.counted full: t.lines changed, aggregates need all rows',
  ])
  expect(await shop.lake.tables()).toContain('t.raw')
  const report = await shop.run([after, kept(after), counted(after)])
  expect(story(report)).toEqual([
    't.lines unchanged: renamed from t.raw, nothing new',
    't.kept append: t.lines changed',
    't.counted full: t.lines changed, aggregates need all rows',
  ])
  expect(await shop.lake.tables()).toEqual(['t.counted', 't.kept', 't.lines', 't.lines$rejected'])
  const is = await shop.load('t.lines')
  expect([is.uuid, is.location, is.snapshots]).toEqual([was.uuid, was.location, was.snapshots])
  expect(await shop.rows('t.lines')).toEqual(['["1","x"]', '["2","y"]', '["3","x"]'])
  expect(await shop.rows('t.lines$rejected')).toHaveLength(1)
  await shop.deliver('a/3.csv', ['id,k', '4,x'])
  expect(story(await shop.run([after, kept(after)]))).toEqual([
    't.lines append: 1 new file',
    't.kept append: t.lines changed',
  ])
  expect(await shop.rows('t.kept')).toEqual(['["2","y"]', '["3","x"]', '["4","x"]'])
})

test('a rename alone changes nothing below', async () => {
  const before = raw('t.raw')
  await shop.run([before, kept(before), counted(before)])
  const after = raw('t.lines', 't.raw')
  const report = await shop.run([after, kept(after), counted(after)])
  expect(report.tables.map((t) => t.outcome)).toEqual(Array(3).fill('unchanged'))
})

test('the old name is free, and the new table of that name has a folder of its own', async () => {
  await shop.run([raw('t.raw')])
  const [after, fresh] = [raw('t.lines', 't.raw'), table('t.raw', { id: 't.raw-2', from: source('b') })]
  await shop.deliver('b/1.csv', ['id,k', '7,b', 'worse,b'])
  expect(story(await shop.run([after, fresh]))).toEqual([
    't.lines unchanged: renamed from t.raw, nothing new',
    't.raw full: new table',
  ])
  const [lines, own] = [await shop.load('t.lines'), await shop.load('t.raw')]
  expect(own.location).not.toBe(lines.location)
  for (const file of [...(await own.files()), ...(await (await shop.load('t.raw$rejected')).files())])
    expect(file.path.startsWith(`${lines.location}/`)).toBe(false)
  for (const name of await shop.lake.tables()) await removeOrphans(shop.lake, name, { olderThanMs: -60_000 })
  expect(await shop.rows('t.lines')).toEqual(['["1","x"]', '["2","y"]'])
  expect(await shop.rows('t.raw')).toEqual(['["7","b"]'])
  expect(await shop.rows('t.lines$rejected')).toEqual([expect.stringContaining('bad,z')])
  expect(await shop.rows('t.raw$rejected')).toEqual([expect.stringContaining('worse,b')])
  expect(story(await shop.run([after, fresh]))).toEqual([
    't.lines unchanged: nothing new',
    't.raw unchanged: nothing new',
  ])
})

test('two tables change places', async () => {
  await shop.deliver('b/1.csv', ['id,k', '7,b', '8,c'])
  const two = (a: string, b: string) => [
    table(a, { id: 't.a', from: source('a') }),
    table(b, { id: 't.b', from: source('b') }),
  ]
  await shop.run(two('t.a', 't.b'))
  const [a, b] = [await shop.load('t.a'), await shop.load('t.b')]
  const report = await shop.run(two('t.b', 't.a'))
  expect(story(report)).toEqual([
    't.b unchanged: renamed from t.a, nothing new',
    't.a unchanged: renamed from t.b, nothing new',
  ])
  expect([(await shop.load('t.b')).uuid, (await shop.load('t.a')).uuid]).toEqual([a.uuid, b.uuid])
  expect(await shop.rows('t.a')).toEqual(['["7","b"]', '["8","c"]'])
  expect(await shop.lake.tables()).toEqual(['t.a', 't.b', 't.b$rejected'])
  expect(story(await shop.run(two('t.b', 't.a')))).toEqual([
    't.b unchanged: nothing new',
    't.a unchanged: nothing new',
  ])
  // The ids may go once the names are settled: the tables stay where they are.
  const plain = [table('t.b', { from: source('a') }), table('t.a', { from: source('b') })]
  await shop.run(plain)
  expect(await shop.rows('t.a')).toEqual(['["7","b"]', '["8","c"]'])
})

test('a table is renamed back by taking its id away', async () => {
  await shop.run([raw('t.raw')])
  await shop.run([raw('t.lines', 't.raw')])
  expect(story(await shop.run([raw('t.raw')]))).toEqual([
    't.raw unchanged: renamed from t.lines, nothing new',
  ])
})

test('a name that another table keeps stops the run before anything is changed', async () => {
  await shop.deliver('b/1.csv', ['id,k', '7,b'])
  await shop.run([raw('t.raw'), table('t.other', { from: source('b') })])
  const run = shop.run([raw('t.other', 't.raw')])
  await expect(run).rejects.toMatchObject({ code: 'lake.exists' })
  expect(await shop.rows('t.other')).toEqual(['["7","b"]'])
  expect(await shop.rows('t.raw')).toHaveLength(2)
})

test('a table picked alone does not take the name that another declared table still has', async () => {
  await shop.run([raw('t.raw')])
  const [after, fresh] = [raw('t.lines', 't.raw'), table('t.raw', { id: 't.raw-2', from: source('b') })]
  await shop.deliver('b/1.csv', ['id,k', '7,b'])
  const report = await shop.run([fresh], { declared: [after, fresh] })
  expect(story(report)).toEqual(['t.raw full: new table'])
  expect(await shop.rows('t.lines')).toEqual(['["1","x"]', '["2","y"]'])
})

test('a changed definition under a new name is built into the renamed table', async () => {
  await shop.run([raw('t.raw')])
  const was = await shop.load('t.raw')
  const after = table('t.lines', {
    id: 't.raw',
    from: from(source()).pipe(derive((c) => ({ next: fn.add(c.id, 1) }))),
  })
  expect(story(await shop.run([after]))).toEqual(['t.lines full: renamed from t.raw, the definition changed'])
  const is = await shop.load('t.lines')
  expect([is.uuid, is.snapshots.length]).toEqual([was.uuid, 2])
})

test('runs at the same time rename once', async () => {
  await shop.run([raw('t.raw')])
  const after = raw('t.lines', 't.raw')
  const reports = await Promise.all([1, 2, 3].map(() => shop.run([after])))
  expect(reports.map((r) => r.outcome)).toEqual(['done', 'done', 'done'])
  expect(await shop.lake.tables()).toEqual(['t.lines', 't.lines$rejected'])
  expect((await (await shop.load('t.lines')).files()).every((f) => existsSync(f.path))).toBe(true)
})
