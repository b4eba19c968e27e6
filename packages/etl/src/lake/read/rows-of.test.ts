import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { expireSnapshots, type FolderLake, type LakeTable } from '../index.ts'

const name = 'a.t'

async function load(lake: FolderLake): Promise<LakeTable> {
  const table = await lake.load(name)
  if (table === undefined) throw new Error('the table is gone')
  return table
}

async function append(lake: FolderLake, row: string): Promise<void> {
  const tx = await lake.begin()
  tx.append(name, [await writeRows(lake, name, [row])], {})
  await tx.commit()
}

async function compact(lake: FolderLake): Promise<void> {
  const files = await (await load(lake)).files()
  const tx = await lake.begin()
  const whole = await writeRows(lake, name, await readRows(files))
  const change = { removed: files.map((f) => f.path), files: [whole] }
  tx.overwrite(name, change, {}, { operation: 'replace' })
  await tx.commit()
}

test('compactions are seen through, also when the snapshot below them is forgotten', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  tx.create({ name, ...rowTable })
  await tx.commit()
  expect((await load(at.lake)).rowsOf).toBeUndefined()
  await append(at.lake, '1')
  await append(at.lake, '2')
  const known = (await load(at.lake)).current?.id ?? 0n
  expect((await load(at.lake)).rowsOf).toBe(known)
  await compact(at.lake)
  await compact(at.lake)
  expect((await load(at.lake)).current?.id).not.toBe(known)
  expect((await load(at.lake)).rowsOf).toBe(known)
  await expireSnapshots(at.lake, name, { olderThanMs: -1000, retainLast: 1 })
  expect((await load(at.lake)).snapshots).toHaveLength(1)
  expect((await load(at.lake)).rowsOf).toBe(known)
  expect(await (await load(at.lake)).appendedSince(known)).toEqual([])
  await append(at.lake, '3')
  expect((await load(at.lake)).rowsOf).toBe((await load(at.lake)).current?.id)
  expect(await readRows(await (await load(at.lake)).appendedSince(known))).toEqual(['3'])
})
