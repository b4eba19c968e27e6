import { DuckDBInstance } from '@duckdb/node-api'
import type { ColumnSpec } from '../../packages/etl/src/connector/column.ts'
import { quoteName, quoteText, sqlLiteral, sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { int64 as int64Type, type Schema } from '../../packages/etl/src/plan/type.ts'
import type { Workshop } from '../run/workshop.ts'

/** Writes rows in canonical form as a Parquet file. */
export async function writeParquet(
  file: string,
  schema: Schema,
  values: readonly (readonly LiteralValue[])[],
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const columns = schema.map((f) => `${quoteName(f.name)} ${sqlType(f.type, 'duckdb')}`).join(', ')
    await connection.run(`SET TimeZone = 'UTC'; CREATE TABLE t (${columns})`)
    const era = (value: LiteralValue): LiteralValue => {
      const [, sign, year, rest] = (typeof value === 'string' && /^([-+])(\d{6})(-.*)$/.exec(value)) || []
      if (sign === undefined)
        return typeof value === 'string' && value.startsWith('0000-')
          ? `0001${value.slice(4, 10)} (BC)${value.slice(10)}`
          : value
      const number = sign === '-' ? Number(year) + 1 : Number(year)
      const shown = `${String(number).padStart(4, '0')}${(rest ?? '').slice(0, 6)}`
      return `${shown}${sign === '-' ? ' (BC)' : ''}${(rest ?? '').slice(6)}`
    }
    const spelt = (value: LiteralValue): LiteralValue =>
      Array.isArray(value)
        ? value.map((v: LiteralValue) => spelt(v))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, spelt(v as LiteralValue)]))
          : era(value)
    for (const row of values) {
      const list = row.map((v, i) => sqlLiteral(spelt(v), schema[i]?.type ?? int64Type, 'duckdb'))
      await connection.run(`INSERT INTO t VALUES (${list.join(', ')})`)
    }
    await connection.run(`COPY t TO ${quoteText(file)} (FORMAT parquet)`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The columns of a source, as a schema has them. */
export const columnsOf = (schema: Schema): Record<string, ColumnSpec> =>
  Object.fromEntries(schema.map((f) => [f.name, { type: f.type, nullable: f.nullable } as ColumnSpec]))

/** All rows of a table of the lake with a column `row`, in its order, in canonical form. */
export async function lakeRows(at: Workshop, name: string): Promise<LiteralValue[][]> {
  const loaded = await at.load(name)
  await using result = await at.engine.query({
    sql: `select * from ${name} order by "row"`,
    tables: [{ name, files: await loaded.files(), schema: loaded.schema }],
  })
  const found: LiteralValue[][] = []
  for await (const chunk of result.chunks)
    for (let r = 0; r < chunk.rows; r++) found.push(chunk.columns.map((c) => c[r] as LiteralValue))
  return found
}
