import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessLog } from '../../packages/etl/src/connector/access-log.ts'
import { int64, text } from '../../packages/etl/src/connector/column.ts'
import type { FilesSource } from '../../packages/etl/src/connector/contract.ts'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { grok } from '../../packages/etl/src/connector/grok.ts'
import { jsonArray, ndjson } from '../../packages/etl/src/connector/json.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import { openFiles } from '../../packages/etl/src/engine/duckdb/read/index.ts'
import { craftParquet, leaf } from './craft-parquet.ts'
import { readSource } from './read-source.ts'

/** Names of files and folders that engines, shells and catalogues give a meaning to. */
const names = [
  '*',
  '?',
  '[1]',
  '[!x]',
  'a[',
  '{a,b}',
  'b\\s',
  "o'brien",
  '"q"',
  'a b',
  'line\nend',
  '日本😀',
  '%2e%2e',
  '~',
  '$HOME',
  '-rf',
  'c0=7',
  'c1=x',
  'json=7',
  'filename=7',
  'file_row_number=7',
  'a=9999-99-99',
]

const log = '1.2.3.4 - - [29/Feb/2024:23:59:59 +0530] "GET / HTTP/1.1" 200 5\n'
const packed = (): Buffer => {
  const body = Buffer.alloc(16)
  body.writeBigInt64LE(1n, 0)
  body.writeBigInt64LE(-(2n ** 40n), 8)
  return craftParquet(2, [
    { name: 'a', type: 2, element: leaf('a', 2), pages: [{ kind: 'data', values: 2, body }] },
  ])
}

/** A file of one row and one reject, for each reader. */
const sources: readonly (readonly [kind: string, content: string | Buffer, source: FilesSource])[] = [
  ['csv', 'a,b\n1,x\nbad,y\n', csv('*', { columns: { a: int64(), b: text() } })],
  ['quoted csv', 'a,b\n1,"x\ny"\n"bad,y\n', csv('*', { columns: { a: int64(), b: text() } })],
  ['lines', '{"a":1}\n{"a":"bad"}\n', ndjson('*', { columns: { a: int64() } })],
  ['array', '[{"a":1},{"a":"bad"}]', jsonArray('*', { columns: { a: int64() } })],
  ['parquet', packed(), parquet('*', { columns: { a: { type: { kind: 'int8' }, nullable: true } } })],
  ['log', `${log}bad\n`, accessLog('*', { layout: 'common' })],
  ['pattern', '1 a\nbad\n', grok('*', { pattern: '%{INT:a} %{WORD:b}', columns: { a: int64(), b: text() } })],
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-names-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each(sources)('%s: files and folders may be called anything', async (kind, content, source) => {
  const root = path.join(folder, kind)
  await mkdir(root)
  const sample = path.join(root, 'sample')
  await writeFile(sample, content)
  const files: string[] = []
  for (const name of names) {
    await mkdir(path.join(root, `in ${name}`))
    await mkdir(path.join(root, name))
    for (const file of [path.join(root, `in ${name}`, name), path.join(root, name, '1')]) {
      await copyFile(sample, file)
      files.push(file)
    }
    // What the name would match as a pattern.
    await copyFile(sample, path.join(root, `in ${name}`, '1'))
    await copyFile(sample, path.join(root, `in ${name}`, 'x'))
  }
  const seen = await readSource(source, files, openFiles)
  expect(seen.rows).toHaveLength(files.length)
  if (kind !== 'log') expect(new Set(seen.rows.map(([a]) => String(a)))).toEqual(new Set(['1']))
  expect(seen.rejects.map((r) => r.source).toSorted()).toEqual(files.toSorted())
})
