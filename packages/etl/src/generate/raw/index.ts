import type { Shop } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { writeAccessLog } from './access-log-file.ts'
import { writeCallFile } from './call-file.ts'
import { writeClickFile } from './click-file.ts'
import { writeCustomerFile, writeCustomerUpdates } from './customer-file.ts'
import { writeItemFile } from './item-file.ts'
import { writeOrderFile } from './order-file.ts'
import {
  writeDemographicsFile,
  writeInventoryFile,
  writePreferencesFile,
  writeProductFile,
  writeRangeFile,
  writeRateFile,
} from './reference-file.ts'

/** One raw file of the shop. */
export interface RawFile {
  /** Below `raw/`, with `/`. */
  readonly path: string
  readonly source: string
  /** The delivery it belongs to. */
  readonly slice: number
  /** Writes the content; gives the number of records. */
  readonly write: (out: TextSink) => Promise<number>
}

const customerFiles = 4

/** The files that come with the first delivery. */
function referenceFiles(shop: Shop): RawFile[] {
  const file = (source: string, path: string, write: RawFile['write']): RawFile => ({
    path,
    source,
    slice: 0,
    write,
  })
  const customers = Array.from({ length: customerFiles }, (_, part) =>
    file('customers', `customers/customers-${part}.ndjson${part === 3 ? '.zst' : ''}`, (out) =>
      writeCustomerFile(shop, part, customerFiles, out),
    ),
  )
  return [
    file('products', 'products/products-a.csv', (out) => writeProductFile(shop, 0, out)),
    file('products', 'products/products-b.csv.gz', (out) => writeProductFile(shop, 1, out)),
    file('inventory', 'inventory/inventory.csv', (out) => writeInventoryFile(shop, out)),
    file('rates', 'rates/rates-2024-h1.csv', (out) => writeRateFile(shop, 0, out)),
    file('rates', 'rates/rates-2024-h2.csv', (out) => writeRateFile(shop, 1, out)),
    file('ip-ranges', 'geo/ip-ranges.csv', (out) => writeRangeFile(shop, out)),
    file('demographics', 'demographics.csv', (out) => writeDemographicsFile(shop, out)),
    file('preferences', 'preferences.ndjson', (out) => writePreferencesFile(shop, out)),
    ...customers,
  ]
}

/** The files of one delivery; every fourth or so is compressed. */
function sliceFiles(shop: Shop, slice: number): RawFile[] {
  const n = String(slice).padStart(3, '0')
  const file = (source: string, path: string, write: RawFile['write']): RawFile => ({
    path,
    source,
    slice,
    write,
  })
  const packed = (every: number, ending: string): string => (slice % every === every - 1 ? ending : '')
  return [
    file('orders', `orders/orders-${n}.csv${packed(5, '.gz')}`, (out) => writeOrderFile(shop, slice, out)),
    file('items', `items/items-${n}.csv${packed(4, '.zst')}`, (out) => writeItemFile(shop, slice, out)),
    file('customers', `customers/updates-${n}.ndjson`, (out) => writeCustomerUpdates(shop, slice, out)),
    file('clickstream', `clickstream/clicks-${n}.ndjson${packed(4, '.zst')}`, (out) =>
      writeClickFile(shop, slice, out),
    ),
    file('access-log', `access-log/access-${n}.log${packed(6, '.gz')}`, (out) =>
      writeAccessLog(shop, slice, out),
    ),
    file('api-events', `api-events/events-${n}.ndjson${packed(2, '.gz')}`, (out) =>
      writeCallFile(shop, slice, out),
    ),
  ]
}

/** All raw files of a shop, in the order of delivery. */
export function rawFiles(shop: Shop): readonly RawFile[] {
  const slices = Array.from({ length: shop.slices }, (_, slice) => sliceFiles(shop, slice))
  return [...referenceFiles(shop), ...slices.flat()]
}
