import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import { decodePosition, encodePosition, type Position } from '../position.ts'
import type { Connection } from './connect.ts'

/** The ledger table of a warehouse: one row a target, written in the transaction that delivers the rows. */
export interface Ledger {
  read(target: string): Promise<Position | undefined>
  takeEpoch(target: string): Promise<number>
  /** Locks the row of a target until the transaction ends, and returns what it holds. */
  lock(target: string): Promise<{ readonly epoch: number; readonly position: Position | undefined }>
  write(target: string, epoch: number, position: Position): Promise<void>
}

const noTable = '42P01'
/** Any number that other users of advisory locks are unlikely to take; creating the table twice at once would fail. */
const creationLock = '7263501947328'

/** Opens the ledger of a warehouse. The table is made when the first epoch is taken. */
export function openLedger(connection: Connection, schema: string): Ledger {
  const table = `${quoteName(schema)}."deliveries"`
  const doing = 'reading the ledger'
  const select = `SELECT epoch, position FROM ${table} WHERE target = $1`
  const decode = (row: readonly (string | null)[] | undefined): Position | undefined =>
    row?.[1] == null ? undefined : decodePosition(row[1])
  return {
    read: async (target) => {
      try {
        return decode((await connection.rows(select, doing, [target]))[0])
      } catch (error) {
        const { code } = (error as EtlError).cause as { readonly code?: string }
        if (code === noTable) return undefined
        throw error
      }
    },
    takeEpoch: async (target) => {
      await create(connection, schema, table)
      const [row] = await connection.rows(
        `INSERT INTO ${table} (target, taken_epoch) VALUES ($1, 1)
         ON CONFLICT (target) DO UPDATE SET taken_epoch = deliveries.taken_epoch + 1 RETURNING taken_epoch`,
        'taking an epoch',
        [target],
      )
      return Number(row?.[0])
    },
    lock: async (target) => {
      const [row] = await connection.rows(`${select} FOR UPDATE`, doing, [target])
      if (row === undefined)
        throw new EtlError('target.conflict', `the ledger row of ${target} is gone`, { retry: 'transient' })
      return { epoch: Number(row[0]), position: decode(row) }
    },
    write: async (target, epoch, position) => {
      const written = await connection.rows(
        `UPDATE ${table} SET epoch = $2, delivery = $3, relation = $4, upstream_snapshot = $5, row_count = $6,
         delivered_at = $7, position = $8 WHERE target = $1 RETURNING target`,
        'writing the ledger',
        [
          target,
          epoch,
          position.delivery,
          position.relation,
          position.upstream.snapshot,
          position.rows,
          position.deliveredAt,
          encodePosition(position),
        ],
      )
      // A trigger or a rule can leave it out without a word; the rows would then come again.
      if (written.length !== 1)
        throw new EtlError('target.failed', `the ledger row of ${target} was not written`, {
          hint: `Look for triggers and rules of ${table}.`,
        })
    },
  }
}

/** Makes a schema that is not there; two that make it at once do not fail. */
export async function makeSchema(connection: Connection, schema: string): Promise<void> {
  const doing = `making the schema ${schema}`
  const [found] = await connection.rows('SELECT 1 FROM pg_namespace WHERE nspname = $1', doing, [schema])
  if (found !== undefined) return
  await alone(connection, `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`, doing)
}

/** Runs statements that no other delivery runs at the same time, in a transaction of their own. */
async function alone(connection: Connection, sql: string, doing: string): Promise<void> {
  try {
    await connection.run(`BEGIN; SELECT pg_advisory_xact_lock(${creationLock}); ${sql}; COMMIT`, doing)
  } catch (error) {
    await connection.client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function create(connection: Connection, schema: string, table: string): Promise<void> {
  const doing = 'making the ledger'
  const [found] = await connection.rows(`SELECT to_regclass(${quoteText(table)})`, doing)
  if (found?.[0] != null) return
  await makeSchema(connection, schema)
  await alone(
    connection,
    `CREATE TABLE IF NOT EXISTS ${table} (
       target text PRIMARY KEY, taken_epoch bigint NOT NULL, epoch bigint NOT NULL DEFAULT 0, delivery text,
       relation text, upstream_snapshot text, row_count bigint, delivered_at timestamptz, position text)`,
    doing,
  )
}
