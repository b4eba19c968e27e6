import {
  date,
  decimal,
  defineConfig,
  int32,
  int64,
  parquet,
  postgres,
  table,
  target,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

const orders = table('raw.orders', {
  from: parquet(variable('orders'), {
    columns: {
      order_id: int64({ required: true }),
      customer_id: int64(),
      product_id: int64(),
      quantity: int32(),
      unit_price: decimal(12, 2),
      currency: text(),
      status: text(),
      region: text(),
      ordered_at: timestamp(),
      updated_at: timestamp(),
      shipped_on: date(),
    },
  }),
})

const to = postgres({
  host: variable('host', 'localhost'),
  user: variable('user', 'postgres'),
  database: 'postgres',
})

export default defineConfig({
  lake: './lake',
  pipelines: [orders, target('bench.orders', { from: orders, to, mode: 'replace' })],
})
