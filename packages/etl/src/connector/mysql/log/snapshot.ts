import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../../base/errors.ts'
import type { MysqlServer } from '../../mysql.ts'
import { connectMysql, type MysqlConnection } from '../connect.ts'
import { quoteMysqlName } from '../select.ts'
import type { Place } from './place.ts'
import { logEnd, type LogServer } from './server.ts'

/** A snapshot that a connection reads from now on, and the place of the log that it is of. */
export interface LogSnapshot {
  readonly place: Place
  /** By the server's clock, in UTC. */
  readonly time: string
  readonly gtid?: string
}

/**
 * Begins a snapshot on a connection and tells the place of the log that it is of: all changes before the place are in the
 * snapshot, none after it is. MariaDB tells it of any snapshot; for MySQL the table is locked against writers for a moment.
 */
export async function beginLogSnapshot(
  connection: MysqlConnection,
  server: LogServer,
  at: MysqlServer,
  table: string,
  signal?: AbortSignal,
): Promise<LogSnapshot> {
  await connection.rows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  const place =
    server.kind === 'mariadb'
      ? await ofMariadb(connection)
      : await ofMysql(connection, server, at, table, signal)
  const [row] = await connection.rows('SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)')
  const time = row?.[0] ?? ''
  if (server.kind === 'mysql') return { place, time }
  const [gtid] = await connection.rows('SELECT BINLOG_GTID_POS(?, ?)', [place.file, place.offset])
  return { place, time, gtid: gtid?.[0] ?? '' }
}

const snapshot = 'START TRANSACTION WITH CONSISTENT SNAPSHOT'

async function ofMariadb(connection: MysqlConnection): Promise<Place> {
  await connection.rows(snapshot)
  await untilNothingPrepared(connection)
  const rows = await connection.rows("SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")
  const status = new Map(rows.map(([name, value]) => [name?.toLowerCase(), value]))
  const file = status.get('binlog_snapshot_file')
  if (file === undefined || file === null || file === '')
    throw new EtlError('source.log-unusable', 'the server does not tell the place of a snapshot in its log')
  return { file, offset: Number(status.get('binlog_snapshot_position')) }
}

const pollMs = 250
const longestWaitMs = 4_000

/**
 * A transaction that is prepared (XA) lies before the place in the log, and is not in the snapshot: neither would show it.
 * Such are waited for, a few seconds at most; then the snapshot is begun again.
 */
async function untilNothingPrepared(connection: MysqlConnection): Promise<void> {
  for (let waited = 0; ; waited += pollMs) {
    const prepared = await connection.rows('XA RECOVER')
    if (prepared.length === 0) return
    if (waited >= longestWaitMs)
      throw new EtlError(
        'source.failed',
        `${prepared.length} prepared XA transactions are open, which a snapshot does not show`,
        { retry: 'transient', hint: 'Commit them or roll them back (XA RECOVER lists them).' },
      )
    await connection.rows('COMMIT')
    await sleep(pollMs)
    await connection.rows(snapshot)
  }
}

async function ofMysql(
  connection: MysqlConnection,
  server: LogServer,
  at: MysqlServer,
  table: string,
  signal: AbortSignal | undefined,
): Promise<Place> {
  await using lock = await connectMysql(at, signal)
  await lock.rows('SET SESSION lock_wait_timeout = 10')
  // Whoever changed the table has committed, and is in the log; nobody else begins.
  await lock.rows(`LOCK TABLES ${quoteMysqlName(table)} READ`)
  await connection.rows(snapshot)
  return (await logEnd(lock, server)).place
}
