import { dedupe, derive, drop, expect, fn, month, rename, select, sql, table } from '@securecart/etl'
import {
  customers as rawCustomers,
  items as rawItems,
  orders as rawOrders,
  products as rawProducts,
} from './raw.ts'

/** What people put around an amount: `$12.50`, ` 12.5 `, `1,234.50`. */
const ornaments = '[$, ]'

export const orders = table('sales.orders', {
  description: 'The latest version of every order.',
  from: rawOrders.pipe(
    rename({ shipping: 'written' }),
    derive((c) => ({
      region: fn.upper(fn.trim(c.region)),
      status: fn.lower(fn.trim(c.status)),
      currency: fn.upper(fn.trim(c.currency)),
      written: fn.parseDecimal(fn.regexReplaceAll(c.written, ornaments, ''), 18, 2),
      shipping_text: c.written,
    })),
    expect('shipping', (c) => fn.or(fn.isNotNull(c.written), fn.isNull(c.shipping_text)), {
      reason: 'shipping is neither an amount nor blank',
    }),
    drop('shipping_text'),
    rename({ written: 'shipping' }),
    dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] }),
  ),
  key: ['order_id'],
  partition: ['region', month('ordered_at')],
})

export const items = table('sales.items', {
  description: 'Every line of an order once.',
  from: rawItems.pipe(
    derive((c) => ({
      quantity: fn.parseInt32(fn.trim(c.quantity)),
      unit_price: fn.parseDecimal(fn.regexReplaceAll(c.unit_price, ornaments, ''), 18, 2),
      quantity_text: c.quantity,
      unit_price_text: c.unit_price,
    })),
    expect('quantity', (c) => fn.and(fn.isNotNull(c.quantity_text), fn.isNotNull(c.quantity)), {
      reason: 'quantity is not a whole number',
    }),
    expect('unit_price', (c) => fn.and(fn.isNotNull(c.unit_price_text), fn.isNotNull(c.unit_price)), {
      reason: 'unit_price is not an amount',
    }),
    drop('quantity_text', 'unit_price_text'),
    // Copies of a line are equal in all columns once they are clean.
    dedupe({ by: ['order_id', 'line'], keep: 'first', order: ['product_id'] }),
  ),
  key: ['order_id', 'line'],
})

export const customers = table('sales.customers', {
  description: 'The latest version of every customer.',
  from: rawCustomers.pipe(
    dedupe({ by: ['customer_id'], keep: 'last', order: ['updated_at'] }),
    select('customer_id', 'name', 'email', 'region', 'city', 'postcode', 'signed_up_at', 'updated_at'),
  ),
  key: ['customer_id'],
})

export const products = table('sales.products', {
  description: 'The catalogue of products.',
  from: rawProducts.pipe(
    derive((c) => ({
      category: fn.lower(fn.trim(c.category)),
      list_price: fn.parseDecimal(fn.regexReplaceAll(c.list_price, ornaments, ''), 18, 2),
    })),
    expect('list_price', (c) => fn.isNotNull(c.list_price)),
    dedupe({ by: ['product_id'], keep: 'first', order: ['name'] }),
  ),
  key: ['product_id'],
})

export const orderHistory = table('sales.order_history', {
  description: 'One readable row for each line of each order.',
  query: sql`
    select order_id, ordered_at, customers.name as customer_name, products.name as product_name, category, quantity,
           unit_price, cast(quantity * unit_price as decimal(18, 2)) as line_total, status
    from ${items}
    join ${orders} using (order_id)
    join ${customers} using (customer_id)
    join ${products} using (product_id)`,
})
