import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { Node } from '../../plan/node.ts'
import { field, int64 } from '../../plan/type.ts'
import type { ScanBinding } from '../contract.ts'
import { isSpillingSort, printInOneThread } from './spilling-sort.ts'

const schema = [field('id', int64, false)]
const scan: Node = { kind: 'scan', input: 'l', schema }
const order = [
  { expression: { kind: 'column', ...field('id', int64, false) }, direction: 'asc', nulls: 'last' },
] as const
const sort: Node = { kind: 'sort', from: scan, order, schema }
const limit = (count: number, offset = 0): Node => ({ kind: 'limit', from: sort, count, offset, schema })
const inputs = (bytes: number): ReadonlyMap<string, ScanBinding> =>
  new Map([
    [
      'l',
      { kind: 'lake', schema: [{ id: 1, ...field('id', int64) }], files: [{ path: '/l', rows: 1, bytes }] },
    ],
  ])

test.each([
  ['a sort of more than memory holds', sort, 300, true],
  ['one that fits', sort, 200, false],
  ['no sort', scan, 300, false],
  ['the first rows of a sort', limit(1000), 300, false],
  ['most rows of a sort', limit(1_000_000), 300, true],
  ['few rows behind many', limit(10, 1_000_000), 300, true],
])('%s', (_, plan, bytes, expected) => {
  expect(isSpillingSort(plan, inputs(bytes), 1000)).toBe(expected)
})

test('rows come from one thread, all of them, and no more columns', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'thread-'))
  try {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
    await connection.run(`SET preserve_insertion_order = false`)
    await connection.run(`CREATE TABLE t AS SELECT hash(i) >> 1 AS id FROM range(2_000_000) t(i)`)
    // A thread that gets rows writes a file.
    const threadsOf = async (select: string): Promise<number> => {
      const out = path.join(folder, 'out')
      await connection.run(`COPY (${select}) TO '${out}' (FORMAT csv, PER_THREAD_OUTPUT, OVERWRITE)`)
      return (await readdir(out)).length
    }
    expect(await threadsOf('SELECT * FROM t')).toBe(2)
    const one = printInOneThread('SELECT * FROM t')
    expect(await threadsOf(one)).toBe(1)
    const missing = `(FROM t EXCEPT ALL FROM (${one})) UNION ALL (FROM (${one}) EXCEPT ALL FROM t)`
    expect((await connection.runAndReadAll(missing)).getRows()).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
