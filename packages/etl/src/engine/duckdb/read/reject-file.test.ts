import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRejectSpool, type RejectSpool } from './reject-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rejects-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const add = (spool: RejectSpool, original: string): Promise<void> =>
  spool.add({ rule: 'csv.quote', reason: 'broken', source: '/in.csv', line: 1, offset: 0, original })

test('an empty spool gives no rejects', async () => {
  expect(await openRejectSpool(folder, 'empty').close()).toBeUndefined()
})

test('a file that cannot be made fails the end of the spool', async () => {
  const spool = openRejectSpool(path.join(folder, 'missing'), 'a')
  await add(spool, 'x')
  await expect(spool.close()).rejects.toThrow('ENOENT')
})

// The device takes no byte, like a disk that is full.
test.skipIf(!existsSync('/dev/full'))('a full disk fails the reject that has to wait for it', async () => {
  await symlink('/dev/full', path.join(folder, 'full.rejects.ndjson'))
  const spool = openRejectSpool(folder, 'full')
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await add(spool, 'x'.repeat(2 ** 20))
  }
  await expect(fill()).rejects.toThrow('ENOSPC')
  await expect(add(spool, 'y')).rejects.toThrow('ENOSPC')
  await expect(spool.close()).rejects.toThrow('ENOSPC')
})
