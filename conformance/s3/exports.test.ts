import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { csv, int64, parquet, table, text } from '../../packages/etl/src/index.ts'
import { convert } from '../../packages/etl/src/run/convert.ts'
import { exportTable } from '../../packages/etl/src/run/export-table.ts'
import type { ExportTarget } from '../../packages/etl/src/run/export-target.ts'
import type { ExportResult } from '../../packages/etl/src/engine/contract.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type S3Server, startS3Server } from './server/index.ts'
import { settingsOf } from './settings.ts'

let server: S3Server
let workshop: Workshop
const columns = { id: int64(), region: text() } as const
const orders = table('raw.orders', { from: csv('in/*.csv', { columns }) })

beforeAll(async () => {
  server = await startS3Server()
  workshop = await openWorkshop('s3-exports-')
  await workshop.deliver('1.csv', ['id,region', '1,EU', '2,US', '3,EU'])
  await workshop.run([orders])
})
afterAll(async () => {
  await workshop[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  server.makeBucket('out')
  server.faults.clear()
  server.log.length = 0
})

const keys = (): readonly string[] => [...(server.buckets.get('out')?.objects.keys() ?? [])].toSorted()
const textOf = (key: string): string | undefined =>
  server.buckets.get('out')?.objects.get(key)?.bytes.toString()

async function exported(output: string, more: Partial<ExportTarget> = {}): Promise<ExportResult> {
  const { engine } = workshop
  return exportTable(engine, await workshop.load('raw.orders'), { output, s3: settingsOf(server), ...more })
}

test('a table becomes one object, whole, and replaces another only when that is asked for', async () => {
  expect(await exported('s3://out/a/orders.csv')).toMatchObject({ rows: 3, files: 1 })
  expect(textOf('a/orders.csv')?.split('\n').toSorted()).toEqual(['', '1,EU', '2,US', '3,EU', 'id,region'])
  await expect(exported('s3://out/a/orders.csv')).rejects.toMatchObject({
    code: 'config.invalid',
    hint: expect.stringContaining('--overwrite'),
  })
  await exported('s3://out/a/orders.csv', { overwrite: true, format: 'ndjson' })
  expect(textOf('a/orders.csv')).toContain('{"id":1,"region":"EU"}')
  expect(keys()).toEqual(['a/orders.csv'])
  await expect(exported('s3://out/')).rejects.toMatchObject({ code: 'config.invalid' })
})

test('a folder of partitions has its _SUCCESS last, and after an overwrite nothing of before', async () => {
  const partitioned = { partitionBy: ['region'], overwrite: true }
  await exported('s3://out/lake/orders/', partitioned)
  expect(keys()).toEqual([
    'lake/orders/_SUCCESS',
    'lake/orders/region=EU/data_0.parquet',
    'lake/orders/region=US/data_0.parquet',
  ])
  expect(server.log.at(-1)).toBe('PutObject out/lake/orders/_SUCCESS')
  await expect(exported('s3://out/lake/orders', { partitionBy: ['region'] })).rejects.toMatchObject({
    code: 'config.invalid',
  })
  const read = table('raw.back', {
    from: parquet('s3://out/lake/orders/**/*.parquet', { columns: { id: int64() } }),
  })
  const [back] = (await workshop.run([read], { s3: settingsOf(server) })).tables
  expect(back).toMatchObject({ counts: { read: 3 } })
  server.log.length = 0
  await exported('s3://out/lake/orders', { ...partitioned, partitionBy: ['id'], format: 'csv' })
  expect(keys()).toEqual([
    'lake/orders/_SUCCESS',
    ...['1', '2', '3'].map((id) => `lake/orders/id=${id}/data_0.csv`),
  ])
  const removed = server.log.findIndex((l) => l.startsWith('Delete'))
  expect(removed).toBeLessThan(server.log.findIndex((l) => l.startsWith('PutObject')))
})

test('an upload that fails leaves no object, no _SUCCESS and nothing on this machine', async () => {
  await exported('s3://out/whole', { partitionBy: ['region'] })
  server.faults.add({ kind: 'reset', operation: 'PutObject', key: /region=US/, times: 30 })
  const again = exported('s3://out/whole', { partitionBy: ['region'], overwrite: true })
  await expect(again).rejects.toMatchObject({ code: 'connection.failed' })
  expect(keys()).not.toContain('whole/_SUCCESS')
  server.faults.add({ kind: 'reset', operation: 'PutObject', key: /one\.csv/, times: 30 })
  await expect(exported('s3://out/one.csv')).rejects.toMatchObject({ code: 'connection.failed' })
  expect(keys()).not.toContain('one.csv')
  const scratch = path.join(os.tmpdir(), 'securecart-export')
  expect(existsSync(scratch) ? await readdir(scratch) : []).toEqual([])
  server.faults.clear()
  await exported('s3://out/whole', { partitionBy: ['region'], overwrite: true })
  expect(keys()).toContain('whole/_SUCCESS')
})

test('files are converted into S3, with what was rejected beside them', async () => {
  const input = path.join(workshop.folder, 'mixed.csv')
  await writeFile(input, `id,name\n${Array.from({ length: 200 }, (_, i) => `${i},n${i}\n`).join('')}`)
  const { engine } = workshop
  const done = await convert({ engine, input, output: 's3://out/mixed.ndjson', s3: settingsOf(server) })
  expect(done).toMatchObject({ rows: 200 })
  await writeFile(path.join(workshop.folder, 'mixed2.csv'), 'id,name\nx,n\n')
  const both = await convert({
    engine,
    input: path.join(workshop.folder, 'mixed*.csv'),
    output: 's3://out/both.ndjson.gz',
    s3: settingsOf(server),
  })
  expect(both).toMatchObject({ rows: 200, rejects: 's3://out/both.ndjson.gz.rejected.ndjson' })
  expect(textOf('both.ndjson.gz.rejected.ndjson')).toContain('mixed2.csv')
  const output = 's3://out/both.ndjson.gz'
  await convert({ engine, input, output, overwrite: true, s3: settingsOf(server) })
  expect(keys()).not.toContain('both.ndjson.gz.rejected.ndjson')
})
