import path from 'node:path'
import { csvRows, expectedIn, expectedRows } from '../../../conformance/shop/compare-expected.ts'
import {
  type Difference,
  openComparison,
  type RowComparison,
} from '../../../conformance/shop/compare-rows.ts'
import { quoteName } from '../../../packages/etl/src/function/dialect.ts'
import type { ExpectedTable } from '../../../packages/etl/src/generate/index.ts'
import type { ShopServices } from './shop-services.ts'

/** The targets, and the tables whose expected answers they hold. */
const delivered: Readonly<Record<string, string>> = {
  'bi.orders': 'sales.orders',
  'bi.customers': 'sales.customers',
  'bi.products': 'sales.products',
  'bi.order_history': 'sales.order_history',
  'bi.category_revenue': 'mart.category_revenue',
  'bi.enriched_transactions': 'mart.enriched_transactions',
  'bi.sessions': 'web.sessions',
  'bi.page_stats': 'web.page_stats',
}

const selected = (target: string, { columns }: Pick<ExpectedTable, 'columns'>): string => {
  const names = columns.map(({ name }) => quoteName(name)).join(', ')
  // Of a history the versions of today.
  return `select ${names} from ${target}${target === 'bi.customers' ? ' where is_current' : ''}`
}

/** Compares what the BI team reads in PostgreSQL with the expected answers. */
export async function compareDelivered(
  { bi }: ShopServices,
  expectedFolder: string,
  scratch: string,
): Promise<readonly Difference[]> {
  using comparison = await openComparison()
  const expected = new Map((await expectedIn(expectedFolder)).map((table) => [table.name, table]))
  const found: Difference[] = []
  for (const [target, name] of Object.entries(delivered)) {
    const table = expected.get(name)
    if (table === undefined) throw new Error(`nothing is expected of ${name}`)
    const csv = path.join(scratch, `${target}.csv`)
    await bi.save(selected(target, table), csv)
    found.push(
      await comparison.compare(target, csvRows(csv, table, false), expectedRows(expectedFolder, table)),
    )
  }
  return found
}

interface Reconciled {
  readonly what: string
  readonly columns: string
  /** What MariaDB says. */
  readonly mysql: string
  /** What PostgreSQL says. */
  readonly postgres: string
}

const amount = (column: string): string =>
  `cast(nullif(replace(replace(replace(${column}, '$', ''), ',', ''), ' ', ''), '') as decimal(18,2))`

const reconciled: readonly Reconciled[] = [
  {
    what: 'bi.orders = orders',
    columns:
      'order_id int64, customer_id int64, region text, status text, currency text, ordered_at timestamp, updated_at timestamp, shipping decimal(18,2), client_ip text, channel text, coupon text',
    mysql: `select order_id, customer_id, upper(trim(region)), lower(trim(status)), upper(trim(currency)), ordered_at,
                   updated_at, ${amount('shipping')}, client_ip, channel, coupon from orders`,
    postgres: `select order_id, customer_id, region, status, currency, ordered_at, updated_at, shipping, client_ip, channel,
                      coupon from bi.orders`,
  },
  {
    what: 'bi.products = products',
    columns: 'product_id int64, name text, category text, list_price decimal(18,2), supplier text',
    mysql: `select product_id, name, lower(trim(category)), ${amount('list_price')}, supplier from products`,
    postgres: 'select product_id, name, category, list_price, supplier from bi.products',
  },
  {
    what: 'bi.enriched_transactions = items by order',
    columns: 'order_id int64, total decimal(38,2)',
    mysql: 'select order_id, sum(quantity * unit_price) from items group by order_id',
    postgres: 'select order_id, total from bi.enriched_transactions',
  },
]

/** Compares what the BI team reads in PostgreSQL with what the shop's own database says, both asked in their own SQL. */
export async function reconcile(services: ShopServices, scratch: string): Promise<readonly Difference[]> {
  using comparison: RowComparison = await openComparison()
  const found: Difference[] = []
  for (const { what, columns, mysql, postgres } of reconciled) {
    const [have, want] = [path.join(scratch, 'postgres.csv'), path.join(scratch, 'mysql.csv')]
    await services.bi.save(postgres, have)
    await services.database.save(mysql, want)
    const shape = {
      columns: columns.split(', ').map((c) => ({ name: c.split(' ')[0] ?? '', type: c.split(' ')[1] ?? '' })),
    }
    found.push(await comparison.compare(what, csvRows(have, shape, false), csvRows(want, shape, false)))
  }
  return found
}
