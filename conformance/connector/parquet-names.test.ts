import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Columns, int32, int64, list, text } from '../../packages/etl/src/connector/column.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import { openParquet } from '../../packages/etl/src/engine/duckdb/read/parquet.ts'
import { craftParquet, leaf } from './craft-parquet.ts'
import { readSource, type SeenSource } from './read-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parquet-names-'))
})
afterAll(() => rm(folder, { recursive: true }))

const read = (files: readonly string[], columns: Columns): Promise<SeenSource> =>
  readSource(parquet('*', { columns }), files, openParquet)

async function write(name: string, sql: string): Promise<string> {
  const file = path.join(folder, name)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${sql}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return file
}

/** A file of 64-bit columns with one row, whatever their names. */
async function writeNames(name: string, columns: Readonly<Record<string, number>>): Promise<string> {
  const file = path.join(folder, name)
  const crafted = Object.entries(columns).map(([column, value]) => {
    const body = Buffer.alloc(8)
    body.writeBigInt64LE(BigInt(value))
    return {
      name: column,
      type: 2,
      element: leaf(column, 2),
      pages: [{ kind: 'data', values: 1, body } as const],
    }
  })
  await writeFile(file, craftParquet(1, crafted))
  return file
}

test('columns may have the names that the engine uses itself, also when records are rejected', async () => {
  const names = ['file_row_number', 'filename', 'file_index', 'FILE_NAME', 'rowid', 'c0', 't']
  const values = names.map((n, i) => `${i} AS "${n}"`).join(', ')
  const files = [
    await write('one.parquet', `SELECT 1::BIGINT AS i, ${values}`),
    await write('two.parquet', `SELECT * FROM (VALUES (2::BIGINT), (3000000000)) v(i), (SELECT ${values})`),
  ]
  const columns = Object.fromEntries(names.map((n) => [n, int64()]))
  const seen = await read(files, { i: int32(), ...columns })
  expect(seen.rows.toSorted()).toEqual([
    [1, '0', '1', '2', '3', '4', '5', '6'],
    [2, '0', '1', '2', '3', '4', '5', '6'],
  ])
  expect(seen.rejects).toEqual([
    {
      rule: 'parquet.type',
      reason: 'i: 3000000000 is no int32',
      source: files[1],
      line: 2,
      offset: null,
      original:
        '{"i":3000000000,"file_row_number":0,"filename":1,"file_index":2,"FILE_NAME":3,"rowid":4,"c0":5,"t":6}',
    },
  ])
})

test('names that differ only in case are columns of their own', async () => {
  const files = [
    await writeNames('case.parquet', { a: 1, A: 2, __proto__x: 3, 'x"y': 4 }),
    await writeNames('case-2.parquet', { a: 5, A: 6, __proto__x: 7, 'x"y': 8 }),
  ]
  const seen = await read(files, { small: int64({ from: 'a' }), big: int64({ from: 'A' }), 'x"y': int64() })
  expect(seen.rows.toSorted()).toEqual([
    ['1', '2', '4'],
    ['5', '6', '8'],
  ])
  const [first = ''] = files
  expect((await read([first], { big: int64({ from: 'A' }) })).rows).toEqual([['2']])
  const alike = await writeNames('alike.parquet', { aB: 1, Ab: 2 })
  await expect(read([alike], { ab: int64() })).rejects.toThrow(/several columns like "ab"/)
  expect((await read([alike], { Ab: int64() })).rows).toEqual([['2']])
})

test('a file may be called anything', async () => {
  const names = ["o'brien", 'a b', '*', '[x]', '{a,b}', '?', '日本😀', 'line\nend', '"q"', 'a=1', '%41', '$x']
  const files = await Promise.all(
    names.map((n, i) => write(`${n}.parquet`, `SELECT ${i}::INTEGER AS i, 'x' AS s`)),
  )
  const seen = await read(files, { i: int32(), s: text() })
  expect(seen.rows.map(([i]) => i).toSorted()).toEqual(names.map((_, i) => i).toSorted())
})

test('lists of NULL stay what they are', async () => {
  const file = await write('lists.parquet', 'SELECT * FROM (VALUES ([NULL, 1]), ([]), (NULL), ([NULL])) t(l)')
  const seen = await read([file], { l: list(int32()) })
  expect(seen.rows).toEqual([[[null, 1]], [[]], [null], [[null]]])
})
