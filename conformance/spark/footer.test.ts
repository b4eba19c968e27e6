import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { markFooter, needsMarks } from '../../packages/etl/src/engine/spark/mark-footer.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { readBySchema } from '../lake/parquet-files.ts'

const schema = withIds([
  t.field('n', t.int64),
  t.field('tags', t.list(t.text)),
  t.field('counts', t.map(t.text, t.list(t.decimal(9, 2)))),
  t.field('lines', t.list(t.struct([t.field('sku', t.text), t.field('at', t.time)]))),
  t.field('ünï "quoted"', t.struct([t.field('m', t.map(t.int32, t.int32))])),
  t.field('clock', t.time),
  // More than the fifteen elements that a short list holds.
  ...Array.from({ length: 20 }, (_, i) => t.field(`c${i}`, t.int32)),
])
const query = `SELECT i::BIGINT AS n, [i::VARCHAR, NULL] AS tags, MAP {'k': [1.25::DECIMAL(9,2), i]} AS counts,
  [{sku: 'a', "at": i * 1000000}, NULL] AS lines, {m: MAP {i::INTEGER: 1::INTEGER}} AS "ünï ""quoted""", (i * 1000001)::BIGINT AS clock,
  ${Array.from({ length: 20 }, (_, i) => `(i + ${i})::INTEGER AS c${i}`).join(', ')} FROM range(1000) r(i)`

let folder = ''
let connection: DuckDBConnection
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footer-'))
  connection = await (await DuckDBInstance.create()).connect()
})
afterAll(async () => {
  connection.closeSync()
  await rm(folder, { recursive: true, force: true })
})

const write = async (name: string): Promise<string> => {
  const path = join(folder, name)
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 300)`)
  return path
}
const footerOf = async (path: string) => {
  const bytes = await readFile(path)
  return parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
const rows = async (sql: string): Promise<unknown> => (await connection.runAndReadAll(sql)).getRowsJson()

test('field ids of all members and times of day are written into a footer; all else stays', async () => {
  const path = await write('a.parquet')
  const before = await footerOf(path)
  const plain = await rows(`SELECT n, tags, counts, c19 FROM '${path}' ORDER BY n`)
  await markFooter(path, schema)
  const after = await footerOf(path)
  const bare = (element: (typeof before.schema)[number]) => {
    return { ...element, field_id: undefined, logical_type: undefined }
  }
  expect(after.schema.map(bare)).toEqual(before.schema.map(bare))
  // The length of the footer differs by what was added.
  expect({ ...after, schema: [], metadata_length: 0 }).toEqual({ ...before, schema: [], metadata_length: 0 })
  const ids = after.schema.flatMap((e) => (e.field_id === undefined ? [] : [[e.name, e.field_id]]))
  expect(ids.slice(0, 12)).toEqual([
    ['n', 1],
    ['tags', 2],
    ['element', 3],
    ['counts', 4],
    ['key', 5],
    ['value', 6],
    ['element', 7],
    ['lines', 8],
    ['element', 9],
    ['sku', 10],
    ['at', 11],
    ['ünï "quoted"', 12],
  ])
  expect(new Set(ids.map(([, id]) => id)).size).toBe(36)
  expect(after.schema.filter((e) => e.logical_type?.type === 'TIME').map((e) => e.name)).toEqual([
    'at',
    'clock',
  ])
  expect(await rows(`SELECT n, tags, counts, c19 FROM '${path}' ORDER BY n`)).toEqual(plain)
  const file = { path, rows: 1000, bytes: 1, partition: [] }
  const renamed = schema.map((f) => ({ ...f, name: `now_${f.id}` }))
  expect(
    await rows(`SELECT now_2[1], now_16::VARCHAR FROM (${readBySchema([file], renamed)}) WHERE now_1 = 7`),
  ).toEqual([['7', '00:00:07.000007']])
})

test('marking a file twice changes nothing', async () => {
  const path = await write('b.parquet')
  await markFooter(path, schema)
  const once = await readFile(path)
  await markFooter(path, schema)
  expect((await readFile(path)).equals(once)).toBe(true)
})

test('a file of other columns, and one that is no Parquet, are refused', async () => {
  const path = await write('c.parquet')
  for (const other of [schema.slice(0, -1), schema.toReversed(), withIds([t.field('n', t.list(t.int64))])])
    await expect(markFooter(path, other)).rejects.toMatchObject({ code: 'lake.corrupt' })
  const whole = await readFile(path)
  for (const cut of [whole.subarray(0, -9), whole.subarray(0, 11)]) {
    await writeFile(path, cut)
    await expect(markFooter(path, schema)).rejects.toMatchObject({ code: 'lake.corrupt' })
  }
})

test('only schemas that hold a list, a map or a time need marks', () => {
  const flat = withIds([t.field('a', t.int64), t.field('b', t.struct([t.field('c', t.uuid)]))])
  expect(needsMarks(flat)).toBe(false)
  for (const type of [t.list(t.int64), t.map(t.text, t.text), t.time, t.struct([t.field('c', t.time)])])
    expect(needsMarks(withIds([t.field('a', type)]))).toBe(true)
})
