import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FileIdentity } from './contract.ts'
import { decodePositions, encodePositions, maxInlineBytes, positionFile } from './positions.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'positions-'))
})
afterEach(() => rm(folder, { recursive: true }))

const files = (count: number): readonly FileIdentity[] =>
  Array.from({ length: count }, (_, i) => ({
    path: `2024/part-${String(i).padStart(6, '0')}.json`,
    size: i,
    mtimeMs: 1_700_000_000_000 + i,
    contentHash: i.toString(16).padStart(64, '0'),
  }))

test('keeps a short list in the text', async () => {
  const encoded = await encodePositions(files(3).toReversed(), folder)
  expect(encoded).toBe(await encodePositions(files(3), folder))
  expect(positionFile(encoded)).toBeUndefined()
  expect(await decodePositions(encoded)).toEqual(files(3))
  expect(await readdir(folder)).toEqual([])
})

test('moves a long list into a file of its own', async () => {
  const encoded = await encodePositions(files(20_000), folder)
  expect(encoded.length).toBeLessThan(maxInlineBytes / 100)
  expect(await readdir(folder)).toEqual([basename(positionFile(encoded) ?? '')])
  expect(await decodePositions(encoded)).toEqual(files(20_000))
})

test('names no file that an earlier list was written to, which may be about to be removed', async () => {
  const first = positionFile(await encodePositions(files(5_000), folder))
  const second = positionFile(await encodePositions(files(5_000), folder))
  expect(first).not.toBe(second)
  expect(await readdir(folder)).toHaveLength(2)
})

test('notices a damaged file, a lost file and damaged text', async () => {
  const encoded = await encodePositions(files(5_000), folder)
  const [name = ''] = await readdir(folder)
  await writeFile(join(folder, name), 'other')
  await expect(decodePositions(encoded)).rejects.toMatchObject({ code: 'lake.corrupt' })
  await rm(join(folder, name))
  await expect(decodePositions(encoded)).rejects.toMatchObject({ code: 'lake.corrupt' })
  await expect(decodePositions('{"version":2}')).rejects.toMatchObject({ code: 'lake.corrupt' })
})
