import { month, target } from '@securecart/etl'
import { categoryRevenue, enrichedTransactions } from './mart.ts'
import { customers, orderHistory, orders, products } from './sales.ts'
import { biDatabase } from './services.ts'
import { pageStats, sessions } from './web.ts'

export const biOrders = target('bi.orders', {
  from: orders,
  to: biDatabase,
  mode: 'merge',
  key: ['order_id'],
  order: ['updated_at'],
  indexes: [['customer_id']],
})

export const biCustomers = target('bi.customers', {
  description: 'Every version of every customer.',
  from: customers,
  to: biDatabase,
  mode: 'history',
  key: ['customer_id'],
  order: ['updated_at'],
})

export const biProducts = target('bi.products', { from: products, to: biDatabase, mode: 'replace' })

export const biOrderHistory = target('bi.order_history', {
  from: orderHistory,
  to: biDatabase,
  mode: 'partition',
  partition: month('ordered_at'),
})

export const biCategoryRevenue = target('bi.category_revenue', {
  from: categoryRevenue,
  to: biDatabase,
  mode: 'replace',
})

export const biEnrichedTransactions = target('bi.enriched_transactions', {
  from: enrichedTransactions,
  to: biDatabase,
  mode: 'merge',
  key: ['order_id'],
})

export const biSessions = target('bi.sessions', { from: sessions, to: biDatabase, mode: 'replace' })

export const biPageStats = target('bi.page_stats', { from: pageStats, to: biDatabase, mode: 'replace' })
