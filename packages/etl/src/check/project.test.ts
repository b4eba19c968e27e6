import { expect, test } from 'vitest'
import type { TableDeclaration } from '../author/table.ts'
import {
  bucket,
  csv,
  derive,
  float64,
  fn,
  int64,
  month,
  select,
  sql,
  table,
  text,
  timestamp,
  truncate,
} from '../index.ts'
import { reachableTables, upstreamOf } from './dependencies.ts'
import { checkProject } from './project.ts'

const source = csv('a.csv', { columns: { id: int64(), at: timestamp(), name: text(), size: float64() } })
const raw = table('raw.a', { from: source, key: ['id'], partition: [month('at'), bucket('id', 16)] })
const codes = (tables: readonly TableDeclaration[]): string[][] =>
  checkProject(tables).map((d) => [d.code, d.message])

test('a good project has no diagnostics, and includes what its tables mention', () => {
  const clean = table('sales.a', { from: raw.pipe(derive((c) => ({ big: fn.gt(c.id, 5) }))) })
  const counted = table('mart.a', { query: sql`select count(*) as n from ${clean}` })
  expect(checkProject([counted])).toEqual([])
  expect(reachableTables([counted]).map((t) => t.name)).toEqual(['raw.a', 'sales.a', 'mart.a'])
  expect(upstreamOf(counted)).toEqual([clean])
})

test('names and identities are unique', () => {
  const twin = table('raw.a', { from: source })
  const renamed = table('raw.b', { from: source, id: 'raw.a' })
  expect(codes([raw, twin])[0]?.[0]).toBe('plan.duplicate-table')
  expect(codes([raw, twin])[0]?.[1]).toMatch(
    /^table "raw.a" is declared twice, also at .*project.test.ts:\d+$/,
  )
  expect(codes([raw, renamed])).toEqual([
    ['plan.duplicate-table', 'tables "raw.a" and "raw.b" have the same id "raw.a"'],
  ])
})

test('two tables of one name that use each other make a circle', () => {
  const middle = table('x.middle', { from: raw })
  const again = table('raw.a', { from: middle, id: 'other' })
  const found = codes([again])
  expect(found).toContainEqual([
    'plan.cycle',
    'tables depend on each other in a circle: raw.a → x.middle → raw.a',
  ])
})

test('keys and partitions must fit the columns', () => {
  const wrong = table('x.wrong', {
    from: source,
    key: ['idd' as 'id', 'at', 'at'],
    partition: [month('name'), 'size', truncate('id', 0), month('name'), bucket('nope' as 'id', 4)],
  })
  expect(codes([wrong]).map(([code, message]) => [code, message?.replace('table "x.wrong": ', '')])).toEqual([
    ['plan.unknown-column', 'the key names "idd", which the table does not have'],
    ['config.invalid', 'the key names "at" twice'],
    ['plan.type-mismatch', 'partition by month takes date, timestamp; "name" is text'],
    ['plan.type-mismatch', expect.stringContaining('"size" is float64')],
    ['config.invalid', 'partition "id_trunc": 0 is no whole number above zero'],
    ['config.invalid', 'the table is partitioned twice by "name_month"'],
    ['plan.type-mismatch', 'partition by month takes date, timestamp; "name" is text'],
    ['plan.unknown-column', 'the table is partitioned by "nope", which it does not have'],
  ])
})

test('a partition field may not take the name of another column', () => {
  const wrong = table('x.wrong', {
    from: raw.pipe(derive((c) => ({ at_month: c.name }))),
    partition: [month('at')],
  })
  expect(codes([wrong])).toEqual([
    [
      'plan.duplicate-column',
      'table "x.wrong": the partition field "at_month" has the name of a column of the table',
    ],
  ])
})

test('names that engines use for themselves are refused, also on the way', () => {
  const named = table('x.named', { from: raw.pipe(derive((c) => ({ __row: c.id, __v: c.id }))) })
  const passing = table('x.passing', {
    from: raw.pipe(
      derive((c) => ({ __n: c.id })),
      select('id'),
    ),
  })
  expect(codes([named, passing])).toEqual([
    ['plan.reserved-name', 'table "x.named": engines use the name "__row" for columns of their own'],
    ['plan.reserved-name', 'table "x.passing": engines use the name "__n" for columns of their own'],
  ])
})

test('a dedupe or limit without an order is refused, whoever made the plan', () => {
  const schema = raw.schema ?? []
  const scan = { kind: 'scan', input: 'raw.a', schema } as const
  const make = (root: object): TableDeclaration =>
    ({ ...raw, name: 'x.y', id: 'x.y', content: { kind: 'plan', root, tables: [raw] } }) as TableDeclaration
  expect(codes([make({ kind: 'dedupe', from: scan, by: ['id'], order: [], schema })])[0]?.[1]).toMatch(
    'has no order',
  )
  expect(codes([make({ kind: 'limit', from: scan, count: 1, offset: 0, schema })])[0]?.[1]).toMatch(
    'without an order',
  )
})

test('columns of typed queries are checked when they are known', () => {
  const counted = table('mart.a', { query: sql`select 1 as n`, key: ['m'] })
  expect(checkProject([counted])).toEqual([])
  const schemas = new Map([['mart.a', [{ name: 'n', type: { kind: 'int32' }, nullable: true }] as const]])
  expect(checkProject([counted], schemas).map((d) => d.code)).toEqual(['plan.unknown-column'])
})

test('a table over a broken one is not blamed for what that one lacks', () => {
  const wrong = table('x.wrong', { from: raw.pipe(derive((c) => ({ n: fn.upper(c.id as never) }))) })
  const after = table('x.after', { from: wrong.pipe(derive((c) => ({ m: c.n }))), key: ['n'] })
  expect(checkProject([after]).map((d) => d.code)).toEqual(['plan.type-mismatch'])
})
