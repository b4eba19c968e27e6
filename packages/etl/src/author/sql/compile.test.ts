import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { Diagnostic } from '../../base/errors.ts'
import { findFunction } from '../../function/catalogue.ts'
import type { Node } from '../../plan/node.ts'
import {
  date,
  decimal,
  field,
  int32,
  int64,
  type Schema,
  text,
  timestamp,
  typeName,
} from '../../plan/type.ts'
import type { TableDeclaration } from '../table.ts'
import { compileQueries, compileQuery } from './compile.ts'
import { scalarRules } from './names.ts'
import { ownNames } from './own-names.ts'
import { sql } from './tag.ts'

const orders: TableDeclaration = {
  kind: 'table',
  name: 'sales.orders',
  id: 'sales.orders',
  content: { kind: 'plan', root: { kind: 'scan', input: 'raw', schema: [] }, tables: [] },
  partition: [],
  contract: 'evolve',
  functions: new Map(),
}
const schema: Schema = [
  field('order_id', int64, false),
  field('region', text),
  field('amount', decimal(12, 2)),
  field('quantity', int32),
  field('ordered_at', timestamp),
  field('day', date),
]
const schemas = new Map([['orders', schema]])

async function rootOf(query: ReturnType<typeof sql>): Promise<Node> {
  const compiled = await compileQuery(query, schemas)
  if ('diagnostics' in compiled) throw new Error(compiled.diagnostics.map((d) => d.message).join('\n'))
  return compiled.root
}

async function diagnosticsOf(query: ReturnType<typeof sql>): Promise<readonly Diagnostic[]> {
  const compiled = await compileQuery(query, schemas)
  return 'diagnostics' in compiled ? compiled.diagnostics : []
}

const signature = (node: Node): string[] => node.schema.map((f) => `${f.name}: ${typeName(f.type)}`)

test('makes nodes of a query over the catalogue, columns in lower case', async () => {
  const root = await rootOf(sql`select Order_Id as ID, upper(region) as R from ${orders} where quantity > 1`)
  expect(root).toMatchObject({
    kind: 'project',
    from: { kind: 'filter', from: { kind: 'scan', input: 'sales.orders' } },
  })
  expect(signature(root)).toEqual(['id: int64', 'r: text'])
})

test('keeps the columns of the table as they are', async () => {
  expect(await rootOf(sql`select * from ${orders}`)).toEqual({ kind: 'scan', input: 'sales.orders', schema })
})

test('makes a dedupe of QUALIFY row_number() = 1', async () => {
  const root = await rootOf(
    sql`select * from ${orders} qualify row_number() over (partition by order_id order by ordered_at desc) = 1`,
  )
  expect(root).toMatchObject({
    kind: 'dedupe',
    by: ['order_id'],
    order: [{ direction: 'desc', nulls: 'last' }],
  })
})

test('keeps SQL outside the catalogue as a node that says why, typed by DuckDB', async () => {
  const root = await rootOf(sql`
    select region, sum(quantity) as items, levenshtein(region, 'EU') as d -- the distance
    from ${orders} group by all;`)
  expect(root).toMatchObject({
    kind: 'sql',
    reason: 'function levenshtein is not in the catalogue at 2:44',
    inputs: [{ name: 'orders', node: { kind: 'scan', input: 'sales.orders' } }],
  })
  expect(signature(root)).toEqual(['region: text', 'items: decimal(38,0)', 'd: int64'])
})

test('knows the functions that only the catalogue has', async () => {
  const root = await rootOf(sql`
    select order_id, parse_timestamp(region, 'yyyy-MM-dd', 'dd/MM/yyyy') as at, decdiv(amount, quantity, 18, 4) as each
    from ${orders} where not is_blank(region)`)
  expect(signature(root)).toEqual(['order_id: int64', 'at: timestamp', 'each: decimal(18,4)'])
  const [mixed] = await diagnosticsOf(
    sql`select mask(region, 2) as m, levenshtein(region, 'x') as d from ${orders}`,
  )
  expect(mixed).toMatchObject({ code: 'sql.duckdb-only', hint: expect.stringContaining('mask') })
  const [unknown] = await diagnosticsOf(sql`select mask(regio, 2) as m from ${orders}`)
  expect(unknown?.code).toBe('sql.invalid')
})

test('has own names for scalar functions of the catalogue that DuckDB does not have', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const result = await connection.runAndReadAll('SELECT DISTINCT function_name FROM duckdb_functions()')
  const taken = new Set(result.getRows().map((row) => String(row[0])))
  expect([...ownNames].filter((name) => taken.has(name))).toEqual([])
  expect([...ownNames].filter((name) => findFunction(name)?.kind !== 'scalar')).toEqual([])
  connection.closeSync()
})

test('maps names to entries that the catalogue has', () => {
  const targets = Object.values(scalarRules).filter((rule) => typeof rule === 'string')
  expect(targets.length).toBeGreaterThan(20)
  expect(targets.filter((name) => findFunction(name)?.kind !== 'scalar')).toEqual([])
})

test('points at the mistake, with what DuckDB suggests', async () => {
  const [unknown] = await diagnosticsOf(sql`
    select order_id,
           regio
    from ${orders}`)
  expect(unknown).toMatchObject({ code: 'sql.invalid', hint: expect.stringContaining('region') })
  expect(unknown?.message).toBe(
    'Referenced column "regio" not found in FROM clause! (line 3, column 12 of the query)',
  )
  const tag = sql`x`
  expect(unknown?.at?.file).toBe(tag.at?.file)
  expect(unknown?.at?.column).toBe(12)
  const [syntax] = await diagnosticsOf(sql`select 1 1`)
  expect(syntax).toMatchObject({
    code: 'sql.invalid',
    message: 'syntax error at or near "1" (line 1, column 10 of the query)',
  })
  const [call] = await diagnosticsOf(sql`select uper(region) from ${orders}`)
  expect(call?.hint).toContain('upper')
})

test.each([
  ['random()', sql`select random() as r from ${orders}`],
  ['current_date', sql`select current_date as d from ${orders}`],
  ['now()', sql`select now()::timestamp as d from ${orders}`],
  ['age()', sql`select epoch(age(ordered_at)) as d from ${orders}`],
  ['getenv()', sql`select getenv('HOME') as d from ${orders}`],
  ['read_csv() in FROM', sql`select * from read_csv('x.csv')`],
  ['glob() in FROM', sql`select * from ${orders} where region in (select file from glob('*'))`],
  ['TABLESAMPLE', sql`select * from ${orders} tablesample 10%`],
  ['only one SELECT', sql`copy ${orders} to 'x.csv'`],
  ['only one SELECT', sql`attach 'x.db'`],
  ['expected one statement, found 2', sql`select 1; select 2`],
])('refuses %s', async (what, query) => {
  const diagnostics = await diagnosticsOf(query)
  expect(diagnostics[0]).toMatchObject({ code: 'sql.refused', message: expect.stringContaining(what) })
})

test('knows only the tables of the template', async () => {
  await rootOf(sql`select * from ${orders}`)
  const names = ['sql.invalid', 'sql.invalid', 'sql.invalid']
  const found = await Promise.all([
    diagnosticsOf(sql`select * from orders`),
    diagnosticsOf(sql`select * from 'file.parquet'`),
    diagnosticsOf(sql`select * from information_schema.tables`),
  ])
  expect(found.map((d) => d[0]?.code)).toEqual(names)
  const [hidden] = await diagnosticsOf(
    sql`with orders as (select 1 as a from ${orders}) select * from orders`,
  )
  expect(hidden?.message).toBe('WITH orders hides the table sales.orders of the same name')
})

test('refuses two columns of one name and types that the plan does not know', async () => {
  const [twice] = await diagnosticsOf(sql`select region, quantity as Region from ${orders}`)
  expect(twice).toMatchObject({ code: 'plan.duplicate-column' })
  const [interval] = await diagnosticsOf(
    sql`select ordered_at - timestamp '2024-01-01' as gap from ${orders}`,
  )
  expect(interval).toMatchObject({ code: 'sql.unsupported-type', hint: 'Write epoch(gap).' })
})

test('collects the mistakes of all queries', async () => {
  const queries = [
    sql`select a from ${orders}`,
    sql`select order_id from ${orders}`,
    sql`select b from ${orders}`,
  ]
  const { results, diagnostics } = await compileQueries(queries.map((query) => ({ query, schemas })))
  expect(results.map((r) => 'root' in r)).toEqual([false, true, false])
  expect(diagnostics.map((d) => /"(\w+)"/.exec(d.message)?.[1])).toEqual(['a', 'b'])
})
