import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultDialect } from '../../../connector/csv.ts'
import { syntaxOf } from './csv-record.ts'
import { surveyCsv } from './csv-survey.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'survey-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const syntax = syntaxOf(defaultDialect)
const line = '1,"quoted, text",plain text of some length to fill the file\n'
const leastBytes = 2 ** 20
/** Three parts and more. */
const lines = Math.ceil((3.5 * leastBytes) / line.length)

/** A large text whose line `at` (a share of all) is another one. */
async function large(name: string, at: number, other: string): Promise<string> {
  const file = path.join(folder, name)
  const before = Math.floor(lines * at)
  await writeFile(file, [line.repeat(before), other, line.repeat(lines - before)].join(''))
  return file
}

/** A quoted field that lies across the middle of the text, where it is cut in two. */
const long = `2,"${'text,"",\n'.repeat(40_000)}",end\n`

test.each([
  ['regular', 0.5, line, { regular: true, newline: '\n', multiline: false }],
  ['broken in the last part', 0.9, '1,"a" b,c\n', { regular: false }],
  ['broken in the first part', 0.1, '1,"a" b,c\n', { regular: false }],
  ['other line ends in the last part', 0.9, '1,a,b\r\n', { regular: false }],
  ['lines within quotes', 0.1, '1,"a\nb",c\n', { regular: true, newline: '\n', multiline: true }],
  ['a field across the cut', 0.495, long, { regular: true, newline: '\n', multiline: true }],
  ['not closed', 1, '1,"a\n', { regular: false }],
] as const)(
  'a large text is judged alike by one thread and by several: %s',
  async (name, at, other, expected) => {
    const file = await large(`${name}.csv`, at, other)
    expect(await surveyCsv(file, 0, syntax)).toMatchObject(expected)
    for (const threads of [2, 3])
      expect(await surveyCsv(file, 0, syntax, threads, leastBytes)).toMatchObject(expected)
    await rm(file)
  },
)

test.each([225, 256, 4096])('records of %i bytes on two lines can be cut apart everywhere', async (bytes) => {
  const record = `1,"first\n${'.'.repeat(bytes - 12)}",\n`
  expect(record.length).toBe(bytes)
  const file = path.join(folder, `equal-${bytes}.csv`)
  const count = Math.ceil((64 * 2 ** 20) / bytes)
  await writeFile(file, record.repeat(count))
  const { cuts, ...rest } = await surveyCsv(file, 0, syntax)
  expect(rest).toEqual({ regular: true, newline: '\n', multiline: true })
  expect(cuts.every((cut) => cut % bytes === 0)).toBe(true)
  const gaps = [...cuts, count * bytes].map((cut, i) => cut - (cuts[i - 1] ?? 0))
  expect(Math.max(...gaps)).toBeLessThan(2 * 2 ** 20)
  await rm(file)
})
