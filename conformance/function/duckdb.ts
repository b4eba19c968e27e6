import { DuckDBInstance } from '@duckdb/node-api'
import { canonicalChunk } from '../../packages/etl/src/engine/duckdb/canonical.ts'
import { sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { bool, field } from '../../packages/etl/src/plan/type.ts'
import type { Answer, Peer } from './judge.ts'

/** Opens DuckDB in memory as a peer, with the session settings of the engine. */
export async function openDuckdb(): Promise<Peer> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  return {
    dialect: 'duckdb',
    name: 'DuckDB',
    answer: async (sql, type): Promise<Answer> => {
      // A call with a constant NULL may be folded to an untyped NULL, which fits every type.
      const wanted = `typeof(v) IN (typeof(CAST(NULL AS ${sqlType(type, 'duckdb')})), '"NULL"')`
      try {
        const result = await connection.run(`SELECT v, ${wanted} AS typed FROM (${sql}) AS probe ORDER BY i`)
        const values: LiteralValue[] = []
        let typed = true
        for (
          let chunk = await result.fetchChunk();
          chunk !== null && chunk.rowCount > 0;
          chunk = await result.fetchChunk()
        ) {
          const { columns } = canonicalChunk(chunk, [field('v', type), field('typed', bool)])
          values.push(...(columns[0] as LiteralValue[]))
          typed &&= (columns[1] ?? []).every((t) => t === true)
        }
        return { values, typed }
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        return { error: message, runtime: /^(Out of Range|Conversion|Invalid Input) Error/.test(message) }
      }
    },
    [Symbol.asyncDispose]: async () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
