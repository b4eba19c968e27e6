import {
  apply,
  csv,
  date,
  decimal,
  dedupe,
  derive,
  fn,
  from,
  int32,
  int64,
  lookup,
  month,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

const data = variable('data')
const formats = ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm', "yyyy-MM-dd'T'HH:mm:ssXXX", 'MMM d yyyy HH:mm:ss']

export const customers = table('raw.customers', {
  from: csv(`${data}/customers.csv`, {
    columns: { customer_id: int64({ required: true }), segment: text(), country: text(), joined: date() },
  }),
})

export const products = table('raw.products', {
  from: csv(`${data}/products.csv`, {
    columns: { product_id: int64({ required: true }), name: text(), category: text(), cost: decimal(18, 2) },
  }),
})

const orders = csv(`${data}/orders.csv`, {
  columns: {
    order_id: int64({ required: true }),
    customer_id: int64({ required: true }),
    product_id: int64({ required: true }),
    quantity: int32({ required: true }),
    unit_price: text(),
    currency: text(),
    status: text(),
    region: text(),
    ordered_at: timestamp({ formats, required: true }),
    updated_at: timestamp({ formats, required: true }),
    coupon: text(),
  },
})

const cleaned = from(orders).pipe(
  derive((c) => ({
    unit_price: fn.parseDecimal(fn.replace(fn.replace(fn.trim(c.unit_price), '$', ''), ',', ''), 18, 2),
    status: fn.lower(fn.trim(c.status)),
  })),
)

/** Typed and cleaned, nothing else. */
export const typed = table('bench.typed', { from: cleaned })

/** The whole pipeline: clean, deduplicate by key, enrich, partition. */
export const enriched = table('bench.enriched', {
  from: cleaned.pipe(
    dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] }),
    lookup(customers, { on: ['customer_id'], keep: ['segment', 'country'] }),
    lookup(products, { on: ['product_id'], keep: ['name', 'category'] }),
  ),
  key: ['order_id'],
  partition: ['region', month('ordered_at')],
})

/** The same columns computed by a TypeScript row function and by expressions. */
export const byFunction = table('bench.by_function', {
  from: typed.pipe(
    apply({ reads: ['status', 'region'], produces: { label: text() } }, (row) => ({
      label: row.status === null || row.region === null ? null : `${row.region}-${row.status.toUpperCase()}`,
    })),
  ),
})

export const byExpression = table('bench.by_expression', {
  from: typed.pipe(derive((c) => ({ label: fn.append(c.region, '-', fn.upper(c.status)) }))),
})

/** The pipeline from a table of the lake on, which every engine reads itself. */
export const fromLake = table('bench.from_lake', {
  from: typed.pipe(
    dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] }),
    lookup(customers, { on: ['customer_id'], keep: ['segment', 'country'] }),
    lookup(products, { on: ['product_id'], keep: ['name', 'category'] }),
  ),
  key: ['order_id'],
  partition: ['region', month('ordered_at')],
})
