import { join } from 'node:path'
import { openText } from '../sink.ts'
import type { Shop } from '../shop.ts'
import { openAnswers } from './answer.ts'
import { tallyCalls, writeCustomerAnswers, writeProductAnswers } from './entity-answers.ts'
import { writeOrderAnswers } from './order-answers.ts'
import { expectedTables } from './schema.ts'
import { startTally, type Tally } from './tally.ts'
import { writePageAnswers, writeSessionAnswers } from './web-answers.ts'

async function writeTally(folder: string, tally: Tally): Promise<void> {
  await using sources = await openAnswers(folder, 'sources')
  for (const { source, records, rejected } of tally.sources()) sources.add(source, records, rejected)
  await sources.finish()
  await using rejects = await openAnswers(folder, 'rejects')
  for (const { source, kind, reason, rows } of tally.rejects()) rejects.add(source, kind, reason, rows)
  await rejects.finish()
}

async function writeSchema(shop: Shop, seed: number | string, folder: string): Promise<void> {
  await using out = await openText(join(folder, 'schema.json'))
  const format = {
    file: 'CSV, UTF-8, LF, header, quotes only where needed; an empty field is NULL (no expected text is empty)',
    decimal: 'exact, with the digits of its scale',
    timestamp: 'yyyy-MM-ddTHH:mm:ss.SSSSSSZ',
    date: 'yyyy-MM-dd',
    bool: 'true or false',
  }
  out.add(
    `${JSON.stringify({ seed: String(seed), orders: shop.orders, format, tables: Object.values(expectedTables) }, null, 2)}\n`,
  )
  await out.finish()
}

/**
 * Writes the expected answers of a shop and `schema.json`, which describes them, into a folder.
 *
 * They follow from the logical truth before dirt is added; no raw file is read. `onTable` is told each finished part.
 */
export async function writeExpected(
  shop: Shop,
  seed: number | string,
  folder: string,
  onTable: (name: string) => void = () => {},
): Promise<void> {
  const tally = startTally()
  await writeSchema(shop, seed, folder)
  await writeProductAnswers(shop, folder, tally)
  await writeCustomerAnswers(shop, folder, tally)
  onTable('customers')
  await writeOrderAnswers(shop, folder, tally)
  onTable('orders')
  await writeSessionAnswers(shop, folder, tally)
  onTable('sessions')
  await writePageAnswers(shop, folder, tally)
  tallyCalls(shop, tally)
  await writeTally(folder, tally)
  onTable('pages')
}
