import { bits, entityHash } from '../random.ts'
import type { Shop } from '../shop.ts'
import { centsText, isoMicros } from '../text.ts'
import { rangeCount } from '../truth/address.ts'
import { customerAt, type CustomerVersion, demographicsAt, preferencesAt } from '../truth/customer.ts'
import { callIsCut, callIsRepeated, customerDelivery, rowIsRepeated } from '../truth/delivery.ts'
import { currencies } from '../truth/place.ts'
import { openAnswers } from './answer.ts'
import type { Tally } from './tally.ts'

/** Writes the current customers and tallies what is delivered about them. */
export async function writeCustomerAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  await using out = await openAnswers(folder, 'customers')
  for (let index = 0; index < shop.customers; index++) {
    const { id, entity, region, signedUpMs, versions } = customerAt(shop, index)
    const current = versions[versions.length - 1] as CustomerVersion
    const { name, email, city, postcode, updatedMs } = current
    out.add(id, name, email, region, city, postcode, isoMicros(signedUpMs), isoMicros(updatedMs))
    const { repeated, defect } = customerDelivery({ id, entity, region, signedUpMs, versions })
    tally.record('customers', versions.length + (repeated ? 1 : 0))
    if (defect !== null) tally.defect('customers', defect)
    if (demographicsAt(shop, index) !== null) tally.record('demographics', rowIsRepeated(entity) ? 2 : 1)
    if (preferencesAt(shop, index) !== null) tally.record('preferences', 1)
    if (out.full) await out.flush()
  }
  await out.finish()
}

/** Writes the products and tallies what is delivered about them, their stock, the rates and the ranges. */
export async function writeProductAnswers(shop: Shop, folder: string, tally: Tally): Promise<void> {
  await using out = await openAnswers(folder, 'products')
  for (const { id, name, category, listCents, supplier } of shop.products) {
    out.add(id, name, category, centsText(listCents), supplier)
    tally.record('products', rowIsRepeated(entityHash(shop.key.products, id - 1)) ? 2 : 1)
    tally.record('inventory', 2 + (bits(entityHash(shop.key.stock, id), 0) % 2))
  }
  await out.finish()
  tally.record('rates', shop.calendar.days * currencies.length)
  tally.record('ip-ranges', rangeCount)
}

/** Tallies the partner API events. */
export function tallyCalls(shop: Shop, tally: Tally): void {
  for (let index = 0; index < shop.calls; index++) {
    const entity = entityHash(shop.key.calls, index)
    tally.record('api-events', callIsRepeated(entity) ? 2 : 1)
    if (callIsCut(entity)) tally.defect('api-events', 'json')
  }
}
