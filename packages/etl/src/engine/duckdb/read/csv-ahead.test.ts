import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultDialect } from '../../../connector/csv.ts'
import { surveyAhead, surveyedAhead } from './csv-ahead.ts'
import type { ResolvedFile } from '../../../plan/source.ts'
import { syntaxOf } from './csv-record.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ahead-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sizes = { leastBytes: 1, partBytes: 2 ** 16 }
const usual = syntaxOf(defaultDialect)
const header = 'a,b,c\n'
const body = '1,"quoted, text",plain text\n'.repeat(20_000)

async function fileOf(name: string, content: string): Promise<ResolvedFile> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  const { size, mtimeMs } = await stat(file)
  // Listings know whole milliseconds.
  return { path: file, size, mtimeMs: Math.trunc(mtimeMs) }
}

test.each([
  ['regular', body, { regular: true, newline: '\n', multiline: false }],
  ['broken at the end', `${body}1,"a" b,c\n`, { regular: false }],
  ['lines within quotes', `${body}1,"a\nb",c\n`, { regular: true, newline: '\n', multiline: true }],
] as const)(
  'a survey that began ahead tells of the text behind its header, however often it is asked: %s',
  async (name, text, expected) => {
    const file = await fileOf(`${name}.csv`, header + text)
    await using ahead = await surveyAhead(file, sizes)
    for (const _ of [1, 2])
      expect(await surveyedAhead(ahead, file, header.length, usual)).toMatchObject(expected)
  },
)

test('a survey that began ahead is not taken for one of another text, another start or another syntax', async () => {
  const file = await fileOf('other.csv', header + body)
  await using ahead = await surveyAhead(file, sizes)
  expect(ahead).toBeDefined()
  const semicolons = syntaxOf({ ...defaultDialect, delimiter: ';' })
  const apostrophes = syntaxOf({ ...defaultDialect, quote: "'", escape: "'" })
  expect(
    await surveyedAhead(ahead, { ...file, path: `${file.path}.txt` }, header.length, usual),
  ).toBeUndefined()
  expect(
    await surveyedAhead(ahead, { ...file, mtimeMs: file.mtimeMs + 1 }, header.length, usual),
  ).toBeUndefined()
  expect(await surveyedAhead(ahead, file, 0, usual)).toBeUndefined()
  expect(await surveyedAhead(ahead, file, header.length, semicolons)).toBeUndefined()
  expect(await surveyedAhead(ahead, file, header.length, apostrophes)).toBeUndefined()
})

test('the delimiter that a header has most of is expected', async () => {
  const semicolons = syntaxOf({ ...defaultDialect, delimiter: ';' })
  const file = await fileOf('semicolons.csv', `a;"b, c";d\n${'1;"x";"y;z"\n'.repeat(20_000)}`)
  await using ahead = await surveyAhead(file, sizes)
  expect(await surveyedAhead(ahead, file, 11, semicolons)).toMatchObject({
    regular: true,
    multiline: false,
  })
})

test('nothing is begun for small files and for what is no text', async () => {
  const small = await fileOf('small.csv', header + body)
  expect(await surveyAhead(small)).toBeUndefined()
  const json = await fileOf('objects.csv', '{"a": 1, "b": 2}\n'.repeat(10_000))
  expect(await surveyAhead(json, sizes)).toBeUndefined()
  const packed = await fileOf('packed.csv', `PAR1\0,\n${body}`)
  expect(await surveyAhead(packed, sizes)).toBeUndefined()
})
