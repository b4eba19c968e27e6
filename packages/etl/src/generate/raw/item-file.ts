import { firstOfDay } from '../calendar.ts'
import { bits } from '../random.ts'
import { type Shop, sliceDays } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { type LineDelivery, lineDelivery } from '../truth/delivery.ts'
import { type Line, linesOf } from '../truth/line.ts'
import { orderAt } from '../truth/order.ts'
import { dirtyPrice } from './dirt.ts'

const header = 'order_id,line,product_id,quantity,unit_price\n'

function itemRow(orderId: number, line: Line, salt: number, defect: LineDelivery['defect']): string {
  const head = `${orderId},${line.line},${line.product.id}`
  if (defect === 'columns') return `${head}\n`
  const padded = bits(line.entity, salt) % 100 < 3
  const quantity = defect === 'quantity' ? 'two' : padded ? ` ${line.quantity} ` : line.quantity
  const price = defect === 'unit_price' ? 'n/a' : dirtyPrice(line.unitCents, bits(line.entity, salt + 1))
  return `${head},${quantity},${price}\n`
}

/** Writes the lines of the orders that are new in a slice. Result: the number of records. */
export async function writeItemFile(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const days = sliceDays(shop, slice)
  const to = firstOfDay(shop.calendar, shop.orders, days.to)
  let records = 0
  out.add(header)
  for (let index = firstOfDay(shop.calendar, shop.orders, days.from); index < to; index++) {
    const order = orderAt(shop, index)
    for (const line of linesOf(shop, order)) {
      const { copies, defect } = lineDelivery(line)
      for (let copy = 0; copy < copies; copy++) out.add(itemRow(order.id, line, 40 + copy * 2, null))
      if (defect !== null) out.add(itemRow(order.id, line, 50, defect))
      records += copies + (defect === null ? 0 : 1)
    }
    if (out.full) await out.flush()
  }
  return records
}
