import { below, bits, chance, pick } from '../random.ts'
import { maxLagDays } from '../shop.ts'
import type { Customer } from './customer.ts'
import type { Line } from './line.ts'
import type { Order, OrderVersion } from './order.ts'
import type { Visit } from './visit.ts'

/** What is wrong with a delivered record: it has too few columns, or the named column holds a value of no use. */
export const orderDefects = ['columns', 'order_id', 'ordered_at', 'shipping'] as const
export const lineDefects = ['columns', 'quantity', 'unit_price'] as const
/** What is wrong with a delivered document: it is cut off, or the named member has the wrong type. */
export const customerDefects = ['json', 'customer_id'] as const
export const visitDefects = ['json', 'ts'] as const

/** One record about an order as it is delivered: good, repeated, late, stale or defective. */
export interface OrderDelivery {
  /** Day number of the delivery: the order's day plus 0..14. */
  readonly day: number
  readonly version: OrderVersion
  readonly defect: (typeof orderDefects)[number] | null
}

/** All records about an order, each version at least once and without a defect. */
export function orderDeliveries(order: Order): readonly OrderDelivery[] {
  const list: OrderDelivery[] = order.versions.map((version) => ({
    day: order.day + version.lagDays,
    version,
    defect: null,
  }))
  const first = order.versions[0] as OrderVersion
  const extra = bits(order.entity, 20)
  if (chance(extra, 15_000)) list.push({ day: order.day, version: first, defect: null })
  if (chance(extra, 5_000)) list.push({ day: order.day + maxLagDays, version: first, defect: null })
  const defective = bits(order.entity, 21)
  if (chance(defective, 4_000)) {
    list.push({ day: order.day, version: first, defect: pick(bits(order.entity, 22), orderDefects) })
  }
  return list
}

/** The records about an order line: one or two good ones, and rarely a defective one. */
export interface LineDelivery {
  readonly copies: 1 | 2
  readonly defect: (typeof lineDefects)[number] | null
}

export function lineDelivery(line: Line): LineDelivery {
  return {
    copies: chance(bits(line.entity, 20), 10_000) ? 2 : 1,
    defect: chance(bits(line.entity, 21), 2_000) ? pick(bits(line.entity, 22), lineDefects) : null,
  }
}

/** The records about a customer beyond one for each version. */
export interface CustomerDelivery {
  readonly repeated: boolean
  readonly defect: (typeof customerDefects)[number] | null
}

export function customerDelivery(customer: Customer): CustomerDelivery {
  return {
    repeated: chance(bits(customer.entity, 30), 20_000),
    defect: chance(bits(customer.entity, 31), 1_000)
      ? pick(bits(customer.entity, 32), customerDefects)
      : null,
  }
}

/** How the clicks of a visit are delivered; numbers are positions of clicks, -1 for none. */
export interface VisitDelivery {
  /** Sent with the next slice instead of its own. */
  readonly late: number
  /** Sent twice in a row. */
  readonly repeated: number
  /** Sent again with the next slice. */
  readonly resent: number
  readonly defect: (typeof visitDefects)[number] | null
}

export function visitDelivery(visit: Visit): VisitDelivery {
  const { entity, moments } = visit
  const one = (draw: number, perMillion: number): number =>
    chance(bits(entity, draw), perMillion) ? below(bits(entity, draw + 1), moments.length) : -1
  return {
    late: one(20, 80_000),
    repeated: one(22, 160_000),
    resent: one(24, 40_000),
    defect: chance(bits(entity, 26), 4_000) ? pick(bits(entity, 27), visitDefects) : null,
  }
}

/** Whether a request's line is followed by a copy that is cut off. */
export const requestIsCut = (entity: number): boolean => chance(bits(entity, 20), 500)

/** How a partner's API call is delivered: a repetition, a copy that is cut off. */
export const callIsRepeated = (entity: number): boolean => chance(bits(entity, 20), 10_000)
export const callIsCut = (entity: number): boolean => chance(bits(entity, 21), 1_000)

/** Whether a product's or demographics' row appears twice. */
export const rowIsRepeated = (entity: number): boolean => chance(bits(entity, 33), 10_000)
