import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { quoteName, quoteText } from '../../packages/etl/src/function/dialect.ts'
import type { ExpectedTable } from '../../packages/etl/src/generate/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'

/** How a table of the lake differs from its expected answer; rows count as often as they occur. */
export interface Difference {
  readonly table: string
  /** Rows that the lake holds. */
  readonly rows: number
  readonly unexpected: number
  readonly missing: number
  /** One row of each kind, for people. */
  readonly examples: readonly string[]
}

const sqlTypes: Readonly<Record<string, string>> = {
  int64: 'BIGINT',
  int32: 'INTEGER',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  bool: 'BOOLEAN',
}

const sqlTypeOf = (type: string): string => sqlTypes[type] ?? type

function expectedRows(folder: string, { file, columns }: ExpectedTable): string {
  const typed = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(sqlTypeOf(type))}`)
  return `SELECT * FROM read_csv(${quoteText(join(folder, file))}, header = true, columns = {${typed.join(', ')}})`
}

function lakeRows(paths: readonly string[], { columns }: ExpectedTable): string {
  const typed = columns.map(
    ({ name, type }) => `CAST(${quoteName(name)} AS ${sqlTypeOf(type)}) AS ${quoteName(name)}`,
  )
  return `SELECT ${typed.join(', ')} FROM read_parquet([${paths.map(quoteText).join(', ')}], hive_partitioning = false)`
}

/** The tables that `schema.json` of a folder of expected answers describes and that a lake can hold. */
export async function expectedIn(folder: string): Promise<readonly ExpectedTable[]> {
  const schema = JSON.parse(await readFile(join(folder, 'schema.json'), 'utf8')) as {
    tables: ExpectedTable[]
  }
  return schema.tables.filter((table) => table.name.includes('.'))
}

/**
 * Compares every expected table with the current files of the lake, by EXCEPT ALL both ways. A table that the lake does
 * not hold, or that has no files, misses all its rows.
 */
export async function compareExpected(
  lakeFolder: string,
  expectedFolder: string,
): Promise<readonly Difference[]> {
  await using lake = await openLake({ folder: lakeFolder })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  const found: Difference[] = []
  for (const table of await expectedIn(expectedFolder)) {
    const files = (await (await lake.load(table.name))?.files()) ?? []
    const want = expectedRows(expectedFolder, table)
    const have =
      files.length === 0
        ? `${want} LIMIT 0`
        : lakeRows(
            files.map((file) => file.path),
            table,
          )
    const count = async (sql: string): Promise<number> =>
      Number((await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`)).getRowsJson()[0]?.[0])
    const unexpected = `(${have}) EXCEPT ALL (${want})`
    const missing = `(${want}) EXCEPT ALL (${have})`
    const counts = {
      rows: await count(have),
      unexpected: await count(unexpected),
      missing: await count(missing),
    }
    const examples: string[] = []
    for (const sql of [unexpected, missing]) {
      const [row] = (await connection.runAndReadAll(`${sql} LIMIT 1`)).getRowsJson()
      if (row !== undefined)
        examples.push(`${sql === missing ? 'missing' : 'unexpected'}: ${JSON.stringify(row)}`)
    }
    found.push({ table: table.name, ...counts, examples })
  }
  connection.closeSync()
  instance.closeSync()
  return found
}
