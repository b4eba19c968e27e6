import { EtlError } from '../../base/errors.ts'
import { openSession } from '../../engine/duckdb/session.ts'
import { folderList } from '../folders.ts'
import { findChangedKeys } from '../changed-keys.ts'
import type { Delivery, WarehouseContext, WarehouseSession } from '../contract.ts'
import type { DeliveryCounts, Position } from '../position.ts'
import { positionAfter, rowsRead, settle } from '../counts.ts'
import { assertMayCommit } from '../fence.ts'
import type { PostgresWarehouse } from '../postgres.ts'
import { printCleaned } from '../selection.ts'
import { type Connection, connect } from './connect.ts'
import { deliverFull, deliverIncrement } from './deliver.ts'
import { isLost } from './failure.ts'
import { patiently } from './patience.ts'
import { makeSchema, openLedger } from './ledger.ts'

/** Opens a connection to PostgreSQL as a warehouse. */
export async function openPostgresWarehouse(
  warehouse: PostgresWarehouse,
  context: WarehouseContext,
): Promise<WarehouseSession> {
  const schema = warehouse.ledgerSchema ?? 'securecart'
  let connection = await connect(warehouse, context.projectFolder)
  /** After a lost connection a new one, from which the old one is ended. */
  const reconnect = async (): Promise<void> => {
    const { pid, startedAt } = connection.backend
    await connection[Symbol.asyncDispose]()
    connection = await patiently(() => connect(warehouse, context.projectFolder))
    await connection.rows(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz',
      'ending the lost connection',
      [pid, startedAt],
    )
  }
  return {
    position: (target) => openLedger(connection, schema).read(target),
    takeEpoch: (target) => openLedger(connection, schema).takeEpoch(target),
    deliver: async (delivery) => {
      const outcome = await transact(connection, schema, delivery, context)
      if ('counts' in outcome) return outcome.counts
      await reconnect()
      return whatCommitted(connection, schema, delivery, outcome.lost)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

type Outcome = { readonly counts: DeliveryCounts } | { readonly lost: unknown }

/** Delivers in one transaction. Only a COMMIT without an answer is `lost`; every other failure has changed nothing. */
async function transact(
  connection: Connection,
  schema: string,
  delivery: Delivery,
  context: WarehouseContext,
): Promise<Outcome> {
  const { target, rows, action } = delivery
  const ledger = openLedger(connection, schema)
  await using session = await openSession({
    memoryLimitBytes: context.memoryLimitBytes,
    threads: context.threads,
    scratch: context.scratch,
    allowed: { folders: folderList(rows), files: [] },
    ...(delivery.signal === undefined ? {} : { signal: delivery.signal }),
  })
  let counts: DeliveryCounts
  if (action === 'full') await makeSchema(connection, target.schema)
  await connection.run('BEGIN', 'beginning a delivery')
  try {
    await findChangedKeys(session, delivery)
    const cleaned =
      target.nul === 'refuse' || rows.files.length === 0
        ? 0
        : await session.count(printCleaned(target, rows), 'counting NUL characters')
    const claim = async (): Promise<void> => assertMayCommit(delivery, await ledger.lock(target.id))
    const work = { connection, session, delivery, scratch: context.scratch, claim }
    const done = await (action === 'full' ? deliverFull(work) : deliverIncrement(work))
    counts = settle(delivery, { read: rowsRead(delivery, done.copied), cleaned, ...done })
    await ledger.write(target.id, delivery.epoch, positionAfter(delivery, counts))
    delivery.signal?.throwIfAborted()
  } catch (error) {
    await connection.client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
  try {
    await connection.run('COMMIT', 'committing a delivery')
    return { counts }
  } catch (error) {
    if (!isLost(error)) throw error
    return { lost: error }
  }
}

/**
 * Finds out whether a COMMIT whose answer was lost took effect. The ledger row is locked until the transaction that wrote it
 * has ended one way or the other, so what is read under its lock is final.
 */
async function whatCommitted(
  connection: Connection,
  schema: string,
  delivery: Delivery,
  lost: unknown,
): Promise<DeliveryCounts> {
  const ledger = openLedger(connection, schema)
  await connection.run('BEGIN', 'looking for a delivery')
  let position: Position | undefined
  try {
    position = (await ledger.lock(delivery.target.id)).position
  } finally {
    await connection.run('ROLLBACK', 'looking for a delivery')
  }
  if (position?.delivery === delivery.position.delivery) return position.counts
  throw new EtlError(
    'connection.failed',
    'the connection was lost at the commit, which did not take effect',
    {
      cause: lost,
      retry: 'transient',
    },
  )
}
