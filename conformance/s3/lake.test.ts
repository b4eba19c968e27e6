import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { csv, dedupe, int64, sql, table, text } from '../../packages/etl/src/index.ts'
import { type FolderLake, openLake, removeOrphans } from '../../packages/etl/src/lake/index.ts'
import { ledgerOf } from '../../packages/etl/src/run/ledger.ts'
import { type TemporaryLake, temporaryLake, readRows, rowTable, writeRows } from '../lake/temporary-lake.ts'
import { openWorkshop, story } from '../run/workshop.ts'
import type { S3Server } from './server/index.ts'
import { lakeBucket, lakeServer } from './temporary-lake.ts'
import { putText } from './put-text.ts'

let server: S3Server

beforeAll(async () => {
  process.env['TEST_LAKE'] = 's3'
  server = await lakeServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  server.faults.clear()
  server.onCall = undefined
  server.log.length = 0
  server.makeBucket('shop')
})

const columns = { id: int64(), name: text() } as const
const raw = table('raw.orders', { from: csv('s3://shop/in/*.csv', { columns }) })
const orders = table('sales.orders', {
  from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['name'] })),
})
const names = table('mart.names', { query: sql`select name, count(*) as n from ${orders} group by name` })
const all = [raw, orders, names]
const deliver = (name: string, ...lines: readonly string[]): void =>
  putText(server, 'shop', `in/${name}`, `${['id,name', ...lines].join('\n')}\n`)
const keysOf = (suffix: string): readonly string[] =>
  [...(server.buckets.get(lakeBucket)?.objects.keys() ?? [])].filter((key) => key.endsWith(suffix))

async function create(lake: FolderLake, ...tables: readonly string[]): Promise<void> {
  const tx = await lake.begin()
  for (const name of tables) tx.create({ name, ...rowTable })
  await tx.commit()
}

const rowsOf = async (lake: FolderLake, name: string): Promise<readonly string[]> =>
  readRows(await (await lake.load(name))?.files())

test('tables are built, appended to, merged and maintained as in a folder', async () => {
  await using workshop = await openWorkshop('s3-lake-')
  deliver('1.csv', '1,a', '2,b', 'x,c')
  expect(story(await workshop.run(all)).map((s) => s.split(':')[0])).toEqual([
    'raw.orders full',
    'sales.orders full',
    'mart.names full',
  ])
  deliver('2.csv', '2,c', '3,d')
  expect(story(await workshop.run(all)).map((s) => s.split(':')[0])).toEqual([
    'raw.orders append',
    'sales.orders merge',
    'mart.names full',
  ])
  expect((await workshop.run(all)).tables.map((t) => t.outcome)).toEqual(Array(3).fill('unchanged'))
  expect(await workshop.rows('sales.orders')).toEqual(['["1","a"]', '["2","c"]', '["3","d"]'])
  expect((await workshop.rows('raw.orders$rejected'))[0]).toContain('s3://shop/in/1.csv')
  const report = await workshop.maintain('raw.orders', 1)
  expect(report).toMatchObject({ compactedFiles: 2, intoFiles: 1 })
  expect(report.removedFiles).toBeGreaterThan(2)
  expect(keysOf('.parquet').filter((key) => key.includes('raw/orders/'))).toHaveLength(1)
  expect(await workshop.rows('raw.orders')).toHaveLength(4)
  // Another machine has no copies of anything.
  await using elsewhere = await openLake({
    folder: workshop.lake.folder,
    cacheFolder: path.join(workshop.folder, 'c'),
  })
  expect(await workshop.rows('mart.names', elsewhere)).toEqual(
    ['["a",1]', '["c",1]', '["d",1]'].map((row) =>
      JSON.stringify((JSON.parse(row) as unknown[]).map(String)),
    ),
  )
})

test('positions of many files stand in an object, and are found from elsewhere', async () => {
  await using workshop = await openWorkshop('s3-positions-')
  const long = 'x'.repeat(150)
  for (let i = 0; i < 400; i++) deliver(`${long}-${i}.csv`, `${i},a`)
  await workshop.run([raw])
  const files = ledgerOf(await workshop.load('raw.orders'))?.files ?? ''
  expect(files).toContain(`"at":"${workshop.lake.folder}/raw/orders/metadata/positions/`)
  await using elsewhere = await openLake({
    folder: workshop.lake.folder,
    cacheFolder: path.join(workshop.folder, 'c'),
  })
  expect((await workshop.run([raw], { lake: elsewhere })).tables[0]?.outcome).toBe('unchanged')
})

describe('the commit', () => {
  let at: TemporaryLake
  beforeEach(async () => {
    at = await temporaryLake('commit-')
    await create(at.lake, 'a.t', 'a.u')
    server.log.length = 0
    return () => at[Symbol.asyncDispose]()
  })

  const commits = (): number =>
    server.log.filter((l) => l.endsWith('catalog.json') && l.startsWith('Put')).length
  const append = async (...rows: readonly string[]): Promise<() => Promise<void>> => {
    const tx = await at.lake.begin({ tables: ['a.t', 'a.u'] })
    for (const name of ['a.t', 'a.u']) tx.append(name, [await writeRows(at.lake, name, rows)], {})
    return () => tx.commit()
  }

  test('moves several tables by one conditional write', async () => {
    await (
      await append('1')
    )()
    expect(commits()).toBe(1)
    expect([await rowsOf(at.lake, 'a.t'), await rowsOf(at.lake, 'a.u')]).toEqual([['1'], ['1']])
  })

  test.for([1, 2, 5])('whose reply is lost %i times is found to have landed, once', async (times) => {
    server.faults.add({ kind: 'lose-reply', operation: 'PutObject', key: /catalog\.json$/, times })
    await (
      await append('1')
    )()
    expect(await rowsOf(at.lake, 'a.t')).toEqual(['1'])
    expect((await at.lake.load('a.t'))?.snapshots).toHaveLength(1)
  })

  test('that breaks before it lands fails, may be repeated, and then lands once', async () => {
    const commit = await append('1')
    server.faults.add({ kind: 'reset', operation: 'PutObject', key: /catalog\.json$/, times: 6 })
    await expect(commit()).rejects.toMatchObject({ code: 'connection.failed', retry: 'transient' })
    expect(await rowsOf(at.lake, 'a.t')).toEqual([])
    await commit()
    await commit()
    expect(await rowsOf(at.lake, 'a.t')).toEqual(['1'])
  })

  test('whose service cannot be asked afterwards fails, and lands once when it is repeated', async () => {
    const commit = await append('1')
    server.faults.add({ kind: 'lose-reply', operation: 'PutObject', key: /catalog\.json$/ })
    server.faults.add({ kind: 'reset', key: /catalog\.json$/, times: 30 })
    await expect(commit()).rejects.toMatchObject({ code: 'connection.failed' })
    server.faults.clear()
    await commit()
    expect(await rowsOf(at.lake, 'a.t')).toEqual(['1'])
    expect((await at.lake.load('a.t'))?.snapshots).toHaveLength(1)
  })

  test.for(['conflict', 'slow-down', 'internal-error'] as const)('goes on after %s', async (kind) => {
    server.faults.add({ kind, operation: 'PutObject', key: /catalog\.json$/, times: 2 })
    await (
      await append('1')
    )()
    expect(await rowsOf(at.lake, 'a.u')).toEqual(['1'])
  })

  test('with credentials that end at every fifth call publishes all or nothing', async () => {
    server.faults.add({ kind: 'expired', every: 5, times: Infinity })
    const results = []
    for (let i = 0; i < 4; i++) {
      const commit = await append(`${i}`).catch(() => undefined)
      results.push(
        await commit?.().then(
          () => `${i}`,
          () => undefined,
        ),
      )
    }
    server.faults.clear()
    const landed = results.filter((r) => r !== undefined)
    expect(results.length).toBeGreaterThan(landed.length)
    for (const name of ['a.t', 'a.u']) expect(await rowsOf(at.lake, name)).toEqual(landed)
  })

  test('of a file that is swept between its upload and the commit fails, and the table is whole', async () => {
    await using sweeper = await openLake({
      folder: at.folder,
      cacheFolder: path.join(at.lake.scratch, 'other'),
    })
    const commit = await append('1')
    server.onCall = async ({ operation, key }) => {
      if (operation !== 'PutObject' || !key.endsWith('catalog.json')) return
      server.onCall = undefined
      // The commit has looked at the catalog and is about to replace it.
      await removeOrphans(sweeper, 'a.t', { olderThanMs: -1_500 })
    }
    await expect(commit()).rejects.toMatchObject({ code: 'lake.missing-file', retry: 'transient' })
    for (const name of ['a.t', 'a.u']) expect(await rowsOf(at.lake, name)).toEqual([])
    await (
      await append('2')
    )()
    expect(await rowsOf(at.lake, 'a.t')).toEqual(['2'])
  })

  test('of a file that is just being swept fails, though the file is still there', async () => {
    await using sweeper = await openLake({
      folder: at.folder,
      cacheFolder: path.join(at.lake.scratch, 'other'),
    })
    const commit = await append('1')
    let sweeping: Promise<unknown> | undefined
    let commitFailed = Promise.withResolvers<void>()
    server.onCall = async ({ operation, key }) => {
      if (operation === 'DeleteObjects') return commitFailed.promise
      if (operation !== 'PutObject' || !key.endsWith('catalog.json') || sweeping !== undefined) return
      sweeping = removeOrphans(sweeper, 'a.t', { olderThanMs: -1_500 })
      // Until the sweep has said what it removes.
      while (!server.begun.at(-1)?.startsWith('DeleteObjects')) await new Promise((r) => setTimeout(r, 5))
    }
    await expect(commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
    commitFailed.resolve()
    await sweeping
    expect(await rowsOf(at.lake, 'a.t')).toEqual([])
  })

  test('of an object that is no catalog is refused, and the object stays', async () => {
    const key = `${at.folder.slice(`s3://${lakeBucket}/`.length)}/catalog.json`
    putText(server, lakeBucket, key, '{"version":2}')
    await expect(at.lake.tables()).rejects.toMatchObject({ code: 'lake.unsupported' })
    putText(server, lakeBucket, key, 'hello')
    await expect(at.lake.takeEpoch('x')).rejects.toMatchObject({ code: 'lake.corrupt' })
    expect(server.buckets.get(lakeBucket)?.objects.get(key)?.bytes.toString()).toBe('hello')
  })
})

test('two runs at once: each row once, and the slower one finds the table up to date or is fenced', async () => {
  await using workshop = await openWorkshop('s3-rivals-')
  for (let turn = 0; turn < 4; turn++) {
    deliver(`${turn}.csv`, `${2 * turn},a`, `${2 * turn + 1},b`)
    await using other = await openLake({
      folder: workshop.lake.folder,
      cacheFolder: path.join(workshop.folder, 'c'),
    })
    const reports = await Promise.all([workshop.run(all), workshop.run(all, { lake: other })])
    expect(reports.map((r) => r.outcome)).toEqual(['done', 'done'])
    expect(
      reports.flatMap((r) => r.tables).filter((t) => t.table === 'raw.orders' && t.outcome === 'published'),
    ).toHaveLength(1)
    expect(await workshop.rows('raw.orders')).toHaveLength(2 * (turn + 1))
    expect(await workshop.rows('sales.orders')).toHaveLength(2 * (turn + 1))
  }
})

test('copies of data files are bounded, and shared from one opening to the next', async () => {
  await using workshop = await openWorkshop('s3-cache-')
  for (let i = 0; i < 6; i++) {
    deliver(`${i}.csv`, `${i},${String(i).repeat(1000)}`)
    await workshop.run([raw])
  }
  const cacheFolder = path.join(workshop.folder, 'cache')
  const copies = async (): Promise<number> => {
    const folder = path.join(cacheFolder, 'objects')
    const found = await Promise.all((await readdir(folder)).map((name) => stat(path.join(folder, name))))
    return found.reduce((sum, file) => sum + file.size, 0)
  }
  const reads = (): number =>
    server.log.filter((l) => l.startsWith('GetObject') && l.endsWith('.parquet')).length
  const look = async (cacheBytes?: number): Promise<number> => {
    const before = reads()
    const s3 = cacheBytes === undefined ? {} : { s3: { cacheBytes } }
    await using lake = await openLake({ folder: workshop.lake.folder, cacheFolder, ...s3 })
    expect(await workshop.rows('raw.orders', lake)).toHaveLength(6)
    return reads() - before
  }
  expect(await look()).toBe(6)
  expect(await look()).toBe(0)
  const bytes = await copies()
  await look(bytes / 2)
  expect(await copies()).toBeLessThanOrEqual(bytes / 2)
  expect(await readdir(path.join(cacheFolder, 'open')).catch(() => [])).toEqual([])
  expect(await look()).toBeGreaterThan(0)
})

test('objects of the lake are encrypted with the key of the settings', async () => {
  await using workshop = await openWorkshop('s3-kms-')
  const { folder } = workshop.lake
  await using lake = await openLake({
    folder,
    cacheFolder: path.join(workshop.folder, 'k'),
    s3: { kmsKey: 'alias/lake' },
  })
  deliver('1.csv', '1,a')
  await workshop.run([raw], { lake })
  const key = folder.slice(`s3://${lakeBucket}/`.length)
  const objects = [...(server.buckets.get(lakeBucket)?.objects ?? [])].filter(([name]) =>
    name.startsWith(`${key}/`),
  )
  expect(objects.length).toBeGreaterThan(4)
  expect(objects.every(([, object]) => object.encryption?.kmsKey === 'alias/lake')).toBe(true)
})
