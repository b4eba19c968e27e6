import { firstOfDay } from '../calendar.ts'
import { bits } from '../random.ts'
import { maxLagDays, type Shop, sliceDays } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { ipText } from '../text.ts'
import { type OrderDelivery, orderDeliveries } from '../truth/delivery.ts'
import { type Order, orderAt } from '../truth/order.ts'
import { currencies } from '../truth/place.ts'
import { dirtyPrice, dirtyTimestamp, dirtyWord } from './dirt.ts'

const header =
  'order_id,customer_id,region,status,currency,ordered_at,updated_at,shipping,client_ip,channel,coupon\n'

function orderRow(order: Order, delivery: OrderDelivery, position: number): string {
  const { entity } = order
  const salt = 100 + position * 16
  const { defect, version } = delivery
  const id = defect === 'order_id' ? `ORD-${order.id}` : order.id
  const region = dirtyWord(order.region, entity, salt)
  const status = dirtyWord(version.status, entity, salt + 1)
  const currency = dirtyWord(currencies[order.currency]?.code ?? '', entity, salt + 2)
  const head = `${id},${order.customer + 1},${region},${status},${currency}`
  if (defect === 'columns') return `${head}\n`
  const orderedAt =
    defect === 'ordered_at' ? '31/02/2024 10:00' : dirtyTimestamp(order.orderedMs, bits(entity, salt + 3))
  const updatedAt = dirtyTimestamp(version.updatedMs, bits(entity, salt + 4))
  const shipping =
    defect === 'shipping'
      ? 'free'
      : order.shippingCents === null
        ? ''
        : dirtyPrice(order.shippingCents, bits(entity, salt + 5))
  const ip = order.ip === null ? '' : ipText(order.ip)
  return `${head},${orderedAt},${updatedAt},${shipping},${ip},${order.channel},${order.coupon ?? ''}\n`
}

/**
 * Writes the order records that are delivered in a slice: new orders, and re-deliveries of orders of the two weeks
 * before. Result: the number of records.
 */
export async function writeOrderFile(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const days = sliceDays(shop, slice)
  const from = firstOfDay(shop.calendar, shop.orders, days.from - maxLagDays)
  const to = firstOfDay(shop.calendar, shop.orders, days.to)
  let records = 0
  out.add(header)
  for (let index = from; index < to; index++) {
    const order = orderAt(shop, index)
    const deliveries = orderDeliveries(order)
    for (let position = 0; position < deliveries.length; position++) {
      const delivery = deliveries[position] as OrderDelivery
      if (delivery.day < days.from || delivery.day >= days.to) continue
      out.add(orderRow(order, delivery, position))
      records++
    }
    if (out.full) await out.flush()
  }
  return records
}
