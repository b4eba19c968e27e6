import { expect, test } from 'vitest'
import { csv, decimal, int64, sql, table, text } from '../index.ts'
import type { TypeSpec } from '../plan/columns.ts'
import { compileProject } from '../run/project.ts'

const raw = table('raw.lines', {
  from: csv('lines/*.csv', { columns: { region: text(), amount: decimal(9, 2, { required: true }) } }),
})
const query = () => sql`select region, sum(amount) as total, count(*) as n from ${raw} group by region`

async function found(columns: Readonly<Record<string, TypeSpec>>): Promise<readonly string[]> {
  const sums = table('mart.sums', { query: query(), columns })
  const { diagnostics } = await compileProject([sums])
  return diagnostics.map((d) => `${d.severity} ${d.code}: ${d.message}`)
}

const total = decimal(38, 2)

test('columns declared as the query gives them are in order, whatever their order', async () => {
  expect(await found({ n: int64({ required: true }), region: text(), total })).toEqual([])
})

test('a missing, an undeclared and a differently typed column are mistakes', async () => {
  expect(await found({ region: text(), total: int64(), m: int64() })).toEqual([
    'error plan.type-mismatch: table "mart.sums": column "total" is declared int64, but the query gives decimal(38,2)',
    'error plan.unknown-column: table "mart.sums": column "m" is declared, but the query does not give it',
    'error plan.unknown-column: table "mart.sums": the query gives column "n", which is not declared',
  ])
})

test('a column that may be NULL although it is declared required is a warning', async () => {
  expect(await found({ region: text({ required: true }), total, n: int64() })).toEqual([
    'warning plan.type-mismatch: table "mart.sums": column "region" is declared required, but the query may give NULL',
  ])
})
