import { dayOf, momentOf } from '../calendar.ts'
import { below, bits, chance, entityHash, pick, runningSums, skewed, weighted } from '../random.ts'
import type { Shop } from '../shop.ts'
import { addressOf } from './address.ts'
import { customerRegion } from './customer.ts'
import { currencies, regions } from './place.ts'

/** One version of an order as the shop's database held it. */
export interface OrderVersion {
  readonly status: string
  readonly updatedMs: number
  /** Days between the order and the delivery of this version. */
  readonly lagDays: number
}

/** An order; the last version is the current one. */
export interface Order {
  readonly index: number
  readonly id: number
  readonly entity: number
  /** Index of the customer. */
  readonly customer: number
  readonly region: string
  /** Index into `currencies`. */
  readonly currency: number
  /** Day number within the calendar. */
  readonly day: number
  /** Whole seconds; whole minutes where the channel's clock has no seconds. */
  readonly orderedMs: number
  readonly versions: readonly OrderVersion[]
  readonly shippingCents: number | null
  readonly ip: number | null
  readonly country: string | null
  readonly channel: string
  readonly coupon: string | null
}

const channels = ['web', 'mobile', 'store', 'partner']
const channelShares = runningSums([45, 35, 15, 5])
const finals = ['delivered', 'shipped', 'cancelled', 'returned', 'placed']
const finalShares = runningSums([78, 10, 5, 4, 3])
const changedShares = runningSums([50, 15, 25, 10])
const coupons = ['SPRING-10', 'WELCOME', 'FREESHIP', 'BF24']

/** Derives when and how often an order changed: three in twenty are delivered again, days later, with a newer status. */
function versionsOf(entity: number, orderedMs: number, channel: string): readonly OrderVersion[] {
  const millis = channel === 'web' ? below(bits(entity, 10), 1000) : 0
  const step = channel === 'store' ? 60_000 : 1000
  const at = (lagDays: number, draw: number): number =>
    orderedMs + lagDays * 86_400_000 + below(bits(entity, draw), 30) * step + (lagDays === 0 ? millis : 0)
  const changes = bits(entity, 11)
  if (!chance(changes, 150_000)) {
    return [
      { status: finals[weighted(bits(entity, 12), finalShares)] ?? '', updatedMs: at(0, 13), lagDays: 0 },
    ]
  }
  const placed = { status: 'placed', updatedMs: at(0, 13), lagDays: 0 }
  const status = finals[weighted(bits(entity, 12), changedShares)] ?? ''
  if (!chance(changes, 30_000)) {
    const lagDays = pick(bits(entity, 14), [1, 3, 7, 14])
    return [placed, { status, updatedMs: at(lagDays, 15), lagDays }]
  }
  const paid = { status: 'paid', updatedMs: at(1, 15), lagDays: 1 }
  return [placed, paid, { status, updatedMs: at(7, 16), lagDays: 7 }]
}

/** Derives order `index` (0..orders-1). Orders ascend in time; ids start at 100,001. */
export function orderAt(shop: Shop, index: number): Order {
  const entity = entityHash(shop.key.orders, index)
  const channel = channels[weighted(bits(entity, 0), channelShares)] ?? ''
  const moment = momentOf(shop.calendar, shop.orders, index, bits(entity, 1))
  const orderedMs = moment - (moment % (channel === 'store' ? 60_000 : 1000))
  const customer = shop.scatter.customers.forward(skewed(bits(entity, 2), shop.customers))
  const region = customerRegion(shop, customer)
  const code = pick(bits(entity, 3), regions[region]?.currencies ?? [])
  const currency = Math.max(
    0,
    currencies.findIndex((known) => known.code === code),
  )
  const { ip, country } = addressOf(shop, entity, region)
  const factor = currencies[currency]?.perEuroThousandths ?? 0
  return {
    index,
    id: 100_001 + index,
    entity,
    customer,
    region: regions[region]?.name ?? '',
    currency,
    day: dayOf(shop.calendar, shop.orders, index),
    orderedMs,
    versions: versionsOf(entity, orderedMs, channel),
    shippingCents: channel === 'store' ? null : Math.floor((below(bits(entity, 4), 1800) * factor) / 1000),
    ip,
    country,
    channel,
    coupon: chance(bits(entity, 5), 120_000) ? pick(bits(entity, 6), coupons) : null,
  }
}
