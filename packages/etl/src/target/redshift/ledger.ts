import { gunzipSync, gzipSync } from 'node:zlib'
import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { Delivery } from '../contract.ts'
import { decodePosition, encodePosition, type Position } from '../position.ts'
import type { RedshiftConnection, TextRows } from './connection.ts'
import { isExistingRelation, isMissingRelation } from './failure.ts'
import { insisting } from './patience.ts'
import { markOf, quoteRedshiftText } from './sql.ts'

/** What the ledger of a target says. */
export interface Entry {
  readonly epoch: number
  readonly position: Position | undefined
}

/**
 * The ledger of one target: a table of its own with one row, written in the transaction that delivers the rows. Redshift
 * locks whole tables and tells conflicts by them, so that targets with one table would wait for each other.
 */
export interface Ledger {
  /** The schema, quoted. */
  read(): Promise<Entry | undefined>
  takeEpoch(): Promise<number>
  /** Waits for every transaction that writes the ledger, and reads what is final. */
  settle(): Promise<Entry | undefined>
  /**
   * The first statements of a delivery's transaction: the lock, before which nothing may be read (the snapshot of a
   * transaction is taken at its first query), and a guard that divides by zero unless the delivery may still commit.
   */
  claim(delivery: Delivery): readonly string[]
  /** The last statement of a delivery's transaction. Fails with `target.failed` when the position is too long. */
  write(delivery: Delivery, position: Position): string
}

const maxPositionBytes = 60_000

/** Long positions, of tables with many columns, are packed: a column holds 65,535 bytes, a statement of the Data API 100 KB. */
export function packPosition(position: Position): string {
  const text = encodePosition(position)
  const packed =
    Buffer.byteLength(text) <= maxPositionBytes ? text : `gzip:${gzipSync(text).toString('base64')}`
  if (Buffer.byteLength(packed) <= maxPositionBytes) return packed
  throw new EtlError('target.failed', `${position.relation} has too many columns for the ledger of Redshift`)
}

const unpackPosition = (text: string): Position =>
  decodePosition(
    text.startsWith('gzip:') ? gunzipSync(Buffer.from(text.slice(5), 'base64')).toString('utf8') : text,
  )

/** Opens the ledger of a target. Its table is made when the first epoch is taken. */
export function openLedger(connection: RedshiftConnection, schema: string, target: string): Ledger {
  const table = `${quoteName(schema)}.${quoteName(`delivery$${markOf(target)}`)}`
  const doing = 'reading the ledger'
  const name = quoteRedshiftText(target)
  const lock = `LOCK TABLE ${table}`
  const select = `SELECT epoch, position FROM ${table} WHERE target = ${name}`
  const entryIn = ([row]: TextRows): Entry | undefined =>
    row === undefined
      ? undefined
      : { epoch: Number(row[0]), position: row[1] == null ? undefined : unpackPosition(row[1]) }
  const orNone = async (task: Promise<TextRows>): Promise<Entry | undefined> => {
    try {
      return entryIn(await task)
    } catch (error) {
      if (isMissingRelation(error)) return undefined
      throw error
    }
  }
  const advance = (): Promise<TextRows> =>
    insisting(
      () =>
        connection.transact(
          [
            lock,
            `UPDATE ${table} SET taken_epoch = taken_epoch + 1 WHERE target = ${name}`,
            `SELECT taken_epoch FROM ${table} WHERE target = ${name}`,
          ],
          'taking an epoch',
        ),
      () => false,
    )
  return {
    read: () => orNone(connection.rows(select, doing)),
    settle: () => orNone(connection.transact([lock, select], doing)),
    takeEpoch: async () => {
      const found = await advance().catch(async (error: unknown) => {
        if (!isMissingRelation(error)) throw error
        await create(connection, schema, table, name)
        return advance()
      })
      return Number(found[0]?.[0])
    },
    claim: ({ epoch, base }) => [
      lock,
      `SELECT 1 / COUNT(*) FROM ${table} WHERE target = ${name} AND epoch <= ${epoch} AND ${
        base === undefined ? 'delivery IS NULL' : `delivery = ${quoteRedshiftText(base.delivery)}`
      }`,
    ],
    write: ({ epoch }, position) =>
      `UPDATE ${table} SET epoch = ${epoch}, delivery = ${quoteRedshiftText(position.delivery)},
       relation = ${quoteRedshiftText(position.relation)}, upstream_snapshot = ${quoteRedshiftText(position.upstream.snapshot)},
       row_count = ${position.rows}, delivered_at = ${quoteRedshiftText(position.deliveredAt)},
       position = ${quoteRedshiftText(packPosition(position))} WHERE target = ${name}`,
  }
}

/** Makes a schema; two that make it at once do not fail. */
export async function makeSchema(connection: RedshiftConnection, schema: string): Promise<void> {
  const doing = `making the schema ${schema}`
  const found = await connection.rows(
    `SELECT 1 FROM pg_namespace WHERE nspname = ${quoteRedshiftText(schema)}`,
    doing,
  )
  if (found.length > 0) return
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`, doing).catch(ignoreExisting)
}

function ignoreExisting(error: unknown): void {
  // Which of two that make it at once is told so depends on how far the other one was.
  if (!isExistingRelation(error) && !/duplicate key|conflict/i.test(String(error))) throw error
}

/** Makes the table with its one row in one transaction: no key keeps a second row out, the table's name does. */
async function create(
  connection: RedshiftConnection,
  schema: string,
  table: string,
  name: string,
): Promise<void> {
  await makeSchema(connection, schema)
  const statements = [
    `CREATE TABLE ${table} (target VARCHAR(1024) NOT NULL, taken_epoch BIGINT NOT NULL, epoch BIGINT NOT NULL,
     delivery VARCHAR(64), relation VARCHAR(256), upstream_snapshot VARCHAR(64), row_count BIGINT,
     delivered_at VARCHAR(32), position VARCHAR(65535))`,
    `INSERT INTO ${table} (target, taken_epoch, epoch) VALUES (${name}, 0, 0)`,
  ]
  await connection.transact(statements, 'making the ledger').catch(ignoreExisting)
}
