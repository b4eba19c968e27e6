import { expectTypeOf, test } from 'vitest'
import type { Column, ColumnName, ColumnOfKind, NewColumn } from '../../plan/columns.ts'
import type { Rows } from './pipe.ts'
import type { Relation } from '../../step/contract.ts'
import {
  aggregate,
  apply,
  csv,
  date,
  decimal,
  dedupe,
  derive,
  desc,
  drop,
  fill,
  filter,
  fn,
  from,
  int64,
  join,
  lookup,
  month,
  over,
  parseTimestamp,
  rename,
  select,
  sessionize,
  sql,
  table,
  text,
  timestamp,
  unpivot,
  window,
} from '../../index.ts'

const raw = table('raw.orders', {
  from: csv('orders/*.csv', {
    columns: {
      order_id: int64({ required: true }),
      customer_id: int64(),
      ordered_at: text(),
      quantity: int64(),
      unit_price: decimal(18, 3),
      updated_at: timestamp(),
      region: text(),
    },
  }),
})
const customers = table('raw.customers', {
  from: csv('customers.csv', {
    columns: { customer_id: int64({ required: true }), name: text(), born: date() },
  }),
})

type ColumnsIn<T> = T extends Relation<infer C> ? C : never

test('columns flow from the source through the steps into the table', () => {
  const orders = table('sales.orders', {
    from: raw.pipe(
      parseTimestamp('ordered_at', { formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'], onBad: 'reject' }),
      derive((c) => ({ revenue: fn.add(c.quantity, c.unit_price), source: 'shop' })),
      filter((c) => fn.gt(c.quantity, 0)),
      dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at', desc('ordered_at')] }),
      drop('updated_at', 'customer_id'),
      rename({ unit_price: 'price' }),
      fill({ region: 'unknown' }),
    ),
    key: ['order_id'],
    partition: ['region', month('ordered_at')],
  })
  expectTypeOf<ColumnsIn<typeof orders>>().toEqualTypeOf<{
    readonly order_id: Column<'int64', false>
    readonly ordered_at: Column<'timestamp', true>
    readonly quantity: Column<'int64', true>
    readonly price: Column<'decimal', true>
    readonly region: Column<'text', false>
    readonly revenue: Column<'decimal', true>
    readonly source: Column<'text', false>
  }>()
})

test('wrong columns are compile errors with a sentence', () => {
  type C = { readonly a: Column<'int64', false>; readonly b: Column<'text', true> }
  expectTypeOf<
    ColumnName<C, 'ordered_ad'>
  >().toEqualTypeOf<"there is no column 'ordered_ad' here; columns: a | b">()
  expectTypeOf<ColumnOfKind<C, 'a', 'timestamp'>>().toEqualTypeOf<"column 'a' is int64; expected timestamp">()
  expectTypeOf<NewColumn<C, 'a'>>().toEqualTypeOf<"there is a column 'a' already; choose another name">()
  raw.pipe(
    // @ts-expect-error there is no column 'ordered_ad' here
    parseTimestamp('ordered_ad', { formats: ['yyyy'] }),
  )
  raw.pipe(
    // @ts-expect-error column 'quantity' is int64; expected text
    parseTimestamp('quantity', { formats: ['yyyy'] }),
  )
  // @ts-expect-error Property 'quantitty' does not exist … Did you mean 'quantity'?
  raw.pipe(filter((c) => fn.gt(c.quantitty, 0)))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(dedupe({ by: ['order_id'], order: ['nope'] }))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(select('order_id', 'nope'))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(rename({ nope: 'x' }))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(fill({ nope: 1 }))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(sessionize({ by: ['nope'], at: 'updated_at', gap: { minutes: 30 } }))
  // @ts-expect-error a key column that the table does not have
  table('a.b', { from: raw, key: ['nope'] })
  // @ts-expect-error a partition column that the table does not have
  table('a.b', { from: raw, partition: [month('nope')] })
  // @ts-expect-error the order is missing
  raw.pipe(dedupe({ by: ['order_id'] }))
})

test('wrong types are compile errors with a sentence', () => {
  // @ts-expect-error upper: argument 'x' is int64; it takes text
  raw.pipe(derive((c) => ({ a: fn.upper(c.quantity) })))
  // @ts-expect-error gt: a text cannot be compared with int64
  raw.pipe(filter((c) => fn.gt(c.quantity, 'abc')))
  // @ts-expect-error a condition is bool
  raw.pipe(filter((c) => fn.add(c.quantity, 1)))
  // @ts-expect-error an aggregate is no value of a row
  raw.pipe(derive((c) => ({ total: fn.sum(c.quantity) })))
  // @ts-expect-error a value of a row is no aggregate
  raw.pipe(aggregate({ columns: (c) => ({ total: c.quantity }) }))
  // @ts-expect-error a window function needs `over`
  raw.pipe(window(() => ({ n: fn.rowNumber() })))
})

test('joins know both sides', () => {
  const joined = raw.pipe(
    join(customers, { on: ['customer_id'], type: 'left' }),
    select('order_id', 'name', 'born'),
  )
  expectTypeOf(joined).toMatchTypeOf<
    Rows<{
      readonly order_id: Column<'int64', false>
      readonly name: Column<'text', true>
      readonly born: Column<'date', true>
    }>
  >()
  raw.pipe(
    lookup(customers, { on: [['customer_id', 'customer_id']], keep: ['name'], prefix: 'customer_' }),
    select('customer_name'),
  )
  // @ts-expect-error the other side: there is no column 'order_id' here
  raw.pipe(join(customers, { on: ['order_id'] }))
  // @ts-expect-error there is no column 'nope' here
  raw.pipe(lookup(customers, { on: ['customer_id'], keep: ['nope'] }))
})

test('aggregates, windows, unpivot and row functions are typed', () => {
  raw.pipe(
    aggregate({
      by: (c) => ({ region: c.region }),
      columns: (c) => ({ total: fn.sum(c.quantity).filter(fn.gt(c.unit_price, '0.5')), rows: fn.count() }),
    }),
    filter((c) => fn.gt(c.rows, 1)),
    select('region', 'total'),
  )
  raw.pipe(
    window((c) => ({ rank: over(fn.rowNumber(), { partition: [c.region], order: [desc(c.unit_price)] }) })),
    filter((c) => fn.eq(c.rank, 1)),
  )
  raw.pipe(
    unpivot({ columns: ['quantity', 'order_id'], nameTo: 'what', valueTo: 'amount' }),
    select('what', 'amount'),
  )
  raw.pipe(
    apply({ reads: ['region', 'order_id'], produces: { code: text({ required: true }) } }, (row) => {
      expectTypeOf(row).toEqualTypeOf<{ readonly region: string | null; readonly order_id: bigint }>()
      return { code: `${row.region}-${row.order_id}` }
    }),
    select('code'),
  )
  // @ts-expect-error the function does not return what it says
  raw.pipe(apply({ reads: ['region'], produces: { code: text() } }, () => ({ code: 1 })))
})

test('a query has the columns that are declared for it', () => {
  const counted = table('mart.counted', { query: sql`select 1 as n from ${raw}`, columns: { n: int64() } })
  counted.pipe(select('n'))
  // @ts-expect-error there is no column 'm' here
  counted.pipe(select('m'))
  const unknown = table('mart.unknown', { query: sql`select 1 as n` })
  unknown.pipe(select('anything'))
})

test('a source is piped by from', () => {
  const rows = from(csv('a.csv', { columns: { a: text({ required: true }) } })).pipe(select('a'))
  expectTypeOf(rows).toMatchTypeOf<Rows<{ readonly a: Column<'text', false> }>>()
})
