import {
  csv,
  decimal,
  dedupe,
  derive,
  expect,
  filter,
  fn,
  int64,
  month,
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
      quantity: int64({ required: true }),
      unit_price: decimal(12, 2, { required: true }),
      ordered_at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss', required: true }),
      updated_at: int64({ required: true }),
      channel: text(),
    },
  }),
  partition: ['region'],
})

export const orders = table('sales.orders', {
  from: rawOrders.pipe(dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] })),
  key: ['order_id'],
  partition: [month('ordered_at')],
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
    select region, channel, count(*) as orders, sum(quantity) as quantity
    from ${orders}
    group by region, channel`,
})
