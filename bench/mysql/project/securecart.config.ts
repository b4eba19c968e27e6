import {
  date,
  decimal,
  defineConfig,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  mysql,
  mysqlServer,
  table,
  text,
  timestamp,
  uint64,
  variable,
} from '@securecart/etl'

const shop = mysqlServer({
  host: '127.0.0.1',
  port: Number(variable('port', '3306')),
  user: 'root',
  database: 'shop',
})

const orders = table('raw.orders', {
  from: mysql(shop, {
    table: 'orders',
    columns: {
      order_id: uint64({ required: true }),
      customer_id: int64({ required: true }),
      product_id: int64({ required: true }),
      store_id: int16(),
      quantity: int32({ required: true }),
      unit_price: decimal(12, 2, { required: true }),
      discount: decimal(5, 4),
      total: decimal(18, 4, { required: true }),
      weight: float64(),
      status: text({ required: true }),
      region: text({ required: true }),
      currency: text({ required: true }),
      is_gift: int8({ required: true }),
      priority: int8(),
      coupon: text(),
      email: text({ required: true }),
      customer_name: text({ required: true }),
      address: text({ required: true }),
      city: text(),
      note: text(),
      attributes: json(),
      source_ip: text(),
      ordered_on: date({ required: true }),
      ordered_at: timestamp({ required: true }),
      updated_at: timestamp({ required: true }),
      shipped_at: timestamp(),
    },
  }),
})

export default defineConfig({ lake: './lake', pipelines: [orders] })
