import { existsSync } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rowTable, temporaryLake, writeRows } from '../../../../../conformance/lake/temporary-lake.ts'
import { removeOrphans } from '../index.ts'

const hours = (n: number): number => Date.now() - n * 3_600_000

test('orphan removal takes emptied folders and leaves those that a writer may be about to fill', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  tx.create({ name: 'a.t', ...rowTable })
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['1'])], {})
  await tx.commit()
  const data = path.join(at.folder, 'a/t/data')
  const old = path.join(data, `${hours(3)}-old`)
  const lost = path.join(data, `${hours(2)}-lost`)
  const fresh = path.join(data, `${hours(0)}-fresh`)
  for (const folder of [old, path.join(lost, 'region=EU'), fresh]) await mkdir(folder, { recursive: true })
  const file = path.join(lost, 'region=EU', 'part.parquet')
  await writeFile(file, 'x')
  await utimes(file, hours(2) / 1000, hours(2) / 1000)
  expect(await removeOrphans(at.lake, 'a.t', { olderThanMs: 0 })).toEqual([file])
  expect([old, lost, fresh].map(existsSync)).toEqual([false, false, true])
  expect((await (await at.lake.load('a.t'))?.files())?.every((f) => existsSync(f.path))).toBe(true)
})
