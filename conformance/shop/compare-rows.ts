import { DuckDBInstance } from '@duckdb/node-api'

/** How a table differs from what it should hold; rows count as often as they occur. */
export interface Difference {
  readonly table: string
  /** Rows that it holds. */
  readonly rows: number
  readonly unexpected: number
  readonly missing: number
  /** One row of each kind, for people. */
  readonly examples: readonly string[]
}

/** Compares rows as multisets, by another path than the product's. */
export interface RowComparison extends Disposable {
  /** Compares what two queries of DuckDB give, by EXCEPT ALL both ways. */
  compare(table: string, have: string, want: string): Promise<Difference>
}

export async function openComparison(): Promise<RowComparison> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  const count = async (sql: string): Promise<number> =>
    Number((await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`)).getRowsJson()[0]?.[0])
  return {
    compare: async (table, have, want) => {
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
      return { table, ...counts, examples }
    },
    [Symbol.dispose]: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
