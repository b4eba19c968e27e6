import { below, bits, entityHash } from '../random.ts'
import type { Shop } from '../shop.ts'
import type { TextSink } from '../sink.ts'
import { csvField, dayText, ipText } from '../text.ts'
import { rangeAt, rangeCount } from '../truth/address.ts'
import { demographicsAt, preferencesAt } from '../truth/customer.ts'
import { rowIsRepeated } from '../truth/delivery.ts'
import { currencies } from '../truth/place.ts'
import type { Product } from '../truth/product.ts'
import { rateMillionths } from '../truth/rate.ts'
import { dirtyPrice, dirtyWord } from './dirt.ts'

/** Writes one half of the product list. Result: the number of records. */
export async function writeProductFile(shop: Shop, half: 0 | 1, out: TextSink): Promise<number> {
  const middle = Math.floor(shop.products.length / 2)
  const list = half === 0 ? shop.products.slice(0, middle) : shop.products.slice(middle)
  let records = 0
  out.add('product_id,name,category,list_price,supplier\n')
  for (const product of list) {
    const entity = entityHash(shop.key.products, product.id - 1)
    const text = productRow(product, entity)
    const copies = rowIsRepeated(entity) ? 2 : 1
    out.add(text.repeat(copies))
    records += copies
    if (out.full) await out.flush()
  }
  return records
}

function productRow(product: Product, entity: number): string {
  const price = dirtyPrice(product.listCents, bits(entity, 41))
  const category = dirtyWord(product.category, entity, 40)
  return `${product.id},${csvField(product.name)},${category},${price},${csvField(product.supplier)}\n`
}

/** Writes the stock of every product in two or three warehouses. Result: the number of records. */
export async function writeInventoryFile(shop: Shop, out: TextSink): Promise<number> {
  const warehouses = ['FRA', 'DUB', 'OHI']
  let records = 0
  out.add('product_id,warehouse,on_hand,reserved,counted_on\n')
  for (const product of shop.products) {
    const entity = entityHash(shop.key.stock, product.id)
    for (const warehouse of warehouses.slice(0, 2 + (bits(entity, 0) % 2))) {
      const onHand = below(bits(entity, warehouse.charCodeAt(0)), 500)
      const counted = dayText(shop.calendar.firstDay + shop.calendar.days - 1)
      out.add(`${product.id},${warehouse},${onHand},${Math.floor(onHand / 7)},${counted}\n`)
      records++
    }
    if (out.full) await out.flush()
  }
  return records
}

/** Writes the day's rates of a half-year, in euros for one unit. Result: the number of records. */
export async function writeRateFile(shop: Shop, half: 0 | 1, out: TextSink): Promise<number> {
  const [from, to] = half === 0 ? [0, 182] : [182, shop.calendar.days]
  let records = 0
  out.add('day,currency,rate_to_eur\n')
  for (let day = from; day < to; day++) {
    for (let currency = 0; currency < currencies.length; currency++) {
      const rate = rateMillionths(shop, currency, day)
      const text = `${Math.floor(rate / 1e6)}.${String(1e6 + (rate % 1e6)).slice(1)}`
      out.add(`${dayText(shop.calendar.firstDay + day)},${currencies[currency]?.code},${text}\n`)
      records++
    }
  }
  await out.flush()
  return records
}

/** Writes the IPv4 ranges (both ends inclusive, dotted and as integers). Result: the number of records. */
export async function writeRangeFile(shop: Shop, out: TextSink): Promise<number> {
  out.add('first_ip,last_ip,first_int,last_int,country,region\n')
  for (let index = 0; index < rangeCount; index++) {
    const { first, last, country, region } = rangeAt(shop, index)
    out.add(`${ipText(first)},${ipText(last)},${first},${last},${country},${region}\n`)
  }
  await out.flush()
  return rangeCount
}

/** Writes the bought-in demographics, some rows twice. Result: the number of records. */
export async function writeDemographicsFile(shop: Shop, out: TextSink): Promise<number> {
  let records = 0
  out.add('customer_id,age_band,gender,income_band\n')
  for (let index = 0; index < shop.customers; index++) {
    const known = demographicsAt(shop, index)
    if (known === null) continue
    const copies = rowIsRepeated(entityHash(shop.key.customers, index)) ? 2 : 1
    out.add(`${index + 1},${known.ageBand},${known.gender},${known.incomeBand}\n`.repeat(copies))
    records += copies
    if (out.full) await out.flush()
  }
  return records
}

/** Writes the customers' own preferences. Result: the number of records. */
export async function writePreferencesFile(shop: Shop, out: TextSink): Promise<number> {
  let records = 0
  for (let index = 0; index < shop.customers; index++) {
    const known = preferencesAt(shop, index)
    if (known === null) continue
    out.add(
      `{"customer_id":${index + 1},"favourite_category":"${known.favouriteCategory}","newsletter":${known.newsletter}}\n`,
    )
    records++
    if (out.full) await out.flush()
  }
  return records
}
