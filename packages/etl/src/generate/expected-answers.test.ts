import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateShop } from './generate-shop.ts'

/** Naive cleaning of the raw files, written without the generator: every answer is derived again from dirty text. */

let folder = ''
type Row = Record<string, string>
const good: Record<string, Row[]> = {}
const rejects: Record<string, number> = {}
const records: Record<string, number> = {}

function textOf(path: string): string {
  const bytes = readFileSync(path)
  if (path.endsWith('.gz')) return gunzipSync(bytes).toString()
  return path.endsWith('.zst') ? zstdDecompressSync(bytes).toString() : bytes.toString()
}

const filesOf = (glob: string): string[] => globSync(join(folder, 'raw', glob)).toSorted()

function reject(source: string, kind: string, reason: string): void {
  const key = `${source},${kind},${reason}`
  rejects[key] = (rejects[key] ?? 0) + 1
}

function csvRows(source: string, glob: string): Row[] {
  return filesOf(glob).flatMap((path) => {
    const [header = [], ...rest] = parse(textOf(path), { relax_column_count: true })
    records[source] = (records[source] ?? 0) + rest.length
    return rest.flatMap((fields) => {
      if (fields.length !== header.length) reject(source, 'record', 'columns')
      else return [Object.fromEntries(header.map((name, at) => [name, fields[at] ?? '']))]
      return []
    })
  })
}

function jsonRows(source: string, glob: string): Record<string, unknown>[] {
  return filesOf(glob).flatMap((path) => {
    const lines = textOf(path).split('\n').slice(0, -1)
    records[source] = (records[source] ?? 0) + lines.length
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>]
      } catch {
        reject(source, 'record', 'json')
        return []
      }
    })
  })
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** Gives the ISO text with microseconds, or null where the text is no moment. */
function moment(text: string): string | null {
  let m = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d)$/.exec(text)
  let iso = m ? `${m[3]}-${m[2]}-${m[1]}T${m[4]}:00Z` : ''
  m = /^([A-Z][a-z]{2}) (\d\d?) (\d{4}) (\d\d:\d\d:\d\d)$/.exec(text)
  if (m) {
    const month = String(months.indexOf(m[1] ?? '') + 1).padStart(2, '0')
    iso = `${m[3]}-${month}-${(m[2] ?? '').padStart(2, '0')}T${m[4]}Z`
  }
  m = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(\.\d{3})?)$/.exec(text)
  if (m) iso = `${m[1]}T${m[2]}Z`
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+\d\d:\d\d)$/.test(text)) iso = text
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return null
  if (iso.endsWith('Z') && date.toISOString().slice(0, 10) !== iso.slice(0, 10)) return null
  return `${date.toISOString().slice(0, 23)}000Z`
}

/** Gives hundredths, or null where the text is no amount. */
function hundredths(text: string): bigint | null {
  const plain = text.trim().replace(/^\$/, '').replaceAll(',', '')
  if (!/^\d+(\.\d{1,2})?$/.test(plain)) return null
  const [whole = '', part = ''] = plain.split('.')
  return BigInt(whole + part.padEnd(2, '0'))
}

const money = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function expectedRows(table: string): string[] {
  return readFileSync(join(folder, 'expected', `${table}.csv`), 'utf8')
    .split('\n')
    .slice(1, -1)
}

function lastBy(rows: readonly Row[], key: (row: Row) => string, order: string): Map<string, Row> {
  const kept = new Map<string, Row>()
  for (const row of rows) {
    const held = kept.get(key(row))
    if (held === undefined || (held[order] ?? '') < (row[order] ?? '')) kept.set(key(row), row)
  }
  return kept
}

function cleanOrders(): Row[] {
  const rows = csvRows('orders', 'orders/*').flatMap((row) => {
    const orderedAt = moment(row['ordered_at'] ?? '')
    const shipping = row['shipping'] === '' ? '' : hundredths(row['shipping'] ?? '')
    const bad = /^\d+$/.test(row['order_id'] ?? '')
      ? orderedAt === null
        ? 'ordered_at'
        : shipping === null
          ? 'shipping'
          : ''
      : 'order_id'
    if (bad !== '') reject('orders', 'value', bad)
    if (bad !== '' || orderedAt === null || shipping === null) return []
    const updatedAt = moment(row['updated_at'] ?? '')
    if (updatedAt === null) throw new Error(`no moment: ${row['updated_at']}`)
    const clean: Row = {
      ...row,
      region: (row['region'] ?? '').trim().toUpperCase(),
      status: (row['status'] ?? '').trim().toLowerCase(),
      currency: (row['currency'] ?? '').trim().toUpperCase(),
      ordered_at: orderedAt,
      updated_at: updatedAt,
      shipping: shipping === '' ? '' : money(shipping),
    }
    return [clean]
  })
  return [...lastBy(rows, (row) => row['order_id'] ?? '', 'updated_at').values()]
}

function cleanItems(): Row[] {
  const rows = csvRows('items', 'items/*').flatMap((row) => {
    const price = hundredths(row['unit_price'] ?? '')
    const quantity = (row['quantity'] ?? '').trim()
    const bad = /^\d+$/.test(quantity) ? (price === null ? 'unit_price' : '') : 'quantity'
    if (bad !== '') reject('items', 'value', bad)
    const clean: Row = { ...row, quantity, cents: String(price) }
    return bad === '' ? [clean] : []
  })
  return [...lastBy(rows, (row) => `${row['order_id']} ${row['line']}`, 'line').values()]
}

function cleanCustomers(): Row[] {
  const rows = jsonRows('customers', 'customers/*').flatMap((row) => {
    if (typeof row['customer_id'] !== 'number') reject('customers', 'value', 'customer_id')
    if (typeof row['customer_id'] !== 'number') return []
    const address = row['address'] as Row
    const clean: Row = {
      customer_id: String(row['customer_id']),
      name: row['name'] as string,
      email: (row['email'] as string | null | undefined) ?? '',
      region: row['region'] as string,
      city: address['city'] ?? '',
      postcode: address['postcode'] ?? '',
      signed_up_at: moment(row['signed_up_at'] as string) ?? '',
      updated_at: moment(row['updated_at'] as string) ?? '',
    }
    return [clean]
  })
  return [...lastBy(rows, (row) => row['customer_id'] ?? '', 'updated_at').values()]
}

function cleanProducts(): Row[] {
  const rows = csvRows('products', 'products/*').map((row) => ({
    ...row,
    category: (row['category'] ?? '').trim().toLowerCase(),
    list_price: money(hundredths(row['list_price'] ?? '') ?? -1n),
  }))
  return [...lastBy(rows, (row) => row['product_id'] ?? '', 'product_id').values()]
}

function compare(table: string, rows: readonly string[]): void {
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.toSorted()).toEqual(expectedRows(table).toSorted())
}

const columns = (row: Row, names: string): string =>
  names
    .split(' ')
    .map((name) => quoted(row[name] ?? ''))
    .join(',')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'))
  await generateShop({ folder, orders: 2000, seed: 11 })
  Object.assign(good, { orders: cleanOrders(), items: cleanItems() })
  Object.assign(good, { customers: cleanCustomers(), products: cleanProducts() })
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

const by = (rows: readonly Row[] | undefined, key: string): Map<string, Row> =>
  new Map((rows ?? []).map((row) => [row[key] ?? '', row]))

describe('expected answers, against a naive cleaning of the raw files', () => {
  test('sales.orders, sales.customers, sales.products', () => {
    const order =
      'order_id customer_id region status currency ordered_at updated_at shipping client_ip channel coupon'
    compare(
      'sales.orders',
      (good['orders'] ?? []).map((row) => columns(row, order)),
    )
    const customer = 'customer_id name email region city postcode signed_up_at updated_at'
    compare(
      'sales.customers',
      (good['customers'] ?? []).map((row) => columns(row, customer)),
    )
    const product = 'product_id name category list_price supplier'
    compare(
      'sales.products',
      (good['products'] ?? []).map((row) => columns(row, product)),
    )
  })

  test('sales.items and sales.order_history', () => {
    const orders = by(good['orders'], 'order_id')
    const customers = by(good['customers'], 'customer_id')
    const products = by(good['products'], 'product_id')
    const items = (good['items'] ?? []).map((row) => ({ ...row, price: money(BigInt(row['cents'] ?? '')) }))
    compare(
      'sales.items',
      items.map((row) => columns(row, 'order_id line product_id quantity price')),
    )
    const history = items.map((row: Row) => {
      const order = orders.get(row['order_id'] ?? '')
      const product = products.get(row['product_id'] ?? '')
      const readable: Row = {
        ...row,
        ordered_at: order?.['ordered_at'] ?? '',
        customer: customers.get(order?.['customer_id'] ?? '')?.['name'] ?? '',
        product: product?.['name'] ?? '',
        category: product?.['category'] ?? '',
        total: money(BigInt(row['quantity'] ?? '') * BigInt(row['cents'] ?? '')),
        status: order?.['status'] ?? '',
      }
      return columns(readable, 'order_id ordered_at customer product category quantity price total status')
    })
    compare('sales.order_history', history)
  })

  test('mart.category_revenue', () => {
    const orders = by(good['orders'], 'order_id')
    const products = by(good['products'], 'product_id')
    const rates = new Map(
      csvRows('rates', 'rates/*').map((row) => [`${row['day']} ${row['currency']}`, row['rate_to_eur']]),
    )
    const revenue = new Map<string, bigint>()
    for (const item of good['items'] ?? []) {
      const order = orders.get(item['order_id'] ?? '')
      if (order?.['status'] === 'cancelled') continue
      const rate = rates.get(`${order?.['ordered_at']?.slice(0, 10)} ${order?.['currency']}`) ?? ''
      const millionths = BigInt(rate.replace('.', ''))
      const product = BigInt(item['quantity'] ?? '') * BigInt(item['cents'] ?? '') * millionths
      const euro = (product * 2n + 1_000_000n) / 2_000_000n
      const category = products.get(item['product_id'] ?? '')?.['category']
      const key = `${order?.['region']},${category},${order?.['ordered_at']?.slice(0, 7)}-01`
      revenue.set(key, (revenue.get(key) ?? 0n) + euro)
    }
    compare(
      'mart.category_revenue',
      [...revenue].map(([key, cents]) => `${key},${money(cents)}`),
    )
  })

  test('mart.enriched_transactions', () => {
    const totals = new Map<string, bigint>()
    for (const item of good['items'] ?? []) {
      const total = BigInt(item['quantity'] ?? '') * BigInt(item['cents'] ?? '')
      totals.set(item['order_id'] ?? '', (totals.get(item['order_id'] ?? '') ?? 0n) + total)
    }
    const who = by(csvRows('demographics', 'demographics.csv'), 'customer_id')
    const wishes = new Map(
      jsonRows('preferences', 'preferences.ndjson').map((row) => [String(row['customer_id']), row]),
    )
    const number = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    const ranges = csvRows('ip-ranges', 'geo/*').map((row) => ({
      first: number(row['first_ip'] ?? ''),
      last: number(row['last_ip'] ?? ''),
      country: row['country'] ?? '',
    }))
    const rows = (good['orders'] ?? []).map((order) => {
      const id = order['customer_id'] ?? ''
      const ip = order['client_ip'] ?? ''
      const at = number(ip)
      const range = ranges.find(({ first, last }) => first <= at && at <= last)
      const total = money(totals.get(order['order_id'] ?? '') ?? -1n)
      const wish = wishes.get(id)
      const told = wish === undefined ? ',' : `${wish['favourite_category']},${wish['newsletter']}`
      const country = ip === '' ? '' : (range?.country ?? '')
      return `${order['order_id']},${id},${total},${columns(who.get(id) ?? {}, 'age_band gender income_band')},${told},${country}`
    })
    compare('mart.enriched_transactions', rows)
  })

  test('web.sessions', () => {
    const visitors = new Map<string, Map<string, { at: number; path: string }>>()
    for (const event of jsonRows('clickstream', 'clickstream/*') as Row[]) {
      const at = new Date(event['ts'] ?? '').getTime()
      if (Number.isNaN(at)) reject('clickstream', 'value', 'ts')
      if (Number.isNaN(at)) continue
      const own = visitors.get(event['visitor_id'] ?? '') ?? new Map<string, { at: number; path: string }>()
      own.set(event['event_id'] ?? '', { at, path: event['path'] ?? '' })
      visitors.set(event['visitor_id'] ?? '', own)
    }
    const rows: string[] = []
    for (const [visitor, events] of visitors) {
      const sessions: { at: number; path: string }[][] = []
      for (const event of [...events.values()].toSorted((a, b) => a.at - b.at)) {
        const open = sessions.at(-1)
        if (open === undefined || event.at - (open.at(-1)?.at ?? 0) > 30 * 60_000) sessions.push([event])
        else open.push(event)
      }
      const text = (at: number | undefined): string => `${new Date(at ?? 0).toISOString().slice(0, 23)}000Z`
      sessions.forEach((own, at) => {
        const pages = new Set(own.map((event) => event.path)).size
        rows.push(`${visitor},${at + 1},${text(own[0]?.at)},${text(own.at(-1)?.at)},${own.length},${pages}`)
      })
    }
    compare('web.sessions', rows)
  })

  test('web.page_stats', () => {
    const pattern =
      /^(\S+) - - \[(\d\d)\/(\w{3})\/(\d{4}):(\S+) \+(\d\d)(\d\d)\] "\S+ (\S+) HTTP\/1.1" (\d+) (?:\d+|-) "[^"]*" "[^"]*"$/
    const pages = new Map<string, { views: number; errors: number; visitors: Set<string> }>()
    for (const line of filesOf('access-log/*').flatMap((path) => textOf(path).split('\n').slice(0, -1))) {
      records['access-log'] = (records['access-log'] ?? 0) + 1
      const m = pattern.exec(line)
      if (m === null) reject('access-log', 'record', 'line')
      if (m === null) continue
      const month = String(months.indexOf(m[3] ?? '') + 1).padStart(2, '0')
      const at = new Date(`${m[4]}-${month}-${m[2]}T${m[5]}+${m[6]}:${m[7]}`)
      const key = `${m[8]?.split('?')[0]},${at.toISOString().slice(0, 10)}`
      const page = pages.get(key) ?? { views: 0, errors: 0, visitors: new Set() }
      page.views++
      if (Number(m[9]) >= 500) page.errors++
      page.visitors.add(m[1] ?? '')
      pages.set(key, page)
    }
    compare(
      'web.page_stats',
      [...pages].map(([key, p]) => `${key},${p.views},${p.visitors.size},${p.errors}`),
    )
  })

  test('counts of records and rejects of every source', () => {
    csvRows('inventory', 'inventory/*')
    jsonRows('api-events', 'api-events/*')
    compare(
      'rejects',
      Object.entries(rejects).map(([key, rows]) => `${key},${rows}`),
    )
    const rejectedOf = (source: string): number =>
      Object.entries(rejects).reduce((sum, [key, rows]) => sum + (key.startsWith(`${source},`) ? rows : 0), 0)
    compare(
      'sources',
      Object.entries(records).map(([source, count]) => `${source},${count},${rejectedOf(source)}`),
    )
  })
})
