import { type Calendar, yearCalendar } from './calendar.ts'
import { permutation, type Permutation } from './permutation.ts'
import { streamKey } from './random.ts'
import { makeProducts, type Product } from './truth/product.ts'

const streams = [
  'orders',
  'lines',
  'customers',
  'products',
  'ranges',
  'rates',
  'visits',
  'requests',
  'calls',
  'addresses',
  'stock',
] as const

/** The scale and the keys of one generated shop; everything else is derived from it. */
export interface Shop {
  readonly orders: number
  readonly customers: number
  readonly visits: number
  readonly visitors: number
  readonly requests: number
  readonly calls: number
  /** Number of deliveries the year is cut into; each is one file per source. */
  readonly slices: number
  readonly calendar: Calendar
  readonly key: Readonly<Record<(typeof streams)[number], number>>
  /** All products: 200 to 20,000. */
  readonly products: readonly Product[]
  readonly scatter: {
    readonly customers: Permutation
    readonly products: Permutation
    readonly visits: Permutation
  }
}

/** The days by which the last re-delivery of an order trails its first delivery. */
export const maxLagDays = 14

/** Derives the shop of a seed at a scale of `orders` (1..60,000,000). */
export function makeShop(orders: number, seed: number | string): Shop {
  const key = Object.fromEntries(streams.map((stream) => [stream, streamKey(seed, stream)])) as Shop['key']
  const customers = Math.max(50, Math.floor(orders / 4))
  const products = makeProducts(key.products, Math.max(200, Math.min(20_000, Math.floor(orders / 100))))
  const visits = Math.max(20, Math.floor(orders * 1.25))
  return {
    orders,
    customers,
    visits,
    visitors: Math.max(10, Math.floor(orders * 0.4)),
    requests: Math.max(20, orders * 4),
    calls: Math.max(20, orders),
    slices: Math.max(12, Math.min(96, Math.ceil(orders / 40_000))),
    calendar: yearCalendar(streamKey(seed, 'calendar')),
    key,
    products,
    scatter: {
      customers: permutation(customers, streamKey(seed, 'scatter customers')),
      products: permutation(products.length, streamKey(seed, 'scatter products')),
      visits: permutation(visits, streamKey(seed, 'scatter visits')),
    },
  }
}

/** The bounds (end exclusive) of slice `slice` when `total` time-ordered things are delivered in equal slices. */
export function sliceBounds(
  shop: Shop,
  total: number,
  slice: number,
): { readonly from: number; readonly to: number } {
  return {
    from: Math.floor((total * slice) / shop.slices),
    to: Math.floor((total * (slice + 1)) / shop.slices),
  }
}

/** The day numbers (end exclusive) whose orders and re-deliveries belong to a slice. */
export function sliceDays(shop: Shop, slice: number): { readonly from: number; readonly to: number } {
  return sliceBounds(shop, shop.calendar.days + maxLagDays + 1, slice)
}
