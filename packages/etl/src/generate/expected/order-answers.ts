import { centsText, csvField, dayText, dayOfMoment, ipText, isoMicros } from '../text.ts'
import type { Shop } from '../shop.ts'
import { customerAt, demographicsAt, preferencesAt } from '../truth/customer.ts'
import { lineDelivery, orderDeliveries } from '../truth/delivery.ts'
import { type Line, linesOf } from '../truth/line.ts'
import { type Order, orderAt, type OrderVersion } from '../truth/order.ts'
import { currencies } from '../truth/place.ts'
import { rateMillionths, toEuroCents } from '../truth/rate.ts'
import { type AnswerSink, openAnswers } from './answer.ts'
import type { Tally } from './tally.ts'

type Sinks = Readonly<Record<'orders' | 'items' | 'history' | 'enriched', AnswerSink>>

const currentOf = (order: Order): OrderVersion => order.versions[order.versions.length - 1] as OrderVersion

function addOrder(out: AnswerSink, order: Order): void {
  const { status, updatedMs } = currentOf(order)
  const shipping = order.shippingCents === null ? null : centsText(order.shippingCents)
  const ip = order.ip === null ? null : ipText(order.ip)
  const currency = currencies[order.currency]?.code ?? ''
  const head = [order.id, order.customer + 1, order.region, status, currency] as const
  out.add(
    ...head,
    isoMicros(order.orderedMs),
    isoMicros(updatedMs),
    shipping,
    ip,
    order.channel,
    order.coupon,
  )
}

function addLines(out: Sinks, order: Order, lines: readonly Line[], customerName: string): void {
  const head = `${order.id},${isoMicros(order.orderedMs)},${csvField(customerName)},`
  const { status } = currentOf(order)
  for (const { line, product, quantity, unitCents } of lines) {
    const price = centsText(unitCents)
    out.items.addRow(`${order.id},${line},${product.id},${quantity},${price}`)
    const what = `${csvField(product.name)},${product.category},${quantity},${price}`
    out.history.addRow(`${head}${what},${centsText(quantity * unitCents)},${status}`)
  }
}

function addEnriched(shop: Shop, out: AnswerSink, order: Order, totalCents: number): void {
  const who = demographicsAt(shop, order.customer)
  const wishes = preferencesAt(shop, order.customer)
  const known = [who?.ageBand ?? null, who?.gender ?? null, who?.incomeBand ?? null] as const
  const told = [wishes?.favouriteCategory ?? null, wishes?.newsletter ?? null] as const
  out.add(order.id, order.customer + 1, centsText(totalCents), ...known, ...told, order.country)
}

function tallyOrder(tally: Tally, order: Order, lines: readonly Line[]): void {
  for (const { defect } of orderDeliveries(order)) {
    if (defect === null) tally.record('orders', 1)
    else tally.defect('orders', defect)
  }
  for (const line of lines) {
    const { copies, defect } = lineDelivery(line)
    tally.record('items', copies)
    if (defect !== null) tally.defect('items', defect)
  }
}

function revenueKey(order: Order, line: Line): string {
  const month = dayText(dayOfMoment(order.orderedMs)).slice(0, 7)
  return `${order.region}\t${line.product.category}\t${month}-01`
}

/** Writes revenue by region, category and month: at most 6 × 12 × 12 rows. */
async function writeRevenue(folder: string, revenue: ReadonlyMap<string, number>): Promise<void> {
  await using out = await openAnswers(folder, 'revenue')
  for (const [key, cents] of [...revenue].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [region = '', category = '', month = ''] = key.split('\t')
    out.add(region, category, month, centsText(cents))
  }
  await out.finish()
}

/** Writes the answers that follow from orders and their lines, order by order, and tallies their deliveries. */
export async function writeOrderAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  await using orders = await openAnswers(folder, 'orders')
  await using items = await openAnswers(folder, 'items')
  await using history = await openAnswers(folder, 'history')
  await using enriched = await openAnswers(folder, 'enriched')
  const out: Sinks = { orders, items, history, enriched }
  const revenue = new Map<string, number>()
  for (let index = 0; index < shop.orders; index++) {
    const order = orderAt(shop, index)
    const lines = linesOf(shop, order)
    const customerName = customerAt(shop, order.customer).versions.at(-1)?.name ?? ''
    const rate = rateMillionths(shop, order.currency, order.day)
    let totalCents = 0
    addOrder(orders, order)
    addLines(out, order, lines, customerName)
    for (const line of lines) {
      const cents = line.quantity * line.unitCents
      totalCents += cents
      if (currentOf(order).status === 'cancelled') continue
      const key = revenueKey(order, line)
      revenue.set(key, (revenue.get(key) ?? 0) + toEuroCents(cents, rate))
    }
    addEnriched(shop, enriched, order, totalCents)
    tallyOrder(tally, order, lines)
    for (const sink of Object.values(out)) if (sink.full) await sink.flush()
  }
  for (const sink of Object.values(out)) await sink.finish()
  await writeRevenue(folder, revenue)
}
