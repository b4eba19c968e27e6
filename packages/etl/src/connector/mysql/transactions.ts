import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../base/errors.ts'
import type { MysqlConnection } from './connect.ts'

const second = 1_000_000n
const pollMs = 150
const longestWaitMs = 4_000

/** The server's clock in microseconds since the epoch. */
export async function serverTime(connection: MysqlConnection): Promise<bigint> {
  const [row] = await connection.rows('SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS DECIMAL(20,0))')
  return BigInt(row?.[0] ?? 0)
}

interface Open {
  /** Whether the list is younger than the connection's own transaction. */
  readonly isFresh: boolean
  /** When the oldest of the others began; undefined where there is none. */
  readonly began: bigint | undefined
}

async function openNow(connection: MysqlConnection): Promise<Open> {
  // The server shows beginnings in its own time zone, so ages are reckoned in that.
  const [row] = await connection.rows(
    `SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS DECIMAL(20,0)),
      MAX(IF(trx_mysql_thread_id = CONNECTION_ID() OR trx_is_read_only = 1, NULL,
        TIMESTAMPDIFF(SECOND, trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')))),
      COUNT(IF(trx_mysql_thread_id = CONNECTION_ID(), 1, NULL))
    FROM information_schema.innodb_trx`,
  )
  const [now = null, age = null, own = null] = row ?? []
  const began = now === null || age === null ? undefined : (BigInt(now) / second - BigInt(age)) * second
  return { isFresh: Number(own) > 0, began }
}

async function watch(connection: MysqlConnection, moment: bigint | undefined): Promise<bigint> {
  const before = await serverTime(connection)
  // The server keeps the list for a while: it is a new one when it shows a transaction that has just begun.
  await connection.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  try {
    for (let waited = 0; ; waited += pollMs) {
      const { isFresh, began } = await openNow(connection)
      const since = began === undefined || began > before ? before : began
      const isLast = waited >= longestWaitMs
      if (isFresh && (moment === undefined || since > moment || isLast)) return since
      if (isLast) return 0n
      await sleep(pollMs)
    }
  } finally {
    await connection.rows('COMMIT')
  }
}

/**
 * When the oldest transaction began that is open and may have written, by the server's clock, rounded down to a second: the
 * time of the call where none is open, 0 where the server shows no new list. With a `moment`, waits a few seconds at most
 * until all that were open at it have ended. Undefined where the account may not see the transactions of others (right
 * PROCESS). To be called once for a connection, outside of a transaction.
 */
export async function openSince(connection: MysqlConnection, moment?: bigint): Promise<bigint | undefined> {
  try {
    return await watch(connection, moment)
  } catch (error) {
    if (error instanceof EtlError && error.code === 'connection.unauthorized') return undefined
    throw error
  }
}
