import { appendFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { convert } from '../../packages/etl/src/run/convert.ts'
import { csv, int64, table } from '../../packages/etl/src/index.ts'
import { openWorkshop } from './workshop.ts'

test('a file that is written to while it is read fails the run and publishes nothing', async () => {
  await using shop = await openWorkshop()
  const file = await shop.deliver('1.csv', ['id', '1'])
  const orders = table('raw.orders', { from: csv('in/*.csv', { columns: { id: int64() } }) })
  const first = await shop.run([orders], {
    onEvent: (event) => {
      if (event.kind === 'started') appendFileSync(file, '2\n')
    },
  })
  expect(first.by.get('raw.orders')).toMatchObject({ outcome: 'failed', error: { code: 'source.changed' } })
  expect(await shop.lake.load('raw.orders')).toBeUndefined()
  expect((await shop.run([orders])).by.get('raw.orders')).toMatchObject({ outcome: 'published' })
  expect(await shop.rows('raw.orders')).toHaveLength(2)
})

test('a file that is written to while it is converted leaves nothing behind', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'moving-'))
  const [input, output] = [path.join(folder, 'in.csv'), path.join(folder, 'out.parquet')]
  await writeFile(input, 'id,name\n1,one\n')
  await using engine = openDuckdb({ memoryLimitBytes: 512e6, threads: 1 })
  const late: Engine = {
    ...engine,
    export: (request) => {
      appendFileSync(input, '2,late\n')
      return engine.export(request)
    },
  }
  await expect(convert({ engine: late, input, output })).rejects.toMatchObject({ code: 'source.changed' })
  expect(await readdir(folder)).toEqual(['in.csv'])
  expect((await convert({ engine, input, output })).rows).toBe(2)
  await rm(folder, { recursive: true })
})
