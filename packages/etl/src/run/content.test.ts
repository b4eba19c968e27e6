import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { int64, ndjson, text } from '../index.ts'
import { stagedFormat } from '../connector/staged-format.ts'
import { contentOf } from './content.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'content-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

const columns = { a: int64(), b: text() }
const lines = ndjson('x', { columns }).format
const csv = stagedFormat(columns)
let count = 0

async function content(texts: readonly string[], format = lines): Promise<string> {
  const files = await Promise.all(
    texts.map(async (body) => {
      const file = path.join(folder, String(count++))
      await writeFile(file, body)
      return { path: file, size: body.length, mtimeMs: 0 }
    }),
  )
  return contentOf(files, format)
}

test('lines are a multiset, however they are spread over files and chunks', async () => {
  const long = `{"b":"${'x'.repeat(200_000)}"}`
  const one = await content([`{"a":1}\n${long}\n{"a":2}\n`])
  expect(await content([`{"a":2}\n{"a":1}\n${long}`])).toBe(one)
  expect(await content([`${long}\n`, '{"a":2}\n', '', '{"a":1}\n'])).toBe(one)
  for (const other of [
    `{"a":1}\n${long}\n`,
    `{"a":1}\n${long}\n{"a":2}\n{"a":2}\n`,
    `{"a":1}\n${long}y\n{"a":2}\n`,
  ])
    expect(await content([other])).not.toBe(one)
  expect(await content(['{"a":1}\n{"a":1}\n'])).not.toBe(await content(['{"a":1}\n']))
  expect(await content(['{"a":1}\n{"a":1}\n{"a":2}\n'])).not.toBe(
    await content(['{"a":1}\n{"a":2}\n{"a":2}\n']),
  )
})

test('records that may hold line ends count in their order', async () => {
  const one = await content(['1,"a\nb"\n2,"c\nd"\n'], csv)
  expect(await content(['1,"a\nb"\n', '2,"c\nd"\n'], csv)).toBe(one)
  // The same lines, but other records.
  expect(await content(['1,"a\nd"\n2,"c\nb"\n'], csv)).not.toBe(one)
  expect(await content([], csv)).not.toBe(one)
})
