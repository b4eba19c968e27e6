import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChangedFilePolicy, FilesSource } from './contract.ts'
import { discover, hashEnds } from './listing.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listing-'))
})
afterEach(() => rm(folder, { recursive: true }))

const put = async (name: string, content: string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), content)
}
const source = (
  path: string,
  onChangedFile: ChangedFilePolicy = 'fail',
  connector = 'json',
): FilesSource => ({
  kind: 'files',
  connector,
  path,
  format: { kind: 'json', layout: 'lines', columns: [] },
  schema: [],
  onChangedFile,
})
const paths = async (path: string): Promise<readonly string[]> =>
  (await discover(source(path), folder, [])).taken.map((f) => f.path)

test('expands patterns in one order and passes over hidden and unfinished files', async () => {
  for (const name of ['b.json', 'a.json', 'Z.json', 'sub/c.json', 'sub/deep/d.json.gz', 'x.csv'])
    await put(`in/${name}`, 'x')
  for (const name of [
    '_temporary/e.json',
    '.hidden.json',
    '_SUCCESS',
    '.a.json.crc',
    'f.json.crc',
    'sub/.g/h.json',
  ])
    await put(`in/${name}`, 'x')
  await put('in/empty.json', '')
  expect(await paths('in/*.json')).toEqual(['Z.json', 'a.json', 'b.json'])
  expect(await paths('in/**')).toEqual([
    'Z.json',
    'a.json',
    'b.json',
    'sub/c.json',
    'sub/deep/d.json.gz',
    'x.csv',
  ])
  expect(await paths('in/{a,b}.json')).toEqual(['a.json', 'b.json'])
  expect(await paths('in/?.json')).toEqual(['Z.json', 'a.json', 'b.json'])
  expect(await paths('in/_temporary/e.json')).toEqual(['e.json'])
  expect(await paths(`${folder}/in/sub/*`)).toEqual(['c.json'])
  expect(await paths('nothing/*.json')).toEqual([])
})

test('takes Parquet files of 0 bytes, so that the reader refuses them', async () => {
  await put('a.parquet', '')
  expect((await discover(source('*.parquet', 'fail', 'parquet'), folder, [])).taken).toHaveLength(1)
})

test('does not read a file twice, not even a touched one, and reports vanished files', async () => {
  await put('a.json', '{"a":1}')
  await put('b.json', '{"a":2}')
  const first = await discover(source('*.json'), folder, [])
  await utimes(join(folder, 'a.json'), new Date(), new Date(Date.now() + 5_000))
  await rm(join(folder, 'b.json'))
  await put('c.json', '{"a":3}')
  const second = await discover(source('*.json'), folder, first.taken)
  expect(second.taken.map((f) => f.path)).toEqual(['c.json'])
  expect(second.scan.files.map((f) => f.path)).toEqual([join(folder, 'c.json')])
  expect(second.missing).toEqual(['b.json'])
})

test('treats changed content as the source says', async () => {
  await put('a.json', '{"a":1}')
  await put('b.json', '{"a":2}')
  const { taken } = await discover(source('*.json'), folder, [])
  await put('a.json', '{"a":9}')
  await utimes(join(folder, 'a.json'), 1, 1)
  await expect(discover(source('*.json'), folder, taken)).rejects.toMatchObject({ code: 'source.changed' })
  const added = await discover(source('*.json', 'append-as-new'), folder, taken)
  expect(added.taken.map((f) => f.path)).toEqual(['a.json'])
  const again = await discover(source('*.json', 'reload'), folder, taken)
  expect(again.taken.map((f) => f.path)).toEqual(['a.json', 'b.json'])
  expect(again.changed.map((f) => f.path)).toEqual(['a.json'])
})

test('refuses a path that does not exist or is a folder', async () => {
  await expect(paths('nothing.json')).rejects.toMatchObject({ code: 'source.missing' })
  await mkdir(join(folder, 'in'))
  await expect(paths('in')).rejects.toMatchObject({ code: 'source.missing' })
})

test('hashes size, head and tail', async () => {
  const body = 'x'.repeat(200_000)
  await put('a', body)
  const before = await hashEnds(join(folder, 'a'), 200_000)
  for (const at of [0, 65_535, 134_464, 199_999]) {
    await put('a', `${body.slice(0, at)}y${body.slice(at + 1)}`)
    expect(await hashEnds(join(folder, 'a'), 200_000)).not.toBe(before)
  }
  expect(await hashEnds(join(folder, 'a'), 199_999)).not.toBe(before)
})
