import { aggregate, dedupe, derive, fn, lookup, rangeLookup, select, sql, table } from '@securecart/etl'
import { demographics, ipRanges, preferences, rates } from './raw.ts'
import { items, orders, products } from './sales.ts'

export const categoryRevenue = table('mart.category_revenue', {
  description: 'What was sold (not cancelled), in euros at the rate of the day.',
  query: sql`
    select orders.region, category, cast(date_trunc('month', ordered_at) as date) as month,
           cast(sum(round(quantity * unit_price * rate_to_eur, 2)) as decimal(38, 2)) as revenue
    from ${items}
    join ${orders} using (order_id)
    join ${products} using (product_id)
    join ${rates} on rates.currency = orders.currency and rates.day = cast(ordered_at as date)
    where status <> 'cancelled'
    group by orders.region, category, month`,
  partition: ['region'],
})

const totals = items.pipe(
  derive((c) => ({ line_total: fn.multiply(c.unit_price, c.quantity) })),
  aggregate({ by: (c) => ({ order_id: c.order_id }), columns: (c) => ({ total: fn.sum(c.line_total) }) }),
)

export const enrichedTransactions = table('mart.enriched_transactions', {
  description:
    'Every order with what is known of its customer, and the country of the client by its address.',
  from: orders
    .pipe(
      derive((c) => ({ address: fn.ipToInt(c.client_ip) })),
      rangeLookup(ipRanges, { value: 'address', from: 'first_int', to: 'last_int', keep: ['country'] }),
      lookup(totals, { on: ['order_id'], keep: ['total'] }),
      lookup(demographics.pipe(dedupe({ by: 'all' })), { on: ['customer_id'] }),
      lookup(preferences, { on: ['customer_id'] }),
    )
    .pipe(
      select(
        'order_id',
        'customer_id',
        'total',
        'age_band',
        'gender',
        'income_band',
        'favourite_category',
        'newsletter',
        'country',
      ),
    ),
})
