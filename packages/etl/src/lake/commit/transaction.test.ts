import { rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { testOnDisk } from '../../../../../conformance/lake/test-on-disk.ts'
import { openLake } from '../index.ts'
import type { Epoch, FolderLake } from '../index.ts'

const files = { dataFiles: 'exists' } as const

async function create(lake: FolderLake, ...names: readonly string[]): Promise<void> {
  const tx = await lake.begin()
  for (const name of names) tx.create({ name, ...rowTable })
  await tx.commit()
}

async function append(lake: FolderLake, name: string, ...rows: readonly string[]): Promise<void> {
  const tx = await lake.begin(files)
  tx.append(name, [await writeRows(lake, name, rows)], {})
  await tx.commit()
}

const rows = async (lake: FolderLake, name: string): Promise<readonly string[]> =>
  readRows(await (await lake.load(name))?.files())

test('appended rows are seen after the commit and not before', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  const tx = await at.lake.begin(files)
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['1', '2'])], { 'securecart.position': 'p' })
  expect(await rows(at.lake, 'a.t')).toEqual([])
  await tx.commit()
  expect(await rows(at.lake, 'a.t')).toEqual(['1', '2'])
  const table = await at.lake.load('a.t')
  expect(table?.current?.summary).toMatchObject({
    'securecart.position': 'p',
    'added-records': '2',
    'total-records': '2',
    'total-data-files': '1',
  })
  expect(await at.lake.tables()).toEqual(['a.t'])
})

test('a commit on a changed table is a conflict that may be retried, and changes nothing', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t', 'a.other')
  const late = await at.lake.begin(files)
  late.append('a.other', [await writeRows(at.lake, 'a.other', ['x'])], {})
  late.append('a.t', [await writeRows(at.lake, 'a.t', ['late'])], {})
  await append(at.lake, 'a.t', 'first')
  await expect(late.commit()).rejects.toMatchObject({ code: 'lake.conflict', retry: 'transient' })
  expect(await rows(at.lake, 'a.t')).toEqual(['first'])
  expect(await rows(at.lake, 'a.other')).toEqual([])
})

test('a table that a decision was based on conflicts when it changed, even if only read', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.read', 'a.written')
  const base = await at.lake.load('a.read')
  await append(at.lake, 'a.read', '1')
  const tx = await at.lake.begin({ ...files, base: base ? [base] : [] })
  tx.append('a.written', [await writeRows(at.lake, 'a.written', ['1'])], {})
  await expect(tx.commit()).rejects.toMatchObject({ code: 'lake.conflict' })
  expect(await rows(at.lake, 'a.written')).toEqual([])
})

describe('an older epoch', () => {
  const epochs = async () => {
    const at = await temporaryLake()
    await create(at.lake, 'a.t', 'a.u')
    const [older, newer] = [await at.lake.takeEpoch('run'), await at.lake.takeEpoch('run')]
    expect(newer.number).toBe(older.number + 1)
    const write = async (epoch: Epoch, table: string, row: string): Promise<void> => {
      const tx = await at.lake.begin({ ...files, epoch })
      tx.append(table, [await writeRows(at.lake, table, [row])], {})
      await tx.commit()
    }
    return { at, older, newer, write }
  }

  test('can no longer commit once a newer one has, on any table', async () => {
    const { at, older, newer, write } = await epochs()
    await using _at = at
    await write(newer, 'a.t', 'alive')
    await expect(write(older, 'a.u', 'zombie')).rejects.toMatchObject({ code: 'lake.fenced', retry: 'never' })
    await write(newer, 'a.u', 'alive')
    expect([await rows(at.lake, 'a.t'), await rows(at.lake, 'a.u')]).toEqual([['alive'], ['alive']])
  })

  test('may commit until then, so that a newer one that never ends shuts nobody out', async () => {
    const { at, older, newer, write } = await epochs()
    await using _at = at
    await write(older, 'a.t', '1')
    await write(older, 'a.t', '2')
    await write(newer, 'a.t', '3')
    expect(await rows(at.lake, 'a.t')).toEqual(['1', '2', '3'])
  })

  testOnDisk('is told from newer ones in a catalog made before it noted who published', async () => {
    await using at = await temporaryLake()
    const db = new DatabaseSync(at.lake.catalogFile)
    db.exec('alter table securecart_epochs drop column published')
    db.close()
    await using lake = await openLake({ folder: at.folder })
    await create(lake, 'a.t')
    const tx = await lake.begin({ ...files, epoch: await lake.takeEpoch('run') })
    tx.append('a.t', [await writeRows(lake, 'a.t', ['1'])], {})
    await tx.commit()
    expect(await rows(lake, 'a.t')).toEqual(['1'])
  })
})

test('a commit that landed is recognised when called again, even after others', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  const tx = await at.lake.begin(files)
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['1'])], {})
  await tx.commit()
  await tx.commit()
  await append(at.lake, 'a.t', '2')
  await tx.commit()
  expect(await rows(at.lake, 'a.t')).toEqual(['1', '2'])
  expect((await at.lake.load('a.t'))?.snapshots).toHaveLength(2)
})

test('a data file that is gone refuses the commit', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  const tx = await at.lake.begin(files)
  const file = await writeRows(at.lake, 'a.t', ['1'])
  tx.append('a.t', [file], {})
  await rm(file.path)
  await expect(tx.commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
  expect(await rows(at.lake, 'a.t')).toEqual([])
})

test('overwrites remove exactly the named files and say so', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  await append(at.lake, 'a.t', '1')
  await append(at.lake, 'a.t', '2', '3')
  const victim = (await (await at.lake.load('a.t'))?.files())?.find((f) => f.rows === 2)
  const tx = await at.lake.begin(files)
  const by = await writeRows(at.lake, 'a.t', ['4'], 'NA')
  tx.overwrite('a.t', { removed: [victim?.path ?? ''], files: [by] }, {})
  await tx.commit()
  expect(await rows(at.lake, 'a.t')).toEqual(['1', '4'])
  expect((await at.lake.load('a.t'))?.current).toMatchObject({
    operation: 'overwrite',
    summary: {
      'deleted-records': '2',
      'added-records': '1',
      'total-records': '2',
      'changed-partition-count': '2',
    },
  })
  const again = await at.lake.begin(files)
  again.overwrite('a.t', { removed: [victim?.path ?? ''], files: [] }, {})
  await expect(again.commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
  const all = await at.lake.begin(files)
  all.overwrite('a.t', { removed: 'all', files: [] }, {})
  await all.commit()
  expect(await rows(at.lake, 'a.t')).toEqual([])
  expect((await at.lake.load('a.t'))?.current?.operation).toBe('delete')
})

test('a compaction must keep all rows, and keeps the span of appends readable', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  await append(at.lake, 'a.t', '1')
  const from = (await at.lake.load('a.t'))?.current?.id ?? 0n
  await append(at.lake, 'a.t', '2')
  const removed = ((await (await at.lake.load('a.t'))?.files()) ?? []).map((f) => f.path)
  const short = await at.lake.begin(files)
  short.overwrite(
    'a.t',
    { removed, files: [await writeRows(at.lake, 'a.t', ['1'])] },
    {},
    { operation: 'replace' },
  )
  await expect(short.commit()).rejects.toMatchObject({ code: 'lake.invalid' })
  const tx = await at.lake.begin(files)
  tx.overwrite(
    'a.t',
    { removed, files: [await writeRows(at.lake, 'a.t', ['1', '2'])] },
    {},
    { operation: 'replace' },
  )
  await tx.commit()
  await append(at.lake, 'a.t', '3')
  const table = await at.lake.load('a.t')
  expect(await readRows(await table?.files())).toEqual(['1', '2', '3'])
  expect(await readRows(await table?.appendedSince(from))).toEqual(['2', '3'])
  const wipe = await at.lake.begin(files)
  wipe.overwrite('a.t', { removed: 'all', files: [] }, {})
  await wipe.commit()
  expect(await (await at.lake.load('a.t'))?.appendedSince(from)).toBeUndefined()
  expect(await (await at.lake.load('a.t'))?.appendedSince(1n)).toBeUndefined()
})

test('tables are created and dropped under names of namespace and table', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.b.t')
  const tx = await at.lake.begin()
  expect(() => tx.create({ name: 'a.b.t', ...rowTable })).toThrow(
    expect.objectContaining({ code: 'lake.exists' }),
  )
  expect(() => tx.create({ name: 'plain', ...rowTable })).toThrow(
    expect.objectContaining({ code: 'lake.invalid' }),
  )
  expect(() => tx.create({ name: 'a.../x', ...rowTable })).toThrow(
    expect.objectContaining({ code: 'lake.invalid' }),
  )
  expect(() => tx.drop('a.none')).toThrow(expect.objectContaining({ code: 'lake.unknown-table' }))
  expect([tx.has('a.b.t'), tx.has('a.none')]).toEqual([true, false])
  tx.drop('a.b.t')
  tx.create({ name: 'a.b.t', ...rowTable })
  await tx.commit()
  expect((await at.lake.load('a.b.t'))?.snapshots).toEqual([])
  const drop = await at.lake.begin()
  drop.drop('a.b.t')
  await drop.commit()
  await drop.commit()
  expect(await at.lake.load('a.b.t')).toBeUndefined()
})

test('a hundred appends keep few manifests and every row', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  const tx = await at.lake.begin(files)
  for (let i = 0; i < 120; i++) {
    tx.append('a.t', [await writeRows(at.lake, 'a.t', [String(i)], i % 2 === 0 ? 'EU' : null)], {})
  }
  await tx.commit()
  const table = await at.lake.load('a.t')
  expect(await readRows(await table?.files())).toEqual(
    Array.from({ length: 120 }, (_, i) => String(i)).toSorted(),
  )
  const nulls = await table?.files({ filters: [{ column: 'region', op: 'is-null', values: [] }] })
  expect(nulls).toHaveLength(60)
  const since = await table?.appendedSince(table.snapshots[99]?.id ?? 0n)
  expect(await readRows(since)).toEqual(Array.from({ length: 20 }, (_, i) => String(100 + i)).toSorted())
})

test('a file that a summary refers to and that is gone refuses the commit', async () => {
  await using at = await temporaryLake()
  await create(at.lake, 'a.t')
  const kept = await writeRows(at.lake, 'a.t', ['1'])
  const tx = await at.lake.begin(files)
  const nowhere = at.lake.nameOf(`${await at.lake.positionFolder('a.t')}/nowhere.json.gz`)
  tx.append('a.t', [kept], { 'securecart.files': nowhere })
  tx.require([nowhere])
  await expect(tx.commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
  expect(await rows(at.lake, 'a.t')).toEqual([])
})
