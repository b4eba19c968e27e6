import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresConnected } from './connect.ts'

const pollMs = 50
const longestWaitMs = 4_000

const micros = (x: string): string => `CAST(extract(epoch FROM ${x}) * 1000000 AS bigint)`

/** The server's clock in microseconds since the epoch. */
export async function serverTime(connection: PostgresConnected): Promise<bigint> {
  const [row] = await connection.rows(`SELECT ${micros('clock_timestamp()')}`)
  return BigInt(row?.[0] ?? 0)
}

/** Whether the beginnings of others' transactions are shown. A standby shows its own only. */
async function maySee(connection: PostgresConnected): Promise<boolean> {
  const [row] = await connection.rows(
    `SELECT pg_has_role('pg_read_all_stats', 'USAGE') AND NOT pg_is_in_recovery() AND current_setting('track_activities') = 'on'`,
  )
  return row?.[0] === 't'
}

/**
 * When the oldest transaction of the database began that is open, in microseconds: the time of the call where none is, 0 where
 * one is prepared, because of such nobody knows when it began. With a `moment`, waits a few seconds at most until all that
 * were open at it have ended. Undefined where the account may not see the transactions of others.
 *
 * Beginnings are asked for and not the identifiers of a snapshot: `now()` is the beginning of a transaction, which may be long
 * before it writes and gets one. To be called outside of a transaction.
 */
export async function openSince(connection: PostgresConnected, moment?: bigint): Promise<bigint | undefined> {
  if (!(await maySee(connection))) return undefined
  for (let waited = 0; ; waited += pollMs) {
    const now = await serverTime(connection)
    const [row] = await connection.rows(
      `SELECT ${micros('min(xact_start)')}, (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())
      FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type NOT IN ('autovacuum worker', 'walsender')`,
    )
    const [began = null, prepared = '0'] = row ?? []
    if (prepared !== '0') return 0n
    const since = began === null || BigInt(began) > now ? now : BigInt(began)
    if (moment === undefined || since > moment || waited >= longestWaitMs) return since
    await sleep(pollMs)
  }
}
