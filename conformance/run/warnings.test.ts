import { afterAll, beforeAll, expect, test } from 'vitest'
import { csv, int64, table } from '../../packages/etl/src/index.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop[Symbol.asyncDispose]())

test('a run warns once per table of columns that are not declared, when it reads such files', async () => {
  const orders = table('raw.orders', { from: csv('in/*.csv', { columns: { id: int64() } }) })
  await shop.deliver('1.csv', ['id', '1'])
  const quiet = (await shop.run([orders])).by.get('raw.orders')
  expect(quiet?.outcome).toBe('published')
  expect(quiet).not.toHaveProperty('warnings')
  await shop.deliver('2.csv', ['id,note', '2,x'])
  await shop.deliver('3.csv', ['note,id', 'y,3'])
  expect((await shop.run([orders])).by.get('raw.orders')).toMatchObject({
    outcome: 'published',
    counts: { read: 2, written: 2 },
    warnings: [
      {
        code: 'source.undeclared',
        severity: 'warning',
        message: 'columns of the files that are not declared are ignored: "note"',
      },
    ],
  })
  expect(await shop.rows('raw.orders')).toHaveLength(3)
  const unchanged = (await shop.run([orders])).by.get('raw.orders')
  expect(unchanged?.outcome).toBe('unchanged')
  expect(unchanged).not.toHaveProperty('warnings')
})
