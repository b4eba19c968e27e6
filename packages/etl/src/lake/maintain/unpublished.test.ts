import { existsSync } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { removeUnpublished } from '../index.ts'

const name = 'a.t$rejected'
const hoursAgo = (n: number): number => Date.now() - n * 3_600_000

async function writerFile(folder: string, hours: number): Promise<string> {
  const file = path.join(folder, 'a/t$rejected/data', `${hoursAgo(hours)}-writer`, 'part.parquet')
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, 'x')
  await utimes(file, hoursAgo(hours) / 1000, hoursAgo(hours) / 1000)
  return file
}

test('what dead writers left for a table that was never published goes, what is young stays', async () => {
  await using at = await temporaryLake()
  const [old, young] = [await writerFile(at.folder, 5), await writerFile(at.folder, 1)]
  const empty = path.join(at.folder, 'a/t$rejected/data', `${hoursAgo(6)}-empty`)
  await mkdir(empty)
  expect(await removeUnpublished(at.lake, name, { olderThanMs: 2 * 3_600_000 })).toEqual([old])
  expect([path.dirname(old), empty, young].map(existsSync)).toEqual([false, false, true])
})

test('a table that is published, was dropped, or is being published loses nothing', async () => {
  await using at = await temporaryLake()
  const sweep = () => removeUnpublished(at.lake, name, { olderThanMs: -60_000 })
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name, ...rowTable })
  const file = await writeRows(at.lake, name, ['1'])
  tx.append(name, [file], {})
  await tx.commit()
  expect(await sweep()).toEqual([])
  const drop = await at.lake.begin()
  drop.drop(name)
  await drop.commit()
  expect(await sweep()).toEqual([])
  expect(await readRows([file])).toEqual(['1'])
})

test('the folder of a table that was renamed away is not taken for that of its old name', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name, ...rowTable })
  tx.append(name, [await writeRows(at.lake, name, ['1'])], {})
  await tx.commit()
  const table = await at.lake.load(name)
  if (table === undefined) throw new Error('no table')
  await at.lake.rename([{ table, to: 'a.u$rejected' }])
  const left = await writeRows(at.lake, name, ['left'])
  expect(await removeUnpublished(at.lake, name, { olderThanMs: -60_000 })).toEqual([left.path])
  expect(await readRows(await (await at.lake.load('a.u$rejected'))?.files())).toEqual(['1'])
})

test('a commit whose files were removed fails and publishes nothing', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name, ...rowTable })
  tx.append(name, [await writeRows(at.lake, name, ['1'])], {})
  expect(await removeUnpublished(at.lake, name, { olderThanMs: -60_000 })).toHaveLength(1)
  await expect(tx.commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
  expect(await at.lake.tables()).toEqual([])
})
