import { bits } from '../random.ts'
import { type Shop, sliceBounds } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { isoMillis } from '../text.ts'
import { type Customer, customerAt, customerChanged, type CustomerVersion } from '../truth/customer.ts'
import { customerDelivery } from '../truth/delivery.ts'
import { entityHash } from '../random.ts'

function document(customer: Customer, version: CustomerVersion, id: number | string): string {
  const seconds = (ms: number): string => `${isoMillis(ms).slice(0, 19)}Z`
  const email = version.email ?? (customer.entity % 2 === 0 ? null : undefined)
  const address = { city: version.city, postcode: version.postcode }
  return JSON.stringify({
    customer_id: id,
    name: version.name,
    email,
    region: customer.region,
    address,
    tags: bits(customer.entity, 50) % 5 === 0 ? ['vip', 'early'] : [],
    signed_up_at: seconds(customer.signedUpMs),
    updated_at: seconds(version.updatedMs),
  })
}

/** Writes the first documents of a share (`part` of `parts`) of the customers. Result: the number of records. */
export async function writeCustomerFile(
  shop: Shop,
  part: number,
  parts: number,
  out: TextSink,
): Promise<number> {
  const to = Math.floor((shop.customers * (part + 1)) / parts)
  let records = 0
  for (let index = Math.floor((shop.customers * part) / parts); index < to; index++) {
    const customer = customerAt(shop, index)
    const first = customer.versions[0] as CustomerVersion
    const text = document(customer, first, customer.id)
    const { repeated, defect } = customerDelivery(customer)
    out.add(repeated ? `${text}\n${text}\n` : `${text}\n`)
    if (defect === 'json') out.add(`${text.slice(0, Math.floor(text.length * 0.6))}\n`)
    if (defect === 'customer_id') out.add(`${document(customer, first, `C-${customer.id}`)}\n`)
    records += (repeated ? 2 : 1) + (defect === null ? 0 : 1)
    if (out.full) await out.flush()
  }
  return records
}

/** Writes the changed documents of the customers whose turn comes in a slice. Result: the number of records. */
export async function writeCustomerUpdates(shop: Shop, slice: number, out: TextSink): Promise<number> {
  const { from, to } = sliceBounds(shop, shop.customers, slice)
  let records = 0
  for (let index = from; index < to; index++) {
    if (!customerChanged(entityHash(shop.key.customers, index))) continue
    const customer = customerAt(shop, index)
    out.add(`${document(customer, customer.versions[1] as CustomerVersion, customer.id)}\n`)
    records++
    if (out.full) await out.flush()
  }
  return records
}
