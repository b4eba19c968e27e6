import path from 'node:path'
import type { ShopDatabase } from './mysql.ts'
import { momentOf, type RawRows } from './raw-rows.ts'

/** The files of one delivery by their folder below `raw`. */
export type DeliveredFiles = ReadonlyMap<string, readonly string[]>

const number = (column: string): string => `try_cast(trim(${column}) as bigint)`
const price = (column: string): string =>
  `try_cast(regexp_replace(${column}, '[$, ]', '', 'g') as decimal(18, 2))`

interface Load {
  readonly table: string
  /** The folder of its files. */
  readonly folder: string
  readonly columns: string
  /** Rows that the table can hold, one for each key, from the texts in `raw`. */
  readonly query: string
  /** A row that is there stays unless this column of the new one is greater. */
  readonly version?: string
}

// Words and shipping stay as sloppy systems wrote them; numbers and times are what the columns of a database hold.
const loads: readonly Load[] = [
  {
    table: 'orders',
    folder: 'orders',
    columns:
      'order_id,customer_id,region,status,currency,ordered_at,updated_at,shipping,client_ip,channel,coupon',
    query: `
      select ${number('order_id')} as id, ${number('customer_id')}, region, status, currency, ${momentOf('ordered_at')} as ordered,
             ${momentOf('updated_at')} as updated, shipping, client_ip, channel, coupon
      from raw where id is not null and ordered is not null and (shipping is null or ${price('shipping')} is not null)
      qualify row_number() over (partition by id order by updated desc) = 1 order by id`,
    version: 'updated_at',
  },
  {
    table: 'items',
    folder: 'items',
    columns: 'order_id,line,product_id,quantity,unit_price',
    query: `
      select distinct ${number('order_id')}, ${number('line')}, ${number('product_id')}, ${number('quantity')} as n,
             ${price('unit_price')} as price
      from raw where n is not null and price is not null order by all`,
  },
  {
    table: 'products',
    folder: 'products',
    columns: 'product_id,name,category,list_price,supplier',
    query: `select distinct on (product_id) * from raw order by product_id`,
  },
  {
    table: 'inventory',
    folder: 'inventory',
    columns: 'product_id,warehouse,on_hand,reserved,counted_on',
    query: 'select * from raw',
  },
]

/** Brings the orders, items, products and stock of a delivery into the shop's database. */
export async function deliverOrders(
  files: DeliveredFiles,
  raw: RawRows,
  database: ShopDatabase,
  scratch: string,
): Promise<void> {
  for (const { table, folder, columns, query, version } of loads) {
    const these = files.get(folder) ?? []
    if (these.length === 0) continue
    const csv = path.join(scratch, `${table}.csv`)
    await raw.save(these, columns.split(','), query, csv)
    await database.load(table, csv, version)
  }
}
