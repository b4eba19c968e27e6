import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteName, quoteText } from '../../packages/etl/src/function/dialect.ts'
import type { ExpectedTable } from '../../packages/etl/src/generate/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { type Difference, openComparison } from './compare-rows.ts'

const sqlTypes: Readonly<Record<string, string>> = {
  int64: 'BIGINT',
  int32: 'INTEGER',
  text: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  bool: 'BOOLEAN',
}

const sqlTypeOf = (type: string): string => sqlTypes[type] ?? type

/** The rows of an expected table, as a query of DuckDB. */
export const expectedRows = (folder: string, table: ExpectedTable): string =>
  csvRows(join(folder, table.file), table, true)

/** The rows of a CSV file that holds the columns of an expected table, as a query of DuckDB. */
export function csvRows(file: string, { columns }: Pick<ExpectedTable, 'columns'>, header: boolean): string {
  const typed = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(sqlTypeOf(type))}`)
  return `SELECT * FROM read_csv(${quoteText(file)}, header = ${header}, columns = {${typed.join(', ')}})`
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
  using comparison = await openComparison()
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
    found.push(await comparison.compare(table.name, have, want))
  }
  return found
}
