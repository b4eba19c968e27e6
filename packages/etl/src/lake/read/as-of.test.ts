import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import type { AsOf, FolderLake, LakeTable } from '../index.ts'

async function change(
  lake: FolderLake,
  task: (tx: Awaited<ReturnType<FolderLake['begin']>>) => Promise<void>,
): Promise<LakeTable> {
  const tx = await lake.begin({ dataFiles: 'exists' })
  await task(tx)
  await tx.commit()
  const table = await lake.load('a.t')
  if (table === undefined) throw new Error('the table is gone')
  return table
}

const at = async (table: LakeTable, asOf: AsOf): Promise<readonly string[]> =>
  readRows(await table.files({ asOf }))

test('reads by snapshot, tag, branch and time; rolls back and promotes', async () => {
  await using temporary = await temporaryLake()
  const { lake } = temporary
  const one = await change(lake, async (tx) => {
    tx.create({ name: 'a.t', ...rowTable })
    tx.append('a.t', [await writeRows(lake, 'a.t', ['1'])], {})
  })
  const first = one.current?.id ?? 0n
  await new Promise((resolve) => setTimeout(resolve, 5))
  const two = await change(lake, async (tx) => {
    tx.setRef('a.t', 'before', first, 'tag')
    tx.append('a.t', [await writeRows(lake, 'a.t', ['2'])], {})
  })
  expect(await at(two, { snapshot: first })).toEqual(['1'])
  expect(await at(two, { ref: 'before' })).toEqual(['1'])
  expect(await at(two, { ref: 'main' })).toEqual(['1', '2'])
  expect(await at(two, { timestampMs: one.current?.timestampMs ?? 0 })).toEqual(['1'])
  expect(await at(two, { timestampMs: Date.now() })).toEqual(['1', '2'])
  expect(two.current?.parentId).toBe(first)

  const beside = await change(lake, async (tx) => {
    tx.overwrite(
      'a.t',
      { removed: 'all', files: [await writeRows(lake, 'a.t', ['new'])] },
      {},
      { branch: 'rebuild' },
    )
  })
  expect(await readRows(await beside.files())).toEqual(['1', '2'])
  expect(await at(beside, { ref: 'rebuild' })).toEqual(['new'])
  const promoted = await change(lake, async (tx) => {
    tx.promote('a.t', 'rebuild')
    tx.dropRef('a.t', 'rebuild')
  })
  expect(await readRows(await promoted.files())).toEqual(['new'])
  expect([...promoted.refs.keys()].toSorted()).toEqual(['before', 'main'])

  const back = await change(lake, async (tx) => tx.rollback('a.t', two.current?.id ?? 0n))
  expect(await readRows(await back.files())).toEqual(['1', '2'])
  expect(await at(back, { timestampMs: two.current?.timestampMs ?? 0 })).toEqual(['1', '2'])
})

test('refuses states that the table does not have', async () => {
  await using temporary = await temporaryLake()
  const { lake } = temporary
  const table = await change(lake, async (tx) => {
    tx.create({ name: 'a.t', ...rowTable })
    tx.append('a.t', [await writeRows(lake, 'a.t', ['1'])], {})
    tx.append('a.t', [], { 'securecart.position': 'only' })
  })
  expect(table.current?.summary['securecart.position']).toBe('only')
  expect(await readRows(await table.files())).toEqual(['1'])
  for (const asOf of [{ snapshot: 5n }, { ref: 'none' }, { timestampMs: 5 }]) {
    await expect(table.files({ asOf })).rejects.toMatchObject({ code: 'lake.unknown-snapshot' })
  }
  const unknown = { code: 'lake.unknown-snapshot' }
  await expect(change(lake, async (tx) => tx.rollback('a.t', 5n))).rejects.toMatchObject(unknown)
  await expect(change(lake, async (tx) => tx.setRef('a.t', 'x', 5n, 'tag'))).rejects.toMatchObject(unknown)
  await expect(change(lake, async (tx) => tx.promote('a.t', 'x'))).rejects.toMatchObject(unknown)
  await expect(change(lake, async (tx) => tx.dropRef('a.t', 'x'))).rejects.toMatchObject(unknown)
  await expect(change(lake, async (tx) => tx.dropRef('a.t', 'main'))).rejects.toMatchObject({
    code: 'lake.invalid',
  })
})
