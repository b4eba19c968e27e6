import { momentOf } from '../calendar.ts'
import { below, bits, entityHash, pick, skewed } from '../random.ts'
import { type Shop, sliceBounds } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { hex8, isoMillis } from '../text.ts'
import { callIsCut, callIsRepeated } from '../truth/delivery.ts'

const partners = ['parcel-post', 'pay-fast', 'stock-feed', 'market-place']
const endpoints = ['/v1/shipments', '/v1/payments', '/v2/stock', '/v1/offers']

function callDocument(shop: Shop, index: number, entity: number): string {
  const partner = below(bits(entity, 1), partners.length)
  const status = pick(bits(entity, 2), [200, 200, 200, 200, 201, 201, 202, 409, 429, 500])
  return JSON.stringify({
    event_id: `${hex8(bits(entity, 3))}${hex8(index)}`,
    at: isoMillis(momentOf(shop.calendar, shop.calls, index, bits(entity, 0))),
    partner: partners[partner],
    request: { method: partner === 2 ? 'GET' : 'POST', endpoint: endpoints[partner] },
    status,
    latency_ms: 3 + skewed(bits(entity, 4), 4000),
    order_id: 100_001 + below(bits(entity, 5), shop.orders),
    attempts: status >= 409 ? [1, 2] : [1],
  })
}

/** Writes the partner API events of a slice. Result: the number of records. */
export async function writeCallFile(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const { from, to } = sliceBounds(shop, shop.calls, slice)
  let records = 0
  for (let index = from; index < to; index++) {
    const entity = entityHash(shop.key.calls, index)
    const text = callDocument(shop, index, entity)
    const copies = callIsRepeated(entity) ? 2 : 1
    out.add(copies === 2 ? `${text}\n${text}\n` : `${text}\n`)
    const cut = callIsCut(entity)
    if (cut) out.add(`${text.slice(0, text.length - 20)}\n`)
    records += copies + (cut ? 1 : 0)
    if (out.full) await out.flush()
  }
  return records
}
