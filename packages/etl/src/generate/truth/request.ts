import { momentOf } from '../calendar.ts'
import { below, bits, chance, entityHash, runningSums, skewed, weighted } from '../random.ts'
import type { Shop } from '../shop.ts'
import { categories } from './product.ts'

/** One request that the web server answered. */
export interface Request {
  readonly entity: number
  readonly ip: number
  /** Whole seconds. */
  readonly moment: number
  readonly method: string
  /** Without a query. */
  readonly path: string
  readonly status: number
  readonly bytes: number
}

const statuses = [200, 304, 302, 404, 500, 502, 503]
const statusShares = runningSums([900, 40, 20, 30, 6, 2, 2])
const fixedPages = ['/', '/search', '/cart', '/checkout', '/login', '/account', '/help', '/about']
const pages = [...fixedPages, ...categories.map((category) => `/c/${category}`)]
const productPages = 180

/** Derives request `index` (0..requests-1), ascending in time. Requests come from a pool of addresses. */
export function requestAt(shop: Shop, index: number): Request {
  const entity = entityHash(shop.key.requests, index)
  const moment = momentOf(shop.calendar, shop.requests, index, bits(entity, 0))
  const page = skewed(bits(entity, 1), pages.length + productPages)
  const path = pages[page] ?? `/p/${page - pages.length + 1}`
  const status = statuses[weighted(bits(entity, 2), statusShares)] ?? 200
  const pool = skewed(bits(entity, 3), Math.max(40, shop.visitors))
  return {
    entity,
    ip: 0x0b000000 + below(bits(entityHash(shop.key.addresses, pool), 0), 0x2f000000),
    moment: moment - (moment % 1000),
    method: path === '/cart' || path === '/checkout' || chance(bits(entity, 4), 20_000) ? 'POST' : 'GET',
    path,
    status,
    bytes: status === 304 ? 0 : 200 + skewed(bits(entity, 5), 80_000),
  }
}
