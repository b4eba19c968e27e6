import { execFile } from 'node:child_process'
import { link, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChangedFilePolicy, FilesSource } from './contract.ts'
import { assertUnchanged, discover, hashEnds } from './listing.ts'

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

test('takes a file once, however many symbolic links lead to it, and hard links as files of their own', async () => {
  for (const name of ['in/b.json', 'in/z.json', 'other/o.json']) await put(name, 'x')
  await symlink('z.json', join(folder, 'in/latest.json'))
  await symlink('../in', join(folder, 'in/again'))
  await symlink('nowhere', join(folder, 'in/dangling.json'))
  await symlink('circle.json', join(folder, 'in/circle.json'))
  await symlink('../other/o.json', join(folder, 'in/o-1.json'))
  await symlink('../other/o.json', join(folder, 'in/o-2.json'))
  await link(join(folder, 'in/b.json'), join(folder, 'in/c.json'))
  expect(await paths('in/**/*.json')).toEqual(['b.json', 'c.json', 'o-1.json', 'z.json'])
  expect(await paths('in/**/*')).toEqual(['b.json', 'c.json', 'o-1.json', 'z.json'])
  expect(await paths('in/latest.json')).toEqual(['latest.json'])
})

test('passes over what is no plain file', async () => {
  await put('in/a.json', 'x')
  await mkdir(join(folder, 'in/folder.json'))
  await promisify(execFile)('mkfifo', [join(folder, 'in/pipe.json')])
  expect(await paths('in/*.json')).toEqual(['a.json'])
  await expect(discover(source('in/pipe.json'), folder, [])).rejects.toThrow(/is no file/)
})

test('tells when a file changed after it was listed', async () => {
  await put('in/a.json', 'x')
  const { scan } = await discover(source('in/a.json'), folder, [])
  await assertUnchanged(scan.files)
  await put('in/a.json', 'xx')
  await expect(assertUnchanged(scan.files)).rejects.toMatchObject({ code: 'source.changed' })
  await rm(join(folder, 'in/a.json'))
  await expect(assertUnchanged(scan.files)).rejects.toThrow(/was removed while it was read/)
})
