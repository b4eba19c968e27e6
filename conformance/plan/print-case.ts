import { printNode } from '../../packages/etl/src/engine/print/node.ts'
import type { Dialect } from '../../packages/etl/src/function/contract.ts'
import { nameQuoting, sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import type { Case } from './random-plan.ts'
import type { Table } from './random-table.ts'

/** A table as a SELECT of its rows. */
function printTable(table: Table, dialect: Dialect): string {
  const name = nameQuoting[dialect]
  const values = (row: Table['rows'][number]): string =>
    table.schema.map((f, i) => sqlLiteral(row[i] ?? null, f.type, dialect)).join(', ')
  const columns = table.schema.map((f) => name(f.name)).join(', ')
  if (table.rows.length > 0) {
    const rows = table.rows.map((row) => `(${values(row)})`).join(', ')
    return `SELECT * FROM (VALUES ${rows}) AS ${name('__rows')}(${columns})`
  }
  const nulls = table.schema.map((f) => `${sqlLiteral(null, f.type, dialect)} AS ${name(f.name)}`).join(', ')
  return `SELECT ${nulls} FROM (SELECT 1) AS ${name('__one')} WHERE 1 = 0`
}

/** A case as one SELECT of a dialect, its tables written out. */
export function printCase({ plan, tables }: Case, dialect: Dialect): string {
  const byName = new Map(tables.map((t) => [t.name, t]))
  return printNode(
    plan,
    (node) => {
      const table = node.kind === 'scan' ? byName.get(node.input) : undefined
      return table && printTable(table, dialect)
    },
    dialect,
  )
}
