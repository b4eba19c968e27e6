import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  csv,
  dedupe,
  derive,
  desc,
  filter,
  fn,
  from,
  int64,
  join,
  month,
  parseTimestamp,
  select,
  sql,
  table,
  text,
  timestamp,
} from '../../index.ts'
import { scansOf } from '../../plan/node.ts'

const source = csv('orders/*.csv', {
  columns: {
    order_id: int64({ required: true }),
    ordered_at: text(),
    quantity: int64(),
    updated_at: timestamp(),
  },
})
const raw = table('raw.orders', { from: source })

test('a table of a source is that source', () => {
  expect(raw).toMatchObject({
    kind: 'table',
    name: 'raw.orders',
    id: 'raw.orders',
    contract: 'evolve',
    partition: [],
  })
  expect(raw.content).toEqual({ kind: 'source', source })
  expect(raw.schema?.map((f) => f.name)).toEqual(['order_id', 'ordered_at', 'quantity', 'updated_at'])
  expect(raw.diagnostics).toBeUndefined()
  expect(raw.at?.file).toBe(import.meta.filename)
  expect(Object.isFrozen(raw)).toBe(true)
})

test('piped rows become a plan over the tables they mention', () => {
  const orders = table('sales.orders', {
    from: raw.pipe(
      parseTimestamp('ordered_at', { formats: ['yyyy-MM-dd'] }),
      filter((c) => fn.gt(c.quantity, 0)),
      dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at', desc('quantity', { nulls: 'first' })] }),
    ),
    key: ['order_id'],
    partition: ['order_id', month('ordered_at')],
    maxRejected: 0.1,
    description: 'Orders',
    id: 'sales.old_orders',
  })
  expect(orders.diagnostics).toBeUndefined()
  expect(orders.partition).toEqual([
    { name: 'order_id', column: 'order_id', transform: { kind: 'identity' } },
    { name: 'ordered_at_month', column: 'ordered_at', transform: { kind: 'month' } },
  ])
  if (orders.content.kind !== 'plan') throw new Error(`unexpected ${orders.content.kind}`)
  expect(orders.content.tables).toEqual([raw])
  expect(scansOf(orders.content.root).map((s) => s.input)).toEqual(['raw.orders'])
  expect(orders.content.root).toMatchObject({
    kind: 'dedupe',
    by: ['order_id'],
    order: [
      { direction: 'desc', nulls: 'last' },
      { direction: 'asc', nulls: 'last' },
    ],
  })
  expect(orders.schema?.find((f) => f.name === 'ordered_at')).toEqual({
    name: 'ordered_at',
    type: { kind: 'timestamp' },
    nullable: true,
  })
})

test('a piped source keeps the source and the steps over its own scan', () => {
  const clean = table('raw.clean', { from: from(source).pipe(filter((c) => fn.gt(c.quantity, 0))) })
  if (clean.content.kind !== 'source') throw new Error(`unexpected ${clean.content.kind}`)
  expect(clean.content.source).toBe(source)
  expect(clean.content.root).toMatchObject({ kind: 'filter', from: { kind: 'scan', input: 'raw.clean' } })
})

test('all mistakes of plain JavaScript are collected with file and line, and none is thrown', () => {
  const loose = raw as unknown as { pipe: (...steps: unknown[]) => never }
  const wrong = table('Sales.Orders', {
    from: loose.pipe(
      parseTimestamp('ordered_ad' as never, { formats: ['yyyy-MM-dd'] }),
      derive((c) => ({
        a: fn.upper((c as never as { quantity: never }).quantity),
        b: (c as never as { nope: never }).nope,
      })),
      filter((c) => fn.gt(c['b'] as never, 0 as never)),
      () => 1,
    ),
    maxRejected: -1,
  })
  const found = (wrong.diagnostics ?? []).map((d) => [d.code, d.message])
  expect(found).toEqual([
    ['config.invalid', '"Sales.Orders" is no table name'],
    ['config.invalid', 'maxRejected is a count or a share below 1, not -1'],
    ['config.invalid', expect.stringContaining('pipe takes steps')],
    ['plan.unknown-column', 'there is no column "ordered_ad" here'],
    ['plan.type-mismatch', expect.stringContaining('upper')],
  ])
  expect(wrong.diagnostics?.every((d) => d.at?.file === import.meta.filename)).toBe(true)
  const text = readFileSync(import.meta.filename, 'utf8').split('\n')
  const written = (wrong.diagnostics ?? []).slice(3).map((d) => text[(d.at?.line ?? 0) - 1])
  expect(written).toEqual([expect.stringContaining("'ordered_ad'"), expect.stringContaining('fn.upper')])
  expect(wrong.diagnostics?.[3]?.hint).toBe('did you mean "ordered_at"?')
})

test('a table needs exactly one of from and query', () => {
  for (const options of [{}, { from: raw, query: sql`select 1` }, { from: 7 }]) {
    const wrong = table('a.b', options as never)
    expect(wrong.diagnostics?.map((d) => d.message)).toEqual(['table "a.b" needs either `from` or `query`'])
  }
})

test('steps over a query wait for its columns', () => {
  const counted = table('mart.counted', { query: sql`select order_id, 1 as n from ${raw}` })
  const large = table('mart.large', { from: counted.pipe(select('order_id')) })
  if (large.content.kind !== 'steps') throw new Error(`unexpected ${large.content.kind}`)
  expect(large.schema).toBeUndefined()
  const schema = [{ name: 'order_id', type: { kind: 'int64' }, nullable: true }] as const
  expect(large.content.lower(() => schema)).toMatchObject({
    root: { kind: 'project', schema },
    diagnostics: [],
  })
  expect(large.content.lower(() => []).diagnostics).toMatchObject([{ code: 'plan.unknown-column' }])
})

test('a source cannot be the other side of a join', () => {
  const wrong = table('a.b', { from: raw.pipe(join(from(source), { on: ['order_id'], prefix: 'x_' })) })
  expect(wrong.diagnostics?.[0]).toMatchObject({
    code: 'config.invalid',
    hint: 'declare the source as a table of its own',
  })
})
