import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decimal, int64, text } from '../../plan/type.ts'
import type { ExportCompression, ExportFormat, ExportRequest } from '../contract.ts'
import { openDuckdb } from './index.ts'

let folder = ''
const schema = [
  { id: 1, name: 'id', type: int64, nullable: false },
  { id: 2, name: 'region', type: text, nullable: true },
  { id: 3, name: 'amount', type: decimal(4, 4), nullable: true },
]

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'export-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT i AS id, ['EU', 'US/x', NULL][1 + i % 3] AS region, CAST(i / 10000.0 AS DECIMAL(4,4)) AS amount FROM range(9) t(i)) TO '${folder}/in.parquet' (FORMAT parquet, FIELD_IDS {id: 1, region: 2, amount: 3})`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function request(
  target: string,
  format: ExportFormat,
  compression: ExportCompression,
  more: Partial<ExportRequest> = {},
): ExportRequest {
  const files = [{ path: path.join(folder, 'in.parquet'), rows: 9, bytes: 1 }]
  return {
    plan: { kind: 'scan', input: 't', schema },
    inputs: new Map([['t', { kind: 'lake', files, schema }]]),
    format,
    compression,
    target: path.join(folder, target),
    partitionBy: [],
    overwrite: false,
    scratch: path.join(folder, 'scratch'),
    ...more,
  }
}

test('every format and compression writes one whole file, read back equal', async () => {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const variants = [
    ['parquet', 'zstd', 'a.parquet'],
    ['parquet', 'snappy', 'b.parquet'],
    ['parquet', 'none', 'c.parquet'],
    ['csv', 'none', 'd.csv'],
    ['csv', 'gzip', 'e.csv.gz'],
    ['ndjson', 'none', 'f.ndjson'],
    ['ndjson', 'zstd', 'g.ndjson.zst'],
  ] as const
  for (const [format, compression, name] of variants) {
    const result = await engine.export(request(name, format, compression))
    expect(result, name).toMatchObject({ rows: 9, files: 1, counts: { read: 9, written: 9 } })
    const read = { parquet: 'read_parquet', csv: 'read_csv', ndjson: 'read_json' }[format]
    const rows = await connection.runAndReadAll(
      `SELECT count(*), sum(id), count(region), CAST(sum(CAST(amount AS DECIMAL(9,4))) AS VARCHAR) FROM ${read}('${path.join(folder, name)}')`,
    )
    expect(rows.getRowsJson(), name).toEqual([['9', '36', '6', '0.0036']])
  }
  expect(
    zstdDecompressSync(await readFile(path.join(folder, 'g.ndjson.zst')))
      .toString()
      .split('\n'),
  ).toHaveLength(10)
})

test('partition columns become folders, escaped, with NULL as Hive writes it', async () => {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  for (const format of ['parquet', 'csv', 'ndjson'] as const) {
    const result = await engine.export(request(`by-${format}`, format, 'none', { partitionBy: ['region'] }))
    expect(result).toMatchObject({ rows: 9, files: 3 })
    const folders = await readdir(path.join(folder, `by-${format}`))
    expect(folders.toSorted()).toEqual(['region=EU', 'region=US%2Fx', 'region=__HIVE_DEFAULT_PARTITION__'])
  }
})

test('a target that exists is refused, or replaced whole when that was asked for', async () => {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  const file = path.join(folder, 'there.csv')
  await writeFile(file, 'old')
  await expect(engine.export(request('there.csv', 'csv', 'none'))).rejects.toMatchObject({
    code: 'config.invalid',
  })
  expect(await readFile(file, 'utf8')).toBe('old')
  await engine.export(request('there.csv', 'csv', 'none', { overwrite: true }))
  expect((await readFile(file, 'utf8')).split('\n')[0]).toBe('id,region,amount')
})

test('a failed export leaves nothing under the name or beside it', async () => {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  const before = (await readdir(folder)).filter((f) => f !== 'scratch')
  const signal = AbortSignal.abort()
  await expect(engine.export(request('never.parquet', 'parquet', 'zstd', { signal }))).rejects.toThrow()
  expect(existsSync(path.join(folder, 'never.parquet'))).toBe(false)
  expect((await readdir(folder)).filter((f) => f !== 'scratch')).toEqual(before)
})
