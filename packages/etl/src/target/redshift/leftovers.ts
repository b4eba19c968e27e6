import { quoteName } from '../../function/dialect.ts'
import { lower } from './layout.ts'
import { quoteRedshiftText, epochOf, stagePrefix } from './sql.ts'
import { stageFolder } from './stage.ts'
import { printHastily } from './swap.ts'
import { ownTables, type Work } from './work.ts'

const deletedAtOnce = 1_000

/** Drops the tables that a delivery made for itself, and its files. What is left lying is found by a later delivery. */
export async function removeOwn(work: Work): Promise<void> {
  const { connection, warehouse, delivery } = work
  const { target, epoch, position } = delivery
  const tables = Object.values(ownTables(work)).join(', ')
  await connection
    .transact(printHastily([`DROP TABLE IF EXISTS ${tables}`]), 'dropping staging tables')
    .catch(() => undefined)
  const folder = `${stageFolder(warehouse, target.id)}${epoch}-${position.delivery}/`
  await removeFiles(work, folder, () => true).catch(() => undefined)
}

/**
 * Drops tables and files of older epochs, which runs that were killed have left. To be called when a delivery has committed:
 * older epochs can then no longer do so. Never fails.
 */
export async function removeOlder(work: Work): Promise<void> {
  const { connection, warehouse, delivery, ledgerSchema } = work
  const { target, epoch } = delivery
  try {
    const found = await connection.rows(
      `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN (${quoteRedshiftText(ledgerSchema)}, ${quoteRedshiftText(target.schema)})
       AND c.relkind = 'r' AND POSITION(${quoteRedshiftText(stagePrefix(target.id))} IN c.relname) = 1`,
      'looking for staging tables',
    )
    for (const [schema, name] of found)
      if ((epochOf(lower(name ?? ''), target.id) ?? epoch) < epoch)
        await connection.transact(
          printHastily([`DROP TABLE IF EXISTS ${quoteName(schema ?? '')}.${quoteName(name ?? '')}`]),
          'dropping a staging table',
        )
    const folder = stageFolder(warehouse, target.id)
    await removeFiles(work, folder, (rest) => Number(/^(\d+)-/.exec(rest)?.[1] ?? epoch) < epoch)
  } catch {
    // The rows are delivered; what lies about costs room, and the next delivery tries again.
  }
}

async function removeFiles(
  { objects }: Work,
  folder: string,
  isMeant: (rest: string) => boolean,
): Promise<void> {
  let some: string[] = []
  for await (const { address } of objects.list(folder)) {
    if (isMeant(address.slice(folder.length))) some.push(address)
    if (some.length < deletedAtOnce) continue
    await objects.delete(some)
    some = []
  }
  if (some.length > 0) await objects.delete(some)
}
