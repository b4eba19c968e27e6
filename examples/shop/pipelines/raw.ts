import path from 'node:path'
import {
  accessLog,
  bool,
  csv,
  date,
  decimal,
  int32,
  int64,
  ndjson,
  struct,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

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

export const orders = table('raw.orders', {
  description: 'Orders as delivered: again and again when they change, in mixed formats.',
  from: csv(`${data}/raw/orders/*`, {
    columns: {
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
    },
  }),
})

export const items = table('raw.items', {
  from: csv(`${data}/raw/items/*`, {
    columns: {
      order_id: int64({ required: true }),
      line: int32({ required: true }),
      product_id: int64({ required: true }),
      quantity: text(),
      unit_price: text(),
    },
  }),
})

export const customers = table('raw.customers', {
  from: ndjson(`${data}/raw/customers/*`, {
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
})

export const products = table('raw.products', {
  from: csv(`${data}/raw/products/*`, {
    columns: {
      product_id: int64({ required: true }),
      name: text(),
      category: text(),
      list_price: text(),
      supplier: text(),
    },
  }),
})

export const inventory = table('raw.inventory', {
  from: csv(`${data}/raw/inventory/*`, {
    columns: {
      product_id: int64({ required: true }),
      warehouse: text(),
      on_hand: int32(),
      reserved: int32(),
      counted_on: date(),
    },
  }),
})

export const rates = table('raw.rates', {
  description: 'What one unit of a currency was worth in euros on a day.',
  from: csv(`${data}/raw/rates/*`, {
    columns: {
      day: date({ required: true }),
      currency: text({ required: true }),
      rate_to_eur: decimal(18, 6, { required: true }),
    },
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

export const preferences = table('raw.preferences', {
  from: ndjson(`${data}/raw/preferences.ndjson`, {
    columns: { customer_id: int64({ required: true }), favourite_category: text(), newsletter: bool() },
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

export const apiEvents = table('raw.api_events', {
  from: ndjson(`${data}/raw/api-events/*`, {
    columns: {
      event_id: text({ required: true }),
      at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'" }),
      partner: text(),
      request: struct({ method: text(), endpoint: text() }),
      status: int32(),
      latency_ms: int32(),
      order_id: int64(),
    },
  }),
})

export const requests = table('raw.requests', {
  description: 'The access log of the web servers.',
  from: accessLog(`${data}/raw/access-log/*`, { layout: 'combined' }),
})
