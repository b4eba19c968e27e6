import path from 'node:path'
import {
  accessLog,
  bool,
  byProfile,
  csv,
  date,
  decimal,
  derive,
  dynamodb,
  filter,
  fn,
  http,
  int32,
  int64,
  mysql,
  ndjson,
  select,
  struct,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'
import { customerChanges, customerTables, partnerApi, shopDatabase } from './services.ts'

// What the shop's systems hold, as they hold it: by default from delivered files; under the profile `services` from the
// databases and services themselves, in the same columns.
//
// The folder that `securecart generate shop` filled: `data` of this project, or `--var data=DIR`, where a relative one is
// meant from where the command is given. The raw tables keep every well-formed record as it was delivered; a record with
// too few columns or a value of no use, a document that is cut off and a line that is no request go to their rejects with
// file and line.
const data = path.resolve(variable('data', path.join(import.meta.dirname, '..', 'data')))

/** How the shop's systems write moments. */
const formats = [
  'yyyy-MM-dd HH:mm:ss',
  'dd/MM/yyyy HH:mm',
  "yyyy-MM-dd'T'HH:mm:ssXXX",
  'MMM d yyyy HH:mm:ss',
  'yyyy-MM-dd HH:mm:ss.SSS',
]

const orderColumns = {
  order_id: int64({ required: true }),
  customer_id: int64({ required: true }),
  region: text(),
  status: text(),
  currency: text(),
  ordered_at: timestamp({ formats, required: true }),
  updated_at: timestamp({ formats, required: true }),
  shipping: text(),
  client_ip: text(),
  channel: text(),
  coupon: text(),
}

export const orders = table('raw.orders', {
  description: 'Orders as delivered: again and again when they change, in mixed formats.',
  from: byProfile({
    default: () => csv(`${data}/raw/orders/*`, { columns: orderColumns }),
    services: () =>
      mysql(shopDatabase, {
        table: 'orders',
        // The times of orders are those of the tills and the app, which may be late by some minutes.
        columns: {
          ...orderColumns,
          ordered_at: timestamp({ required: true }),
          updated_at: timestamp({ required: true }),
        },
        cursor: 'updated_at',
        lag: 3_600_000,
      }),
  }),
})

const itemColumns = {
  order_id: int64({ required: true }),
  line: int32({ required: true }),
  product_id: int64({ required: true }),
  quantity: text(),
  unit_price: text(),
}

export const items = table('raw.items', {
  from: byProfile({
    default: () => csv(`${data}/raw/items/*`, { columns: itemColumns }),
    // Lines come with their order and never change, and numbers of orders are counted up.
    services: () => mysql(shopDatabase, { table: 'items', columns: itemColumns, cursor: 'order_id' }),
  }),
})

const customerColumns = [
  'customer_id',
  'name',
  'email',
  'region',
  'city',
  'postcode',
  'signed_up_at',
  'updated_at',
] as const

export const customers = table('raw.customers', {
  from: byProfile({
    default: () =>
      ndjson(`${data}/raw/customers/*`, {
        columns: {
          customer_id: int64({ required: true }),
          name: text(),
          email: text(),
          region: text(),
          city: text({ from: '$.address.city' }),
          postcode: text({ from: '$.address.postcode' }),
          signed_up_at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss'Z'" }),
          updated_at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss'Z'" }),
        },
      }),
    services: () =>
      customerChanges.pipe(
        // Whoever closed an account has bought before.
        filter((c) => fn.ne(c.change_operation, 'remove')),
        derive((c) => ({
          city: fn.structField(c.address, 'city'),
          postcode: fn.structField(c.address, 'postcode'),
        })),
        select(...customerColumns),
      ),
  }),
})

const productColumns = {
  product_id: int64({ required: true }),
  name: text(),
  category: text(),
  list_price: text(),
  supplier: text(),
}

export const products = table('raw.products', {
  from: byProfile({
    default: () => csv(`${data}/raw/products/*`, { columns: productColumns }),
    // Read as a whole each time, so that a withdrawn product is gone.
    services: () => mysql(shopDatabase, { table: 'products', columns: productColumns }),
  }),
})

const inventoryColumns = {
  product_id: int64({ required: true }),
  warehouse: text(),
  on_hand: int32(),
  reserved: int32(),
  counted_on: date(),
}

export const inventory = table('raw.inventory', {
  from: byProfile({
    default: () => csv(`${data}/raw/inventory/*`, { columns: inventoryColumns }),
    services: () => mysql(shopDatabase, { table: 'inventory', columns: inventoryColumns }),
  }),
})

const rateColumns = {
  day: date({ required: true }),
  currency: text({ required: true }),
  rate_to_eur: decimal(18, 6, { required: true }),
}

export const rates = table('raw.rates', {
  description: 'What one unit of a currency was worth in euros on a day.',
  from: byProfile({
    default: () => csv(`${data}/raw/rates/*`, { columns: rateColumns }),
    services: () =>
      http(partnerApi, {
        path: 'rates',
        rows: '$.rates[*]',
        columns: rateColumns,
        paginate: { by: 'page', param: 'page', size: 500, sizeParam: 'per_page' },
        key: ['day', 'currency'],
      }),
  }),
})

export const ipRanges = table('raw.ip_ranges', {
  description: 'IPv4 ranges (both ends belong to them) and their countries; they do not overlap.',
  from: csv(`${data}/raw/geo/ip-ranges.csv`, {
    columns: {
      first_int: int64({ required: true }),
      last_int: int64({ required: true }),
      country: text({ required: true }),
      region: text(),
    },
  }),
})

export const demographics = table('raw.demographics', {
  from: csv(`${data}/raw/demographics.csv`, {
    columns: {
      customer_id: int64({ required: true }),
      age_band: text(),
      gender: text(),
      income_band: text(),
    },
  }),
})

const preferenceColumns = {
  customer_id: int64({ required: true }),
  favourite_category: text(),
  newsletter: bool(),
}

export const preferences = table('raw.preferences', {
  from: byProfile({
    default: () => ndjson(`${data}/raw/preferences.ndjson`, { columns: preferenceColumns }),
    services: () =>
      dynamodb(customerTables, { table: 'preferences', columns: preferenceColumns, consistent: true }),
  }),
})

export const clicks = table('raw.clicks', {
  from: ndjson(`${data}/raw/clickstream/*`, {
    columns: {
      event_id: text({ required: true }),
      visitor_id: text({ required: true }),
      ts: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", required: true }),
      type: text(),
      path: text(),
      device: text(),
      referrer: text(),
    },
  }),
})

const apiEventColumns = {
  event_id: text({ required: true }),
  at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'" }),
  partner: text(),
  request: struct({ method: text(), endpoint: text() }),
  status: int32(),
  latency_ms: int32(),
  order_id: int64(),
}

export const apiEvents = table('raw.api_events', {
  from: byProfile({
    default: () => ndjson(`${data}/raw/api-events/*`, { columns: apiEventColumns }),
    services: () =>
      http(partnerApi, {
        path: 'events',
        rows: '$.events[*]',
        columns: { ...apiEventColumns, at: timestamp() },
        paginate: { by: 'cursor', param: 'after', next: '$.next', size: 1000, sizeParam: 'limit' },
        incremental: { cursor: 'at', param: 'since' },
        // Partners report within a day.
        lag: 86_400_000,
        key: 'event_id',
      }),
  }),
})

export const requests = table('raw.requests', {
  description: 'The access log of the web servers.',
  from: accessLog(`${data}/raw/access-log/*`, { layout: 'combined' }),
})
