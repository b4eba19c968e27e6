import { join } from 'node:path'
import { EtlError } from '../base/errors.ts'
import { yearCalendar } from './calendar.ts'
import { below, bits, chance, entityHash, pick, skewed, streamKey } from './random.ts'
import { dirtyPrice } from './raw/dirt.ts'
import { openText } from './sink.ts'
import { clockText, dayOfMoment, dayText, monthNames } from './text.ts'
import { categories } from './truth/product.ts'

export interface GenerateOrdersOptions {
  /** The CSV file; `.gz` and `.zst` are compressed. */
  readonly path: string
  /** 1..1,000,000,000. */
  readonly rows: number
  readonly seed: number | string
}

const header =
  'order_id,customer_id,product_id,quantity,unit_price,currency,status,region,ordered_at,updated_at,coupon\n'
const statuses = ['placed', 'paid', 'shipped', 'delivered', 'cancelled', ' Shipped ', 'DELIVERED']
const regionNames = ['EU', 'US', 'UK', 'APAC', 'LATAM', 'MEA']
const currencyCodes = ['EUR', 'USD', 'GBP', 'JPY', 'AUD', 'BRL']

/** Writes whole minutes in one of four formats, each of another length. */
function mixedTimestamp(ms: number, uniform: number): string {
  const day = dayText(dayOfMoment(ms))
  const clock = clockText(ms)
  const choice = uniform % 8
  if (choice < 4) return `${day} ${clock}`
  if (choice < 6) return `${day.slice(8)}/${day.slice(5, 7)}/${day.slice(0, 4)} ${clock.slice(0, 5)}`
  if (choice < 7) return `${day}T${clock}Z`
  return `${monthNames[Number(day.slice(5, 7)) - 1]} ${Number(day.slice(8))} ${day.slice(0, 4)} ${clock}`
}

function checkRows(what: string, rows: number): void {
  if (Number.isInteger(rows) && rows >= 1 && rows <= 1_000_000_000) return
  throw new EtlError('config.invalid', `cannot generate ${rows} ${what}`, {
    hint: 'Give a whole number from 1 to 1000000000.',
  })
}

/**
 * Writes one large CSV of orders, about 100 bytes a row, for benchmarks: eleven columns, four timestamp formats in two
 * columns, prices as people write them, and three rows in a hundred that deliver an earlier order again with a later
 * `updated_at`. `customer_id` is 1..200,000 and `product_id` 1..10,000, as `generateDimensions` makes them.
 *
 * The same options give the same bytes. Errors: `config.invalid`.
 */
export async function generateOrdersCsv(options: GenerateOrdersOptions): Promise<void> {
  checkRows('rows', options.rows)
  const key = streamKey(options.seed, 'bench orders')
  const { firstDay, days } = yearCalendar(key)
  await using out = await openText(options.path)
  out.add(header)
  for (let row = 0; row < options.rows; row++) {
    const again = row > 100 && chance(bits(entityHash(key, row), 1), 30_000)
    const index = again ? row - 1 - below(bits(entityHash(key, row), 2), 100) : row
    const e = entityHash(key, index)
    const orderedMs = (firstDay * 1440 + below(bits(e, 3), days * 1440)) * 60_000
    const updatedMs = orderedMs + (again ? 86_400_000 + (row - index) * 60_000 : 60_000)
    const price = dirtyPrice(100 + skewed(bits(e, 4), 300_000), bits(e, 5))
    const region = below(bits(e, 6), regionNames.length)
    const status = pick(bits(e, again ? 7 : 8), statuses)
    const head = `${100_000_001 + index},${1 + skewed(bits(e, 9), 200_000)},${1 + skewed(bits(e, 10), 10_000)},${1 + (e % 6)},${price}`
    const when = `${mixedTimestamp(orderedMs, bits(e, 11))},${mixedTimestamp(updatedMs, bits(e, 12))}`
    const coupon = e % 2 === 0 ? 'NEWSLETTER-SPRING-2024' : ''
    out.add(`${head},${currencyCodes[region]},${status},${regionNames[region]},${when},${coupon}\n`)
    if (out.full) await out.flush()
  }
  await out.finish()
}

export interface GenerateDimensionsOptions {
  /** Gets `customers.csv` and `products.csv`. */
  readonly folder: string
  readonly seed: number | string
}

/**
 * Writes the two dimension tables of the benchmark: 200,000 customers (customer_id, segment, country, joined) and 10,000
 * products (product_id, name, category, cost).
 */
export async function generateDimensions({ folder, seed }: GenerateDimensionsOptions): Promise<void> {
  await using customers = await openText(join(folder, 'customers.csv'))
  const customerKey = streamKey(seed, 'bench customers')
  customers.add('customer_id,segment,country,joined\n')
  for (let id = 1; id <= 200_000; id++) {
    const e = entityHash(customerKey, id)
    const country = pick(bits(e, 1), ['DE', 'FR', 'US', 'GB', 'JP', 'BR', 'AE'])
    const joined = dayText(18_000 + below(bits(e, 2), 1700))
    customers.add(`${id},${pick(bits(e, 0), ['new', 'regular', 'vip'])},${country},${joined}\n`)
    if (customers.full) await customers.flush()
  }
  await customers.finish()
  await using products = await openText(join(folder, 'products.csv'))
  const productKey = streamKey(seed, 'bench products')
  products.add('product_id,name,category,cost\n')
  for (let id = 1; id <= 10_000; id++) {
    const e = entityHash(productKey, id)
    products.add(
      `${id},Product ${id},${pick(bits(e, 0), categories)},${below(bits(e, 1), 500)}.${10 + (e % 90)}\n`,
    )
  }
  await products.finish()
}
