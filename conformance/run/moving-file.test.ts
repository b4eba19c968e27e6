import { appendFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { csv, int64, table } from '../../packages/etl/src/index.ts'
import { openWorkshop } from './workshop.ts'

test('a file that is written to while it is read fails the run and publishes nothing', async () => {
  await using shop = await openWorkshop()
  const path = await shop.deliver('1.csv', ['id', '1'])
  const orders = table('raw.orders', { from: csv('in/*.csv', { columns: { id: int64() } }) })
  const first = await shop.run([orders], {
    onEvent: (event) => {
      if (event.kind === 'started') appendFileSync(path, '2\n')
    },
  })
  expect(first.by.get('raw.orders')).toMatchObject({ outcome: 'failed', error: { code: 'source.changed' } })
  expect(await shop.lake.load('raw.orders')).toBeUndefined()
  expect((await shop.run([orders])).by.get('raw.orders')).toMatchObject({ outcome: 'published' })
  expect(await shop.rows('raw.orders')).toHaveLength(2)
})
