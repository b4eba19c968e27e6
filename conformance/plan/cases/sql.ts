import { compileQuery } from '../../../packages/etl/src/author/sql/compile.ts'
import type { LiteralValue } from '../../../packages/etl/src/plan/expression.ts'
import { readCases } from '../../sql/cases.ts'
import { queryOf, schemas } from '../../sql/shop.ts'
import type { PlanCase, Values } from '../plan-case.ts'
import type { Table } from '../random-table.ts'

const at = (day: string, clock = '00:00:00'): string => `${day}T${clock}.000000`

/** Orders with repeated customers, ties of every kind, and NULL in every column but the first. */
const orders: Values = [
  ['0', '1', 'EU', '10.00', '1', 'abc', true, at('2024-01-01'), at('2024-01-02')],
  ['1', '1', 'EU', '10.00', '2', 'a', false, at('2024-01-01'), at('2024-01-02')],
  ['2', '2', 'US', '-5.00', '0', ' b ', true, at('2024-01-31', '23:00:00'), at('2024-01-31', '23:00:00')],
  ['3', '2', 'us', '0.00', null, 'cab', null, at('2024-02-29', '12:00:00'), at('2024-02-01')],
  ['4', null, 'ap', '199.99', '5', '', true, at('2024-03-31', '02:30:00'), null],
  ['5', '3', null, null, '1', null, false, null, at('2024-03-30')],
  ['6', '6', 'EU', '0.01', '3', 'aXb', true, at('2024-02-29', '12:00:00'), at('2024-03-01')],
  ['7', '5', 'ap', '50.25', '3', 'zc', false, at('2024-01-15'), at('2024-01-15')],
  ['8', '3', 'US', '50.25', '4', 'abc', null, at('2024-01-15', '06:00:00'), at('2024-01-20')],
  ['9', '0', 'EU', '3.50', '2', 'a', true, at('2024-01-01'), at('2024-01-01', '01:00:00')],
]
const customers: Values = [
  ['1', 'Ann', 'b2b', '2024-01-01'],
  ['2', 'Bob', 'b2c', '2024-01-28'],
  ['2', 'cy', 'b2b', null],
  ['3', null, null, '2024-01-15'],
  [null, 'Bob', 'b2c', '2024-01-02'],
  ['4', 'Ann', 'b2b', '2024-01-01'],
]
const items: Values = [
  ['0', '1', '3.00'],
  ['0', '2', '7.00'],
  ['1', '1', null],
  ['2', '1', '-1.25'],
  ['2', '1', '-1.25'],
  ['4', null, '100.00'],
  [null, '3', '2.50'],
  ['12', '4', '0.00'],
]
const rowsOf: Readonly<Record<string, Values>> = { orders, customers, items }

const tables: readonly Table[] = [...schemas].map(([relation, schema]) => ({
  name: `sales.${relation}`,
  schema,
  rows: (rowsOf[relation] ?? []) as readonly (readonly LiteralValue[])[],
}))

/** Portable queries that PostgreSQL refuses. */
const refusedByPostgres: ReadonlyMap<string, string> = new Map([
  ['sql rows.sql: regular expressions', 'PostgreSQL takes the longest match'],
])

function refusedOf(name: string, reason: string | undefined): Pick<PlanCase, 'refused'> {
  if (reason !== undefined) return { refused: { postgres: reason, spark: reason } }
  const postgres = refusedByPostgres.get(name)
  return postgres === undefined ? {} : { refused: { postgres } }
}

/**
 * The queries of the SQL door's suite over fixed rows. Their own suite proves that DuckDB's printed plan gives the rows of
 * the SQL, so DuckDB is the reference here.
 */
export const sqlCases: readonly PlanCase[] = readCases().map(({ name, file, reason, sql }) => ({
  name: `sql ${file}: ${name}`,
  group: `sql ${file}`,
  tables,
  plan: async () => {
    const compiled = await compileQuery(queryOf(sql), schemas)
    return 'root' in compiled ? compiled.root : compiled.diagnostics
  },
  ...refusedOf(`sql ${file}: ${name}`, reason),
}))
