import {
  csv,
  decimal,
  dedupe,
  derive,
  expect,
  filter,
  fn,
  int32,
  int64,
  sql,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

const data = variable('data')

export const rawOrders = table('raw.orders', {
  from: csv(`${data}/orders/*.csv`, {
    columns: {
      order_id: int64({ required: true }),
      region: text(),
      status: text(),
      quantity: int32({ required: true }),
      unit_price: decimal(10, 2, { required: true }),
      ordered_at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss', required: true }),
      updated_at: int64({ required: true }),
      note: text(),
    },
  }),
})

export const orders = table('sales.orders', {
  from: rawOrders.pipe(dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] })),
  key: ['order_id'],
  partition: ['region'],
})

export const paidLines = table('sales.paid_lines', {
  from: rawOrders.pipe(
    filter((c) => fn.eq(c.status, 'paid')),
    expect('quantity', (c) => fn.gt(c.quantity, 0)),
    derive((c) => ({ total: fn.multiply(c.unit_price, c.quantity) })),
  ),
})

export const revenue = table('mart.revenue', {
  query: sql`
    select region, count(*) as orders, sum(quantity) as quantity
    from ${orders}
    group by region`,
})
