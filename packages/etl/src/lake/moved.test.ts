import { mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readRows, rowTable, writeRows } from '../../../../conformance/lake/temporary-lake.ts'
import { openLake } from './index.ts'

let root = ''
let former = ''
let folder = ''
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'moved-'))
  former = path.join(root, 'one', 'lake')
  folder = path.join(root, 'lake')
  await using lake = await openLake({ folder: former })
  const tx = await lake.begin({ dataFiles: 'exists' })
  tx.create({ name: 'a.t', ...rowTable })
  tx.append('a.t', [await writeRows(lake, 'a.t', ['1'])], {})
  await tx.commit()
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('a lake that was moved says so, and what to do', async () => {
  await rename(former, folder)
  await expect(openLake({ folder })).rejects.toMatchObject({
    code: 'lake.moved',
    message: `the lake in ${folder} was written in ${former} and moved since`,
    hint: expect.stringContaining(`ln -s ${folder} ${former}`) as string,
  })
})

test('what the hint says makes a moved lake whole, also for new commits', async () => {
  await rename(former, folder)
  await symlink(folder, former)
  await using lake = await openLake({ folder })
  const tx = await lake.begin({ dataFiles: 'exists' })
  tx.append('a.t', [await writeRows(lake, 'a.t', ['2'])], {})
  await tx.commit()
  expect(await readRows(await (await lake.load('a.t'))?.files())).toEqual(['1', '2'])
})

test('a damaged lake is not taken for a moved one', async () => {
  await using lake = await openLake({ folder: former })
  const table = await lake.load('a.t')
  await rm(table?.metadataLocation.replace('file://', '') ?? '')
  await using again = await openLake({ folder: former })
  await expect(again.load('a.t')).rejects.toMatchObject({ code: 'lake.corrupt' })
})
