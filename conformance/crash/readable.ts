import { existsSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'

/**
 * Opens a lake anew and reads all it holds: every table loads, every file of every snapshot exists, and the files of the
 * current snapshots can be read to the last value and hold the rows that the manifests say. Returns what is wrong.
 */
export async function unreadable(lakeFolder: string): Promise<readonly string[]> {
  await using lake = await openLake({ folder: lakeFolder })
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const problems: string[] = []
  try {
    for (const name of await lake.tables()) {
      const table = await lake.load(name)
      for (const { id } of table?.snapshots ?? []) {
        for (const file of (await table?.files({ asOf: { snapshot: id } })) ?? [])
          if (!existsSync(file.path)) problems.push(`${name}: snapshot ${id} misses ${file.path}`)
      }
      const files = (await table?.files()) ?? []
      if (files.length === 0 || problems.length > 0) continue
      const list = files.map((f) => quoteText(f.path)).join(', ')
      const sql = `SELECT filename, count(*), bit_xor(hash(t)) FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false, filename = true) t GROUP BY filename`
      const found = new Map(
        (await connection.runAndReadAll(sql)).getRowsJson().map((r) => [r[0], Number(r[1])]),
      )
      for (const file of files)
        if (found.get(file.path) !== file.rows)
          problems.push(
            `${name}: ${file.path} holds ${found.get(file.path)} rows, its manifest says ${file.rows}`,
          )
    }
  } catch (error) {
    problems.push(String(error))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  return problems
}
