import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { int64 } from '../../plan/type.ts'
import { printLakeScan } from './scan-lake.ts'

test('a scan by field id is estimated by the rows of its files', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'scan-'))
  try {
    const file = path.join(folder, 'a.parquet')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.run(`COPY (SELECT i AS id FROM range(5000) t(i)) TO '${file}' (FIELD_IDS {id: 1})`)
    const files = [file, file].map((p) => ({ path: p, rows: 5000, bytes: 1 }))
    const scan = printLakeScan(files, [{ id: 1, name: 'id', type: int64, nullable: true }])
    const [plan] = (await connection.runAndReadAll(`EXPLAIN ${scan}`)).getRows()
    expect(String(plan?.[1])).toContain('~10,000 rows')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('all threads take part in a scan of one file', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'scan-'))
  try {
    const file = path.join(folder, 'a.parquet')
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
    await connection.run(
      `COPY (SELECT hash(i) >> 1 AS id FROM range(2_000_000) t(i)) TO '${file}' (FIELD_IDS {id: 1}, ROW_GROUP_SIZE 20000)`,
    )
    const { size } = await stat(file)
    const files = [{ path: file, rows: 2_000_000, bytes: size }]
    const scan = printLakeScan(files, [{ id: 1, name: 'id', type: int64, nullable: true }], { rowIds: true })
    // A thread that gets a row group writes a file.
    const out = path.join(folder, 'out')
    await connection.run(`SET preserve_insertion_order = false`)
    await connection.run(`COPY (${scan}) TO '${out}' (FORMAT csv, PER_THREAD_OUTPUT)`)
    expect(await readdir(out)).toHaveLength(2)
    const [counts] = (
      await connection.runAndReadAll(`SELECT count(*), count(DISTINCT __row), max(__row) FROM (${scan})`)
    ).getRows()
    expect(counts).toEqual([2_000_000n, 2_000_000n, 1_999_999n])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
