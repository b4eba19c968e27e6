import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  accessLog,
  csv,
  int64,
  jsonArray,
  ndjson,
  parquet,
  table,
  text,
} from '../../packages/etl/src/index.ts'
import type { FileIdentity } from '../../packages/etl/src/connector/contract.ts'
import { discover } from '../../packages/etl/src/connector/listing.ts'
import { decodePositions, encodePositions } from '../../packages/etl/src/connector/positions.ts'
import { openS3 } from '../../packages/etl/src/store/s3/index.ts'
import { forecast } from '../../packages/etl/src/run/forecast.ts'
import { convert } from '../../packages/etl/src/run/convert.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type S3Server, startS3Server } from './server/index.ts'
import { putText } from './put-text.ts'
import { settingsOf } from './settings.ts'

let server: S3Server
let workshop: Workshop

beforeAll(async () => {
  server = await startS3Server()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})
beforeEach(async () => {
  server.makeBucket('shop')
  server.faults.clear()
  server.onCall = undefined
  server.log.length = 0
  workshop = await openWorkshop('s3-sources-')
  return () => workshop[Symbol.asyncDispose]()
})

const put = (key: string, content: string | Buffer, modifiedMs?: number): void =>
  putText(server, 'shop', key, content, modifiedMs)

const columns = { id: int64(), name: text() } as const
const orders = table('raw.orders', { from: csv('s3://shop/in/**/*.csv', { columns }) })
const build = (tables: Parameters<Workshop['run']>[0] = [orders]): ReturnType<Workshop['run']> =>
  workshop.run(tables, { s3: settingsOf(server) })

/** Fails with the failure of the only table. */
async function only(
  running: ReturnType<Workshop['run']>,
): Promise<Awaited<typeof running>['tables'][number]> {
  const [report] = (await running).tables
  if (report === undefined) throw new Error('no table ran')
  return report
}

test('new objects are read once, under the longest fixed prefix, and not the hidden ones', async () => {
  put('in/2024/a.csv', 'id,name\n1,a\n')
  put('in/b.csv', 'id,name\n2,b\n')
  put('in/_temporary/c.csv', 'id,name\n3,c\n')
  put('in/d.csv.crc', 'x')
  put('in/folder.csv/', '')
  put('inside.csv', 'id,name\n4,d\n')
  expect(await only(build())).toMatchObject({ outcome: 'published', counts: { read: 2, written: 2 } })
  expect((await only(build())).outcome).toBe('unchanged')
  put('in/e.csv.gz', gzipSync('id,name\n5,e\n'))
  put('in/e.csv', 'id,name\n6,f\n')
  expect(await only(build())).toMatchObject({ action: 'append', counts: { read: 1 } })
  expect(await workshop.rows('raw.orders')).toEqual(['["1","a"]', '["2","b"]', '["6","f"]'])
  expect(server.log.filter((l) => l.startsWith('List')).length).toBe(3)
})

const many = Number(process.env['S3_OBJECTS'] ?? 1_200)

test('5,000 objects of the same second are each found once, in pages while others arrive', async () => {
  const second = Date.parse('2026-01-01T00:00:00Z')
  await using objects = openS3(settingsOf(server))
  const source = csv('s3://shop/in/**/*.csv', { columns })
  const nameOf = (n: number): string => `${String(n).padStart(6, '0')}.csv`
  for (let i = 0; i < 5_000; i++) put(`in/${nameOf(i * 2)}`, 'id,name\n1,x\n', second)
  let arrived = 0
  server.onCall = () => {
    // Before and after the place where the listing stands.
    for (const at of [1, 5_001, 9_001]) put(`in/${nameOf(at + 2 * arrived)}`, 'id,name\n1,x\n', second)
    arrived += 1
  }
  const taken: FileIdentity[] = []
  for (let turn = 0; turn < 3; turn++) {
    const known = await decodePositions(await encodePositions(taken, workshop.folder))
    taken.push(...(await discover(source, '/', known, objects)).taken)
    if (turn === 1) server.onCall = undefined
  }
  expect(new Set(taken.map((f) => f.path)).size).toBe(taken.length)
  expect(taken.length).toBe(server.buckets.get('shop')?.objects.size)
  expect(taken.length).toBeGreaterThan(5_000)
  expect((await discover(source, '/', taken, objects)).taken).toEqual([])
})

test(`${many} objects of the same second are each read once while others arrive`, async () => {
  const second = Date.parse('2026-01-01T00:00:00Z')
  for (let i = 0; i < many; i++) put(`in/${String(i * 2).padStart(6, '0')}.csv`, `id,name\n${i},x\n`, second)
  let arrived = 0
  server.onCall = ({ operation }) => {
    if (operation !== 'ListObjectsV2') return
    // Before and after the place where the listing stands.
    for (const at of [1, many + 1, 2 * many - 99]) {
      put(`in/${String(at + 2 * arrived).padStart(6, '0')}.csv`, `id,name\n${many + arrived},y\n`, second)
      arrived += 1
    }
  }
  const first = await only(build())
  expect(first.counts?.read).toBeGreaterThanOrEqual(many)
  await build()
  server.onCall = undefined
  await build()
  expect((await only(build())).outcome).toBe('unchanged')
  const rows = await workshop.rows('raw.orders')
  expect(new Set(rows).size).toBe(rows.length)
  expect(rows.length).toBe(many + arrived)
})

test('an object of the same size and second with other content has changed', async () => {
  const second = Date.parse('2026-01-01T00:00:00Z')
  put('in/a.csv', 'id,name\n1,a\n', second)
  await build()
  put('in/a.csv', 'id,name\n2,b\n', second)
  const report = await only(build())
  expect(report.error).toMatchObject({ code: 'source.changed' })
  expect(report.error?.message).toContain('a.csv')
  const again = table('raw.orders', {
    from: csv('s3://shop/in/**/*.csv', { columns, onChangedFile: 'reload' }),
  })
  expect(await only(build([again]))).toMatchObject({ action: 'full' })
  expect(await workshop.rows('raw.orders')).toEqual(['["2","b"]'])
})

test('an object that changes between listing and reading is refused, and nothing is published', async () => {
  put('in/a.csv', 'id,name\n1,a\n')
  server.onCall = ({ operation }) => {
    if (operation === 'GetObject') put('in/a.csv', 'id,name\n9,z\n')
  }
  const report = await only(build())
  expect(report.error).toMatchObject({
    code: 'source.changed',
    message: expect.stringContaining('s3://shop/in/a.csv'),
  })
  expect(await workshop.lake.load('raw.orders')).toBeUndefined()
  server.onCall = undefined
  await build()
  expect(await workshop.rows('raw.orders')).toEqual(['["9","z"]'])
})

describe('what is said of an object names its address', () => {
  test('in rejects of every text format', async () => {
    put('in/a.csv', 'id,name\n1,a\nx,b\n2,"c\n')
    put('in/b.csv', 'id,name\n3,c,d\n4,e\n')
    put('in/c.ndjson', '{"id":1}\n{"id":"x"}\n')
    put('in/d.json', '[{"id":1},{"id":"x"}]')
    put('in/e.log', 'this is no log line\n')
    const json = { columns: { id: int64() } }
    const report = await build([
      orders,
      table('raw.lines', { from: ndjson('s3://shop/in/*.ndjson', json) }),
      table('raw.items', { from: jsonArray('s3://shop/in/*.json', json) }),
      table('raw.hits', { from: accessLog('s3://shop/in/*.log') }),
    ])
    expect(report.outcome).toBe('done')
    const sources = async (name: string): Promise<unknown[]> =>
      (await workshop.rows(`${name}$rejected`)).map((row) => (JSON.parse(row) as unknown[])[2])
    expect(new Set(await sources('raw.orders'))).toEqual(
      new Set(['s3://shop/in/a.csv', 's3://shop/in/b.csv']),
    )
    expect(await sources('raw.lines')).toEqual(['s3://shop/in/c.ndjson'])
    expect(await sources('raw.items')).toEqual(['s3://shop/in/d.json'])
    expect(await sources('raw.hits')).toEqual(['s3://shop/in/e.log'])
  })

  test('in failures and warnings', async () => {
    put('in/a.csv.gz', gzipSync('id,name\n1,a\n').subarray(0, 20))
    const broken = table('raw.orders', { from: csv('s3://shop/in/*.gz', { columns }) })
    expect((await only(build([broken]))).error).toMatchObject({
      code: 'source.corrupt',
      message: expect.stringContaining('s3://shop/in/a.csv.gz'),
    })
    put('in/a.csv', 'id,name,more\n1,a,x\n')
    put('in/b.csv', 'id,name\n1,a\n')
    expect((await only(build())).warnings?.[0]?.message).toContain('s3://shop/in/a.csv')
  })
})

test('objects that would not fit the room are refused before any is copied', async () => {
  put('in/a.csv', 'id,name\n1,a\n')
  const report = await only(workshop.run([orders], { s3: { ...settingsOf(server), maxStagedBytes: 5 } }))
  expect(report.error).toMatchObject({ code: 'source.no-room', params: { needed: 12, room: 5 } })
  expect(server.log.some((l) => l.startsWith('GetObject'))).toBe(false)
})

test('a path without wildcards names one object; a missing one and a missing bucket are told', async () => {
  put('in/a b+ü.csv', 'id,name\n1,a\n')
  const from = (at: string): ReturnType<typeof build> =>
    build([table('raw.one', { from: csv(at, { columns }) })])
  expect(await only(from('s3://shop/in/a b+ü.csv'))).toMatchObject({ counts: { read: 1 } })
  const missing = await only(build([table('raw.none', { from: csv('s3://shop/in/none.csv', { columns }) })]))
  expect(missing.error).toMatchObject({ code: 'source.missing' })
  const nowhere = table('raw.none', { from: csv('s3://nowhere/in/*.csv', { columns }) })
  expect((await only(build([nowhere]))).error).toMatchObject({
    code: 'connection.failed',
    params: { service: 'NoSuchBucket' },
  })
})

test.for(['slow-down', 'internal-error', 'reset', 'truncate', 'lose-reply'] as const)(
  'with %s at every third call all rows arrive',
  async (kind) => {
    for (let i = 0; i < 40; i++) put(`in/${i}.csv`, `id,name\n${i},a\n`)
    // The SDK waits longer and longer when it is told to slow down.
    server.faults.add({ kind, every: 3, times: kind === 'slow-down' ? 4 : 20 })
    expect(await only(build())).toMatchObject({ outcome: 'published', counts: { read: 40, written: 40 } })
  },
)

test('credentials that end in the middle of a run fail it, and nothing is published', async () => {
  for (let i = 0; i < 20; i++) put(`in/${i}.csv`, `id,name\n${i},a\n`)
  server.faults.add({ kind: 'expired', every: 5, times: Infinity })
  expect((await only(build())).error).toMatchObject({ code: 'connection.unauthorized' })
  expect(await workshop.lake.load('raw.orders')).toBeUndefined()
})

test('a plan lists and reads nothing else', async () => {
  put('in/a.csv', 'id,name\n1,a\n')
  const compiled = assertSound(await compileProject([orders]))
  const at = { lake: workshop.lake, projectFolder: workshop.folder, full: false, s3: settingsOf(server) }
  expect(await forecast(compiled, at)).toMatchObject([{ action: 'full', files: 1, bytes: 12 }])
  expect(new Set(server.log)).toEqual(new Set(['ListObjectsV2 shop/']))
})

test('objects are converted, and Parquet in S3 is read', async () => {
  put('in/2024/a.csv', 'id,name\n1,a\n2,b\n')
  put('in/2024/b.csv', 'id,name\n3,c\nx,d\n')
  const output = path.join(workshop.folder, 'out.parquet')
  const { engine } = workshop
  const done = await convert({ engine, input: 's3://shop/in', output, s3: settingsOf(server) })
  expect(done).toMatchObject({ rows: 3, inputFiles: 2 })
  expect(await readFile(done.rejects ?? '', 'utf8')).toContain('"source":"s3://shop/in/2024/b.csv"')
  put('parquet/1.parquet', await readFile(output))
  const back = table('raw.back', { from: parquet('s3://shop/parquet/*.parquet', { columns }) })
  expect(await only(build([back]))).toMatchObject({ counts: { read: 3, written: 3 } })
  const missing = convert({ engine, input: 's3://shop/none', output, s3: settingsOf(server) })
  await expect(missing).rejects.toMatchObject({ code: 'config.invalid' })
  await writeFile(output, '')
})
