import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aggregate, csv, dedupe, filter, fn, int64, table, text } from '../../packages/etl/src/index.ts'
import { forecast } from '../../packages/etl/src/run/forecast.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop[Symbol.asyncDispose]())

function declare(floor = 0) {
  const columns = { id: int64({ required: true }), v: int64({}), k: text({}) }
  const raw = table('f.raw', { from: csv(join(shop.folder, 'in/*.csv'), { columns }) })
  const kept = table('f.kept', { from: raw.pipe(filter((c) => fn.gt(c.v, floor))) })
  const last = table('f.last', { from: kept.pipe(dedupe({ by: ['k'], keep: 'last', order: ['v'] })) })
  const sums = table('f.sums', {
    from: last.pipe(aggregate({ by: (c) => ({ k: c.k }), columns: (c) => ({ total: fn.sum(c.v) }) })),
  })
  return [raw, kept, last, sums]
}

async function foreseen(tables = declare(), full = false) {
  const compiled = assertSound(await compileProject(tables))
  return forecast(compiled, { lake: shop.lake, projectFolder: shop.folder, full })
}

/** What is foreseen, and what a run then does. */
async function bothWays(tables = declare()): Promise<void> {
  const plan = await foreseen(tables)
  const report = await shop.run(tables)
  expect(plan.map((f) => [f.table, f.action])).toEqual(report.tables.map((t) => [t.table, t.action]))
}

test('what the plan says is what the run does', async () => {
  await shop.deliver('1.csv', ['id,v,k', '1,5,x', '2,6,y'])
  await bothWays()
  await bothWays()
  await shop.deliver('2.csv', ['id,v,k', '3,7,x'])
  await bothWays()
  await bothWays(declare(5))
  await shop.maintain('f.raw', 1)
  await bothWays(declare(5))
})

test('the plan tells what would be read and why, and writes nothing', async () => {
  await shop.deliver('1.csv', ['id,v,k', '1,5,x', '2,6,y'])
  const first = await foreseen()
  expect(first.map((f) => [f.files, f.action, f.reasons, f.after])).toEqual([
    [1, 'full', ['new table'], []],
    [0, 'full', ['new table'], ['f.raw']],
    [0, 'full', ['new table'], ['f.kept']],
    [0, 'full', ['new table'], ['f.last']],
  ])
  expect(await shop.lake.tables()).toEqual([])
  await shop.run(declare())
  expect((await foreseen()).map((f) => [f.action, f.files, f.rows, f.bytes])).toEqual(
    ['none', 'none', 'none', 'none'].map((none) => [none, 0, 0, 0]),
  )
  const path = await shop.deliver('2.csv', ['id,v,k', '3,7,x'])
  const next = await foreseen()
  expect(next.map((f) => [f.action, f.reasons, f.files])).toEqual([
    ['append', ['1 new file'], 1],
    ['append', ['after f.raw'], 0],
    ['merge', ['after f.kept'], 0],
    ['full', ['after f.last'], 0],
  ])
  expect(path).toContain('2.csv')
  const anew = await foreseen(declare(), true)
  expect(anew.map((f) => [f.action, f.files > 0, f.rows > 0])).toEqual([
    ['full', true, false],
    ['full', true, true],
    ['full', true, true],
    ['full', true, true],
  ])
})
