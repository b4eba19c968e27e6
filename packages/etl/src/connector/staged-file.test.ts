import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openStagedFile } from './staged-file.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'staged-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('records after a mark are forgotten, whether they were written out or not', () => {
  const at = path.join(folder, 'a.csv')
  using file = openStagedFile(at)
  const add = (text: string): void => {
    const bytes = Buffer.from(text)
    file.text(bytes, 0, bytes.length)
    file.endRecord()
  }
  add('kept')
  const early = file.mark()
  add('gone')
  file.reset(early)
  add('also kept')
  const late = file.mark()
  // More than the buffer holds, so that the mark lies in what was written out.
  for (let i = 0; i < 6; i++) add('x'.repeat(2 ** 20))
  file.reset(late)
  expect(file.records).toBe(2)
  add('last')
  expect(file.finish()?.size).toBe(20)
  expect(readFileSync(at, 'utf8')).toBe('kept\nalso kept\nlast\n')
})
