import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../base/errors.ts'
import type { MysqlConnection } from './connect.ts'

const second = 1_000_000n
const pollMs = 250
const longestWaitMs = 4_000

/** The server's clock in microseconds since the epoch. */
export async function serverTime(connection: MysqlConnection): Promise<bigint> {
  const [row] = await connection.rows('SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS DECIMAL(20,0))')
  return BigInt(row?.[0] ?? 0)
}

/**
 * When the oldest transaction began that is open and may have written, by the server's clock, rounded down to a second: the
 * present time where none is open. Undefined where the account may not see the transactions of others (right PROCESS).
 */
export async function openSince(connection: MysqlConnection): Promise<bigint | undefined> {
  const before = await serverTime(connection)
  try {
    // The server shows beginnings in its own time zone, so ages are reckoned in that.
    const [row] = await connection.rows(
      `SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS DECIMAL(20,0)),
        MAX(TIMESTAMPDIFF(SECOND, trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')))
      FROM information_schema.innodb_trx
      WHERE trx_is_read_only = 0 AND trx_mysql_thread_id <> CONNECTION_ID()`,
    )
    const [now = null, age = null] = row ?? []
    if (now === null || age === null) return before
    const began = (BigInt(now) / second - BigInt(age)) * second
    return began < before ? began : before
  } catch (error) {
    if (error instanceof EtlError && error.code === 'connection.unauthorized') return undefined
    throw error
  }
}

/**
 * Waits until all transactions that were open at a moment have ended, a few seconds at most. Returns when the oldest that is
 * open now began, as `openSince` does.
 */
export async function settledSince(connection: MysqlConnection, moment: bigint): Promise<bigint | undefined> {
  for (let waited = 0; ; waited += pollMs) {
    const open = await openSince(connection)
    if (open === undefined || open > moment || waited >= longestWaitMs) return open
    await sleep(pollMs)
  }
}
