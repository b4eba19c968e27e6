import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { engineFailure } from '../../engine/duckdb/failure.ts'
import type { Session } from '../../engine/duckdb/session.ts'
import { quoteText } from '../../function/dialect.ts'
import type { Statements } from '../apply.ts'
import { findChangedKeys } from '../changed-keys.ts'
import type { Delivery, WarehouseContext, WarehouseSession } from '../contract.ts'
import { decodePosition, type DeliveryCounts, encodePosition, type Position } from '../position.ts'
import { positionAfter, rowsRead, settle } from '../counts.ts'
import type { DuckdbWarehouse } from '../duckdb.ts'
import { assertMayCommit } from '../fence.ts'
import { folderList } from '../folders.ts'
import { attach, database } from './attach.ts'
import { deliverFull, deliverIncrement } from './deliver.ts'

const table = `${database}.securecart.deliveries`

/**
 * Opens a DuckDB file as a warehouse. The file is open only while one of the calls runs, so that others can read it
 * between deliveries.
 */
export function openDuckdbWarehouse(warehouse: DuckdbWarehouse, context: WarehouseContext): WarehouseSession {
  const file = path.resolve(context.projectFolder, warehouse.file)
  return {
    position: async (target) => {
      await using session = await attach(file, { ...context, readOnly: true }, [])
      return (await readRow(session, target)).position
    },
    takeEpoch: async (target) => {
      await using session = await attach(file, context, [])
      await session.run(createLedger, 'making the ledger')
      const name = quoteText(target)
      await session.run(
        `INSERT INTO ${table} (target, taken_epoch) SELECT ${name}, 0
         WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE target = ${name})`,
        'taking an epoch',
      )
      const [row] = await session.rows(
        `UPDATE ${table} SET taken_epoch = taken_epoch + 1 WHERE target = ${name} RETURNING taken_epoch`,
        'taking an epoch',
      )
      return Number(row?.[0])
    },
    deliver: async (delivery) => {
      await using session = await attach(file, context, folderList(delivery.rows), delivery.signal)
      // Awaited here: the session must outlive it.
      return await transact(session, delivery)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

// Without a key: an index that was updated before a crash may be broken after it.
const createLedger = `CREATE SCHEMA IF NOT EXISTS ${database}.securecart; CREATE TABLE IF NOT EXISTS ${table} (
  target VARCHAR NOT NULL, taken_epoch BIGINT NOT NULL, epoch BIGINT NOT NULL DEFAULT 0, delivery VARCHAR, relation VARCHAR,
  upstream_snapshot VARCHAR, row_count BIGINT, delivered_at TIMESTAMPTZ, position VARCHAR)`

async function readRow(
  session: Session,
  target: string,
): Promise<{ readonly epoch: number; readonly position: Position | undefined }> {
  const doing = 'reading the ledger'
  const there = await session.count(
    `SELECT count(*) FROM duckdb_tables() WHERE database_name = '${database}' AND schema_name = 'securecart' AND table_name = 'deliveries'`,
    doing,
  )
  if (there === 0) return { epoch: 0, position: undefined }
  const [row] = await session.rows(
    `SELECT epoch, position FROM ${table} WHERE target = ${quoteText(target)}`,
    doing,
  )
  const text = row?.[1]
  return {
    epoch: Number(row?.[0] ?? 0),
    position: typeof text === 'string' ? decodePosition(text) : undefined,
  }
}

function statementsOf(session: Session): Statements {
  return {
    run: async (sql, doing) => {
      try {
        return (await session.connection.run(sql)).rowsChanged
      } catch (error) {
        throw engineFailure(error, doing)
      }
    },
  }
}

async function transact(session: Session, delivery: Delivery): Promise<DeliveryCounts> {
  const { target, action } = delivery
  const doing = `delivering ${target.schema}.${target.name}`
  await session.run('BEGIN TRANSACTION', doing)
  let counts: DeliveryCounts
  try {
    // The file has one writer, so what is checked now holds until the commit.
    assertMayCommit(delivery, await readRow(session, target.id))
    await findChangedKeys(session, delivery)
    const work = { session, sql: statementsOf(session), delivery }
    const done = await (action === 'full' ? deliverFull(work) : deliverIncrement(work))
    counts = settle(delivery, { read: rowsRead(delivery, done.copied), cleaned: 0, ...done })
    await writeRow(session, delivery, positionAfter(delivery, counts))
    delivery.signal?.throwIfAborted()
  } catch (error) {
    await session.connection.run('ROLLBACK').catch(() => undefined)
    throw error
  }
  await session.run('COMMIT', doing)
  // After an error that it has met, DuckDB answers a COMMIT with success and rolls back.
  const { position } = await readRow(session, target.id)
  if (position?.delivery !== delivery.position.delivery)
    throw new EtlError('target.failed', `${doing} failed: the commit did not take effect`)
  return counts
}

async function writeRow(session: Session, { target, epoch }: Delivery, position: Position): Promise<void> {
  await session.run(
    `UPDATE ${table} SET epoch = ${epoch}, delivery = ${quoteText(position.delivery)}, relation = ${quoteText(position.relation)},
     upstream_snapshot = ${quoteText(position.upstream.snapshot)}, row_count = ${position.rows},
     delivered_at = ${quoteText(position.deliveredAt)}, position = ${quoteText(encodePosition(position))}
     WHERE target = ${quoteText(target.id)}`,
    'writing the ledger',
  )
}
