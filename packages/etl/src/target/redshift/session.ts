import { EtlError } from '../../base/errors.ts'
import { openSession } from '../../engine/duckdb/session.ts'
import { openS3 } from '../../store/s3/index.ts'
import type { WarehouseContext, WarehouseSession } from '../contract.ts'
import { findChangedKeys } from '../changed-keys.ts'
import { positionAfter, rowsRead, settle } from '../counts.ts'
import { assertMayCommit } from '../fence.ts'
import { folderList } from '../folders.ts'
import type { DeliveryCounts } from '../position.ts'
import type { RedshiftWarehouse } from '../redshift.ts'
import { printCleaned } from '../selection.ts'
import { connect } from './connect.ts'
import { isGuard, isUnknown } from './failure.ts'
import { prepareFull } from './full.ts'
import { prepareIncrement } from './increment.ts'
import { layoutMark } from './layout.ts'
import { openLedger } from './ledger.ts'
import { removeOlder, removeOwn } from './leftovers.ts'
import { insisting } from './patience.ts'
import { lowered } from './table.ts'
import type { Prepared, Work } from './work.ts'

/** Opens a connection to Redshift as a warehouse. */
export async function openRedshiftWarehouse(
  warehouse: RedshiftWarehouse,
  context: WarehouseContext,
): Promise<WarehouseSession> {
  const ledgerSchema = warehouse.ledgerSchema ?? 'securecart'
  const connection = await connect(warehouse, context.projectFolder)
  const ledgerOf = (target: string): ReturnType<typeof openLedger> =>
    openLedger(connection, ledgerSchema, target)
  return {
    position: async (target) => (await ledgerOf(target).read())?.position,
    takeEpoch: async (target) => {
      try {
        return await ledgerOf(target).takeEpoch()
      } catch (error) {
        if (!isUnknown(error)) throw error
        // Whether it was taken or not, another one is as good; what is left of the old connection may hold the ledger.
        await connection.recover()
        return ledgerOf(target).takeEpoch()
      }
    },
    deliver: async (declared) => {
      const delivery = { ...declared, target: lowered(declared.target) }
      await using objects = openS3(context.s3)
      await using session = await openSession({
        memoryLimitBytes: context.memoryLimitBytes,
        threads: context.threads,
        scratch: context.scratch,
        allowed: { folders: folderList(delivery.rows), files: [] },
        ...(delivery.signal === undefined ? {} : { signal: delivery.signal }),
      })
      const { scratch } = context
      const ledger = ledgerOf(delivery.target.id)
      const work: Work = { warehouse, connection, session, objects, delivery, scratch, ledger, ledgerSchema }
      // Awaited here: what is opened must outlive it.
      return await deliver(work)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** Prepares a delivery in tables of its own, and commits it in one transaction whose statements are known before it begins. */
async function deliver(work: Work): Promise<DeliveryCounts> {
  const { delivery, session } = work
  const { target, rows, action } = delivery
  try {
    await findChangedKeys(session, delivery)
    const cleaned =
      target.nul === 'refuse' || rows.files.length === 0
        ? 0
        : await session.count(printCleaned(target, rows), 'counting NUL characters')
    const prepared = await (action === 'full' ? prepareFull(work) : prepareIncrement(work))
    const counts = settle(delivery, { read: rowsRead(delivery, prepared.copied), cleaned, ...prepared })
    delivery.signal?.throwIfAborted()
    const committed = await commit(work, prepared, counts)
    await removeOlder(work)
    return committed
  } catch (error) {
    // A newer run that has delivered removes what older ones have staged.
    const isPlain = error instanceof EtlError && error.code === 'target.failed'
    throw isPlain ? await overtaken(work, error) : error
  } finally {
    await removeOwn(work)
  }
}

async function commit(work: Work, prepared: Prepared, counts: DeliveryCounts): Promise<DeliveryCounts> {
  const { connection, delivery, ledger } = work
  const { target } = delivery
  const doing = `delivering ${target.schema}.${target.name}`
  const position = { ...positionAfter(delivery, counts), layout: layoutMark(target) }
  const statements = [...ledger.claim(delivery), ...prepared.statements, ledger.write(delivery, position)]
  try {
    await insisting(() => connection.transact(statements, doing), isGuard)
    return counts
  } catch (error) {
    if (isGuard(error)) throw await overtaken(work, error)
    if (!isUnknown(error)) throw error
    await connection.recover()
    return whatCommitted(work, error)
  }
}

/** Whether another run has delivered meanwhile: then that is what a failure comes from. */
async function overtaken({ delivery, ledger }: Work, error: unknown): Promise<unknown> {
  const found = await ledger.read().catch(() => undefined)
  if (found === undefined) return error
  try {
    assertMayCommit(delivery, found)
  } catch (reason) {
    return reason
  }
  return error
}

/**
 * Finds out whether a transaction whose answer was lost took effect: the lock of the ledger is held until it has ended one
 * way or the other, so what is read after it is final.
 */
async function whatCommitted({ delivery, ledger }: Work, lost: unknown): Promise<DeliveryCounts> {
  const found = await ledger.settle()
  if (found?.position?.delivery === delivery.position.delivery) return found.position.counts
  throw new EtlError(
    'connection.failed',
    'the connection was lost at the commit, which did not take effect',
    { cause: lost, retry: 'transient' },
  )
}
