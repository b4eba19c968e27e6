import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { IdField, LakeFile } from '../../packages/etl/src/engine/contract.ts'
import { csv, decimal, int64, table, text, timestamp } from '../../packages/etl/src/index.ts'

/** Bytes that one input row takes inside an engine: six fixed values of 8 to 16 bytes, and `padBytes` of text. */
export const rowBytes = 256

/** Length of the `pad` of every row. Each pad is another text, so no dictionary makes it small. */
export const padBytes = 192

const columns = {
  id: int64({ required: true }),
  grp: int64({ required: true }),
  at: timestamp({ required: true }),
  amount: decimal(12, 2, { required: true }),
  tag: text({ required: true }),
  pad: text({ required: true }),
}

const source = csv('wide.csv', { columns })

/** The input of every case: `id` 0 to n - 1 in scattered order, `grp` = id / 8, `at` = id seconds after the epoch. */
export const wide = table('memory.wide', { from: source })

/** The same rows as a second table, for the other side of a join. */
export const other = table('memory.other', { from: source })

/** The columns of both, as the lake knows them. */
export const wideSchema: readonly IdField[] = source.schema.map((f, i) => ({ ...f, id: i + 1 }))

/** Prints the rows of file `k` of so many; `scatter` is a prime, so that multiplying by it visits every id once. */
function printWide(rows: number, k: number, files: number): string {
  const scatter = 7_368_787
  const [from, to] = [k, k + 1].map((n) => Math.floor((rows * n) / files))
  return `SELECT id, id // 8 AS grp, TIMESTAMP '1970-01-01' + to_seconds(id) AS "at",
    ((id % 10000) / 100)::DECIMAL(12,2) AS amount, 't' || (id % 1000) AS tag, repeat(md5(id::VARCHAR), 6) AS pad
    FROM (SELECT (i * ${scatter}) % ${rows} AS id FROM range(${from}, ${to}) t(i))`
}

/** Runs a query outside the engine under test; values as JSON text, numbers unrounded. */
export async function ask(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Writes the input of so many rows as files with field ids. */
export async function writeWide(rows: number, folder: string, files: number): Promise<LakeFile[]> {
  const ids = wideSchema.map((f) => `"${f.name}": ${f.id}`).join(', ')
  await mkdir(folder, { recursive: true })
  const written: LakeFile[] = []
  for (let k = 0; k < files; k++) {
    const file = path.join(folder, `${k}.parquet`)
    const done = await ask(
      `COPY (${printWide(rows, k, files)}) TO '${file}' (FORMAT parquet, FIELD_IDS {${ids}})`,
    )
    written.push({ path: file, rows: Number(done[0]?.[0]), bytes: statSync(file).size })
  }
  return written
}
