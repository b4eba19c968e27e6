import { mkdtemp, rm } from 'node:fs/promises'
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
