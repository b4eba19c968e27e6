import { readFile, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { rowTable, temporaryLake, writeRows } from '../../../../../conformance/lake/temporary-lake.ts'
import type { TemporaryLake } from '../../../../../conformance/lake/temporary-lake.ts'
import type { LakeTable } from '../contract.ts'
import { printManifestList, readManifestList } from '../format/manifest-list.ts'

async function oneFile(at: TemporaryLake): Promise<LakeTable> {
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name: 'a.t', ...rowTable })
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['1'])], {})
  await tx.commit()
  const table = await at.lake.load('a.t')
  if (table === undefined) throw new Error('the table is gone')
  return table
}

const pathOf = (location: string | undefined): string => (location ?? '').replace('file://', '')
const corrupt = expect.objectContaining({ code: 'lake.corrupt' })

test('damaged or missing metadata and manifests are named, never read as empty', async () => {
  await using at = await temporaryLake()
  const table = await oneFile(at)
  const list = pathOf(table.current?.manifestList)
  const bytes = await readFile(list)
  for (const damaged of [Buffer.from('x'), bytes.subarray(0, 40), bytes.subarray(0, bytes.length - 5)]) {
    await writeFile(list, damaged)
    await expect(table.files()).rejects.toEqual(corrupt)
  }
  await rm(list)
  await expect(table.files()).rejects.toEqual(corrupt)
  await writeFile(pathOf(table.metadataLocation), '{')
  await expect(at.lake.load('a.t')).rejects.toEqual(corrupt)
  await rm(pathOf(table.metadataLocation))
  await expect(at.lake.load('a.t')).rejects.toEqual(corrupt)
})

test('delete files, which other engines write, refuse the read instead of bringing rows back', async () => {
  await using at = await temporaryLake()
  const table = await oneFile(at)
  const path = pathOf(table.current?.manifestList)
  const manifests = readManifestList(await readFile(path), path)
  const snapshot = { id: 1n, parentId: undefined, sequenceNumber: 2 }
  await writeFile(
    path,
    printManifestList([...manifests, ...manifests.map((m) => ({ ...m, content: 1 }))], snapshot),
  )
  await expect(table.files()).rejects.toMatchObject({ code: 'lake.unsupported' })
})

test('a footer that cannot be read or counts other rows refuses the commit', async () => {
  await using at = await temporaryLake()
  await oneFile(at)
  const { stats: _, ...file } = await writeRows(at.lake, 'a.t', ['no parquet'])
  const tx = await at.lake.begin()
  tx.append('a.t', [file], {})
  await expect(tx.commit()).rejects.toEqual(corrupt)
})
