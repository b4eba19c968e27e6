import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { generateShop } from '../../../packages/etl/src/generate/index.ts'
import { type CustomerTables, openCustomerTables } from './customer-tables.ts'
import { type DeliveredFiles, deliverOrders } from './deliver-orders.ts'
import { openShopDatabase, type ShopDatabase } from './mysql.ts'
import { type PartnerApi, startPartnerApi } from './partner-api.ts'
import { type BiDatabase, openBiDatabase } from './postgres.ts'
import { rawDocuments } from './raw-documents.ts'
import { openRawRows, type RawRows } from './raw-rows.ts'
import { makeSecrets, type ShopSecrets } from './secrets.ts'
import type { ShopServers } from './servers.ts'

/** A shop whose systems run, and what a run of its pipelines needs to reach them. */
export interface ShopServices extends AsyncDisposable {
  readonly database: ShopDatabase
  readonly customers: CustomerTables
  readonly partners: PartnerApi
  readonly bi: BiDatabase
  /** The variables of the project (`--var`). */
  readonly variables: Readonly<Record<string, string>>
  /** The secrets, in the environment of a run. */
  readonly secrets: ShopSecrets
  /** What happens in some of the twelve parts of the shop's year, 1 to 12; parts are delivered in their order. */
  deliver(first: number, last: number): Promise<void>
}

/** Products and preferences of customers that somebody tried something out with; the last delivery takes them away. */
const tried = [9_000_001, 9_000_002, 9_000_003]

/** The folder of the files of a part, below `raw`, that were not there before. */
async function newFiles(folder: string, known: Set<string>): Promise<DeliveredFiles> {
  const found = new Map<string, string[]>()
  const raw = path.join(folder, 'raw')
  for (const entry of await readdir(raw, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (!entry.isFile() || known.has(file)) continue
    known.add(file)
    const [first = ''] = path.relative(raw, file).split(path.sep)
    found.set(first, [...(found.get(first) ?? []), file].toSorted())
  }
  return found
}

async function deliverCustomers(files: DeliveredFiles, tables: CustomerTables): Promise<void> {
  // The documents that were first written come before their updates: `customers-…` sorts before `updates-…`.
  const customers = await rawDocuments(files.get('customers') ?? [])
  await tables.put(
    'customers',
    customers.map((d) => d.value).filter((d) => typeof d['customer_id'] === 'number'),
  )
  const preferences = await rawDocuments(files.get('preferences.ndjson') ?? [])
  await tables.put(
    'preferences',
    preferences.map((d) => d.value),
  )
}

async function deliverPartners(
  files: DeliveredFiles,
  raw: RawRows,
  partners: PartnerApi,
  scratch: string,
): Promise<void> {
  const events = await rawDocuments(files.get('api-events') ?? [])
  partners.addEvents(
    events.map(({ json, value }) => ({ id: String(value['event_id']), at: String(value['at']), json })),
  )
  const rates = files.get('rates') ?? []
  if (rates.length === 0) return
  const file = path.join(scratch, 'rates.csv')
  await raw.save(rates, ['day', 'currency', 'rate_to_eur'], 'select * from raw order by all', file)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  // Rates travel as numbers of JSON with all their digits.
  partners.addRates(
    lines.map((line) => {
      const [day = '', currency = '', rate = ''] = line.split(',')
      return `{"day":"${day}","currency":"${currency}","rate_to_eur":${rate}}`
    }),
  )
}

async function tryOut({ database, customers }: ShopServices): Promise<void> {
  for (const id of tried) {
    await database.run(`insert into products values (${id}, 'Trial ${id}', 'books', '1.00', 'nobody')`)
    await customers.put('preferences', [{ customer_id: id, favourite_category: 'books', newsletter: true }])
  }
}

async function takeAway({ database, customers }: ShopServices): Promise<void> {
  await database.run(`delete from products where product_id in (${tried.join(', ')})`)
  for (const id of tried) await customers.remove('preferences', id)
}

/** Into how many parts the shop's year is cut. */
export const parts = 12

/** What is generated, and where. */
export interface ShopData {
  /** Gets `raw/` and, with the last part, `expected/`. */
  readonly folder: string
  readonly orders: number
  readonly seed: string
}

/**
 * Makes the shop's systems in servers, with nothing in them yet: databases and tables, accounts with the rights that the
 * pipelines need, and the partners' API on this machine. Whatever of that name was there is gone. `scratch` is a folder for files
 * in between.
 */
export async function openShopServices(
  servers: ShopServers,
  data: ShopData,
  scratch: string,
): Promise<ShopServices> {
  const secrets = makeSecrets()
  await using opened = new AsyncDisposableStack()
  const raw = opened.use(await openRawRows())
  const database = opened.use(await openShopDatabase(servers.mysqlAdmin, secrets.SHOP_MYSQL_PASSWORD))
  const customers = opened.use(await openCustomerTables(servers.dynamodb))
  const bi = opened.use(await openBiDatabase(servers.postgresAdmin, secrets.SHOP_POSTGRES_PASSWORD))
  const partners = opened.use(await startPartnerApi(secrets.SHOP_PARTNER_TOKEN))
  const known = new Set<string>()
  const all = opened.move()
  const services: ShopServices = {
    database,
    customers,
    partners,
    bi,
    secrets,
    variables: {
      data: data.folder,
      mysql_host: servers.mysql.host,
      mysql_port: String(servers.mysql.port),
      dynamodb: servers.dynamodb,
      postgres_host: servers.postgres.host,
      postgres_port: String(servers.postgres.port),
      partner_api: partners.url,
    },
    deliver: async (first, last) => {
      const { folder, orders, seed } = data
      for (let index = first; index <= last; index++)
        await generateShop({ folder, orders, seed, part: { index, of: parts } })
      const files = await newFiles(folder, known)
      await deliverOrders(files, raw, database, scratch)
      await deliverCustomers(files, customers)
      await deliverPartners(files, raw, partners, scratch)
      if (first === 1) await tryOut(services)
      if (last === parts) await takeAway(services)
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
  return services
}
