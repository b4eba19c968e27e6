import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createConnection, type ConnectionOptions } from 'mysql2'
import type { Connection } from 'mysql2/promise'

const structure = `
drop database if exists shop;
create database shop character set utf8mb4;
use shop;
create table orders (
  order_id bigint unsigned primary key,
  customer_id bigint unsigned not null,
  region varchar(20),
  status varchar(20),
  currency varchar(10),
  ordered_at datetime(3) not null,
  updated_at datetime(3) not null,
  shipping varchar(20),
  client_ip varchar(39),
  channel varchar(20),
  coupon varchar(20),
  index (updated_at)
);
create table items (
  order_id bigint unsigned,
  line int,
  product_id bigint unsigned not null,
  quantity int not null,
  unit_price decimal(18,2) not null,
  primary key (order_id, line)
);
create table products (
  product_id bigint unsigned primary key,
  name varchar(200),
  category varchar(40),
  list_price varchar(20),
  supplier varchar(200)
);
create table inventory (
  product_id bigint unsigned,
  warehouse char(3),
  on_hand int,
  reserved int,
  counted_on date,
  primary key (product_id, warehouse)
);
drop user if exists etl;`

/** The shop's database, as the shop itself writes into it. */
export interface ShopDatabase extends AsyncDisposable {
  readonly version: string
  /** Puts rows of a CSV file (no header, `NULL` without quotes is NULL) where no row of that key is, or an older one. */
  load(table: string, csv: string, version?: string): Promise<void>
  run(sql: string): Promise<void>
  /** Writes the rows of a query as a CSV file without header; NULL is the empty field without quotes. */
  save(sql: string, csv: string): Promise<void>
}

/**
 * Makes the database `shop` anew, with tables as a shop has them, and the account `etl` of the pipelines with the rights
 * that they need and no others.
 */
export async function openShopDatabase(admin: ConnectionOptions, etlPassword: string): Promise<ShopDatabase> {
  const connection = createConnection({ ...admin, multipleStatements: true })
  // A connection that is lost between two statements fails the next one.
  connection.on('error', () => {})
  const client = connection.promise()
  await client.query(structure)
  await client.query(
    `create user etl identified by ?; grant select on shop.* to etl; grant process on *.* to etl`,
    [etlPassword],
  )
  const [[found]] = (await client.query('select version() as version')) as unknown as [
    [{ version: string }],
    unknown,
  ]
  return {
    version: found.version,
    load: (table, csv, version) => load(client, table, csv, version),
    run: async (sql) => void (await client.query(sql)),
    save: (sql, csv) =>
      pipeline(
        connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.string() }).stream(),
        async function* (rows: AsyncIterable<readonly (string | null)[]>) {
          for await (const row of rows) yield `${row.map(csvField).join(',')}\n`
        },
        createWriteStream(csv),
      ),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const csvField = (value: string | null): string => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)

async function load(client: Connection, table: string, csv: string, version?: string): Promise<void> {
  await client.query(`create temporary table incoming like ${table}`)
  await client.query({
    sql: `load data local infile 'incoming' into table incoming character set utf8mb4
          fields terminated by ',' optionally enclosed by '"' escaped by ''`,
    infileStreamFactory: () => createReadStream(csv),
  })
  if (version !== undefined)
    await client.query(
      `delete incoming from incoming join ${table} using (order_id) where ${table}.${version} >= incoming.${version}`,
    )
  await client.query(`replace into ${table} select * from incoming; drop temporary table incoming`)
}
