import { momentOf } from '../calendar.ts'
import { below, bits, chance, entityHash, skewed } from '../random.ts'
import type { Shop } from '../shop.ts'
import { categories } from './product.ts'

/** A run of clicks by one visitor. */
export interface Visit {
  readonly index: number
  readonly entity: number
  readonly visitor: number
  /** Moments of the clicks, milliseconds, ascending. */
  readonly moments: readonly number[]
}

const halfHourMs = 1_800_000
const heavyShare = (shop: Shop): { readonly visitors: number; readonly visits: number } => ({
  visitors: Math.max(1, Math.floor(shop.visitors / 10)),
  visits: Math.floor(shop.visits * 0.4),
})

/** The visitor of a visit: the first tenth of the visitors makes two fifths of the visits. */
function visitorOf(shop: Shop, index: number): number {
  const rank = shop.scatter.visits.forward(index)
  const heavy = heavyShare(shop)
  if (rank < heavy.visits) return rank % heavy.visitors
  return heavy.visitors + ((rank - heavy.visits) % (shop.visitors - heavy.visitors))
}

/** The indexes of all visits of a visitor, in no particular order: the inverse of what `visitAt` draws. */
export function visitsOf(shop: Shop, visitor: number): readonly number[] {
  const heavy = heavyShare(shop)
  const [start, end, step] =
    visitor < heavy.visitors
      ? [visitor, heavy.visits, heavy.visitors]
      : [heavy.visits + visitor - heavy.visitors, shop.visits, shop.visitors - heavy.visitors]
  const indexes: number[] = []
  for (let rank = start; rank < end; rank += step) indexes.push(shop.scatter.visits.backward(rank))
  return indexes
}

/**
 * Derives visit `index` (0..visits-1): one to fifteen clicks. One visit in eleven pauses once, for exactly half an hour,
 * one millisecond more, or three quarters of an hour.
 */
export function visitAt(shop: Shop, index: number): Visit {
  const entity = entityHash(shop.key.visits, index)
  const count = 1 + below(bits(entity, 0), 15)
  const pause = bits(entity, 1)
  const pauseBefore = chance(pause, 90_000) ? 1 + below(bits(entity, 2), 15) : 0
  const pauseMs = chance(pause, 30_000) ? halfHourMs : chance(pause, 60_000) ? halfHourMs + 1 : 2_700_000
  let moment = momentOf(shop.calendar, shop.visits, index, bits(entity, 3))
  const moments = [moment]
  for (let click = 1; click < count; click++) {
    moment += click === pauseBefore ? pauseMs : 1000 + below(bits(entity, 64 + click), 90_000)
    moments.push(moment)
  }
  return { index, entity, visitor: visitorOf(shop, index), moments }
}

/** What is clicked: the kind of the event and the path. */
export function clickOf(
  shop: Shop,
  visit: Visit,
  click: number,
): { readonly type: string; readonly path: string } {
  const draw = bits(visit.entity, 128 + click)
  const kind = draw % 100
  if (kind < 12) return { type: 'view', path: '/' }
  if (kind < 30) return { type: 'view', path: `/c/${categories[(draw >>> 8) % categories.length] ?? ''}` }
  if (kind < 38) return { type: 'search', path: '/search' }
  if (kind < 44) return { type: 'add_to_cart', path: '/cart' }
  if (kind < 47) return { type: 'checkout', path: '/checkout' }
  const product = shop.scatter.products.forward(skewed(bits(visit.entity, 192 + click), shop.products.length))
  return { type: 'view', path: `/p/${product + 1}` }
}

/** A visitor's id: `v` and eight digits, so that text order is index order. */
export const visitorId = (visitor: number): string => `v${String(visitor).padStart(8, '0')}`
