import { expect, test } from 'vitest'
import type { TableDeclaration } from '../table.ts'
import { compileQuery } from './compile.ts'
import { sql } from './tag.ts'

const tableOf = (name: string): TableDeclaration => ({
  kind: 'table',
  name,
  id: name,
  content: { kind: 'plan', root: { kind: 'scan', input: 'raw', schema: [] }, tables: [] },
  partition: [],
  contract: 'evolve',
  functions: new Map(),
})
const orders = tableOf('sales.orders')
const rawOrders = tableOf('raw.orders')
const customers = tableOf('sales.customers')

test('writes tables as quoted relation names and constants as literals', () => {
  const query = sql`select ${sql.value("it's")}, ${sql.value(-5)}, ${sql.value(7n)}, ${sql.value(null)}, ${sql.value(true)}
    from ${orders} join ${customers} using (customer_id) where ${orders}.region = 'EU'`
  expect(query.text).toContain(`select 'it''s', (-5), 7, NULL, TRUE`)
  expect(query.text).toContain(`from "orders" join "customers" using (customer_id) where "orders".region`)
  expect(query.tables.map((t) => [t.relation, t.table.name])).toEqual([
    ['orders', 'sales.orders'],
    ['customers', 'sales.customers'],
  ])
})

test('tells tables apart that share the last part of their name', () => {
  const query = sql`select * from ${orders} union all select * from ${rawOrders}`
  expect(query.text).toBe('select * from "sales_orders" union all select * from "raw_orders"')
})

test('takes backslashes as written', () => {
  expect(sql`select regexp_matches(note, '^\d+\.$') from ${orders}`.text).toContain(String.raw`'^\d+\.$'`)
})

test('knows where it was written', () => {
  const query = sql`select 1`
  expect(query.at?.file).toMatch(/tag\.test\.ts$/)
  expect(query.at?.line).toBeGreaterThan(1)
})

test('reports other values as a diagnostic when compiled', async () => {
  // @ts-expect-error: a bare string is neither a table nor a constant
  const query = sql`select * from ${'orders'} where x = ${sql.value(Number.NaN)}`
  const compiled = await compileQuery(query, new Map())
  const diagnostics = 'diagnostics' in compiled ? compiled.diagnostics : []
  expect(diagnostics.map((d) => [d.code, d.message])).toEqual([
    ['sql.interpolation', 'the sql template has a value of type string at its ${…} number 1'],
    ['sql.interpolation', 'the sql template has sql.value(NaN) at its ${…} number 2'],
  ])
  expect(diagnostics[0]?.at?.file).toMatch(/tag\.test\.ts$/)
})
