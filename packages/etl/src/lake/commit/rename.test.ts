import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import {
  overS3,
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import type { FolderLake } from '../index.ts'

async function fill(lake: FolderLake, name: string, row: string): Promise<void> {
  const tx = await lake.begin({ dataFiles: 'exists' })
  tx.create({ name, ...rowTable })
  tx.append(name, [await writeRows(lake, name, [row])], {})
  await tx.commit()
}

async function load(lake: FolderLake, name: string) {
  const table = await lake.load(name)
  if (table === undefined) throw new Error(`no ${name}`)
  return table
}

const rows = async (lake: FolderLake, name: string) => readRows(await (await load(lake, name)).files())

test('tables change places in one step, and new ones get folders of their own', async () => {
  await using at = await temporaryLake()
  await fill(at.lake, 'a.t', 'first')
  await fill(at.lake, 'a.u', 'second')
  const [t, u] = [await load(at.lake, 'a.t'), await load(at.lake, 'a.u')]
  await at.lake.rename([
    { table: t, to: 'a.u' },
    { table: u, to: 'b.v' },
  ])
  expect(await at.lake.tables()).toEqual(['a.u', 'b.v'])
  await fill(at.lake, 'a.t', 'third')
  await fill(at.lake, 'b.w', 'fourth')
  expect(await Promise.all(['a.t', 'a.u', 'b.v', 'b.w'].map((n) => rows(at.lake, n)))).toEqual([
    ['third'],
    ['first'],
    ['second'],
    ['fourth'],
  ])
  const places = await Promise.all(
    ['a.t', 'a.u', 'b.v', 'b.w'].map(async (n) => (await load(at.lake, n)).location),
  )
  expect(places.map((p) => p.slice(at.lake.store.root.length))).toEqual(['/a/t~2', '/a/t', '/a/u', '/b/w'])
  if (overS3()) return
  const db = new DatabaseSync(at.lake.catalogFile)
  const spaces = db.prepare('select distinct namespace from iceberg_namespace_properties order by 1').all()
  expect(spaces.map((r) => r['namespace'])).toEqual(['a', 'b'])
  db.close()
})

test('a rename fails as a whole when a table changed or a name is taken', async () => {
  await using at = await temporaryLake()
  await fill(at.lake, 'a.t', '1')
  await fill(at.lake, 'a.u', '2')
  const [t, u] = [await load(at.lake, 'a.t'), await load(at.lake, 'a.u')]
  const taken = at.lake.rename([{ table: t, to: 'a.u' }])
  await expect(taken).rejects.toMatchObject({ code: 'lake.exists' })
  const tx = await at.lake.begin()
  tx.setProperties('a.u', { touched: '1' })
  await tx.commit()
  const stale = at.lake.rename([
    { table: t, to: 'a.x' },
    { table: u, to: 'a.y' },
  ])
  await expect(stale).rejects.toMatchObject({ code: 'lake.conflict', retry: 'transient' })
  expect(await at.lake.tables()).toEqual(['a.t', 'a.u'])
})

test('a commit on a table that was renamed meanwhile conflicts', async () => {
  await using at = await temporaryLake()
  await fill(at.lake, 'a.t', '1')
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['2'])], {})
  await at.lake.rename([{ table: await load(at.lake, 'a.t'), to: 'a.u' }])
  await expect(tx.commit()).rejects.toMatchObject({ code: 'lake.conflict' })
  expect(await rows(at.lake, 'a.u')).toEqual(['1'])
})

test('a new table whose folder a renamed one took meanwhile conflicts', async () => {
  await using at = await temporaryLake()
  const late = await at.lake.begin({ dataFiles: 'exists' })
  late.create({ name: 'a.t', ...rowTable })
  late.append('a.t', [await writeRows(at.lake, 'a.t', ['late'])], {})
  await fill(at.lake, 'a.t', 'early')
  await at.lake.rename([{ table: await load(at.lake, 'a.t'), to: 'a.u' }])
  await expect(late.commit()).rejects.toMatchObject({ code: 'lake.conflict', retry: 'transient' })
  expect(await at.lake.tables()).toEqual(['a.u'])
})
