import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CsvDialect } from '../plan/source.ts'
import { text } from './column.ts'
import { csv } from './csv.ts'
import { warnOfUndeclared } from './csv-undeclared.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'undeclared-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function messageOf(
  contents: Readonly<Record<string, string | Buffer>>,
  dialect: Partial<CsvDialect> = {},
): Promise<string | undefined> {
  const { format, schema } = csv('*', { columns: { a: text(), b: text({ from: 'Bee' }) }, dialect })
  const files = []
  for (const [name, content] of Object.entries(contents)) {
    const file = path.join(folder, name)
    await writeFile(file, content)
    const { size, mtimeMs } = await stat(file)
    files.push({ path: file, size, mtimeMs })
  }
  return (await warnOfUndeclared({ format, schema, files }))?.message.replaceAll(`${folder}/`, '')
}

const lead = 'columns of the files that are not declared are ignored: '

test('nothing is said of declared columns, of files without a header, and of what cannot be read', async () => {
  expect(await messageOf({ one: 'Bee, A\n1,2\n', empty: '' })).toBeUndefined()
  expect(await messageOf({ one: '1,2,3\n' }, { header: false })).toBeUndefined()
  expect(
    await messageOf({ missing: 'a,c\n', broken: '"a,b', cut: gzipSync('a,Bee,c\n').subarray(0, 12) }),
  ).toBeUndefined()
})

test('columns that are not declared are named once for all files', async () => {
  expect(await messageOf({ one: 'c,a,Bee,"d\ne"\n1,2,3,4\n' })).toBe(`${lead}"c", "d\\ne"`)
  const three = gzipSync('a,Bee,c,,c\n')
  expect(await messageOf({ one: 'a,Bee,c\n', two: 'a,Bee\n', three, four: 'c,a,Bee\n' })).toBe(
    `${lead}"c" (in 2 of 4 files, such as one), "c_1" (in 1 of 4 files, such as three), "column_4" (in 1 of 4 files, such as three), "c_2" (in 1 of 4 files, such as three)`,
  )
})

test('headers are found behind preambles, in other encodings and other dialects', async () => {
  const wide = iconv.encode('made by x\na;Bee;ä\n', 'utf-16le', { addBOM: true })
  expect(await messageOf({ wide }, { delimiter: ';', skipLines: 1, encoding: 'utf-16le' })).toBe(`${lead}"ä"`)
})

test('of many and long names a few are shown', async () => {
  const many = ['a', 'Bee', ...Array.from({ length: 99_000 }, (_, i) => `c${i}`)].join(',')
  expect(await messageOf({ many: `${many}\n` })).toMatch(/"c9" and 98990 more$/)
  expect((await messageOf({ long: `a,Bee,${'x'.repeat(3 * 2 ** 20)}\n` }))?.length).toBeLessThan(200)
})
