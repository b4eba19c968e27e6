import { DuckDBInstance } from '@duckdb/node-api'
import { quoteText } from '../../../packages/etl/src/function/dialect.ts'

/** Reads the generator's files as the systems that delivered them know their content: clean, typed, without the dirt. */
export interface RawRows extends Disposable {
  /**
   * Writes what a query makes of CSV files as a CSV file without header, NULL as the word. The query reads the table `raw`, whose
   * columns are texts; records with another number of columns are not in it.
   */
  save(files: readonly string[], columns: readonly string[], query: string, csv: string): Promise<void>
}

/** A moment in any of the ways that the shop's systems write them, in SQL; NULL where it is none. */
export const momentOf = (column: string): string =>
  `coalesce(try_cast(${column} as timestamptz), try_strptime(${column}, ['%d/%m/%Y %H:%M', '%b %-d %Y %H:%M:%S']))::timestamp`

export async function openRawRows(): Promise<RawRows> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`set TimeZone = 'UTC'; set threads = 1`)
  return {
    save: async (files, columns, query, csv) => {
      const paths = files.map(quoteText).join(', ')
      const types = columns.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ')
      await connection.run(
        `copy (with raw as (
             from read_csv([${paths}], columns = {${types}}, auto_detect = false, delim = ',', quote = '"', escape = '"',
                           header = true, ignore_errors = true))
           ${query}) to ${quoteText(csv)} (format csv, header false, nullstr 'NULL', quote '"', escape '"')`,
      )
    },
    [Symbol.dispose]: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
