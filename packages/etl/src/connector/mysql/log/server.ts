import { EtlError } from '../../../base/errors.ts'
import type { MysqlConnection } from '../connect.ts'
import type { Place } from './place.ts'

/** A server as one who follows its log sees it. */
export interface LogServer {
  readonly kind: 'mariadb' | 'mysql'
  /** In its own words. */
  readonly version: string
  /** `server_id`, which tells the servers of a replication apart. */
  readonly id: number
  readonly foldsNames: boolean
}

/** The end of a log now. */
export interface LogEnd {
  readonly place: Place
  /** Databases whose changes are written, or are not; empty for all. */
  readonly filters: readonly string[]
}

/** Asks a server what it is. */
export async function logServer(connection: MysqlConnection): Promise<LogServer> {
  const [row] = await connection.rows('SELECT VERSION(), @@lower_case_table_names, @@GLOBAL.server_id')
  const version = row?.[0] ?? ''
  return {
    kind: /mariadb/i.test(version) ? 'mariadb' : 'mysql',
    version,
    id: Number(row?.[2]),
    foldsNames: row?.[1] !== '0',
  }
}

/** Where the log ends now. Fails with `source.log-unusable` where the server writes none. */
export async function logEnd(connection: MysqlConnection, server: LogServer): Promise<LogEnd> {
  // MariaDB has the older name of the statement only, MySQL from 8.4 on the newer one.
  const isOlder = server.kind === 'mariadb' || /^(5\.|8\.[01]\.)/.test(server.version)
  const sql = isOlder ? 'SHOW MASTER STATUS' : 'SHOW BINARY LOG STATUS'
  const [row] = await connection.rows(sql)
  const [file, offset, only, without] = row ?? []
  if (file === undefined || file === null)
    throw new EtlError('source.log-unusable', 'the server writes no binary log', {
      hint: 'Start it with log_bin and binlog_format=ROW.',
    })
  const filters = [only, without].flatMap((f) => (f === null || f === undefined || f === '' ? [] : [f]))
  return { place: { file, offset: Number(offset) }, filters }
}

/** Fails with `source.log-unusable` where the log does not hold every change of a row, whole. */
export async function assertUsable(connection: MysqlConnection, end: LogEnd): Promise<void> {
  const [row] = await connection.rows('SELECT @@GLOBAL.binlog_format, @@GLOBAL.binlog_row_image')
  const problems = [
    ...(row?.[0] === 'ROW' ? [] : [`binlog_format is ${row?.[0] ?? ''}, not ROW`]),
    ...(row?.[1] === 'FULL' ? [] : [`binlog_row_image is ${row?.[1] ?? ''}, not FULL`]),
    ...end.filters.map((filter) => `some databases are left out of the log (${filter})`),
  ]
  if (problems.length > 0)
    throw new EtlError(
      'source.log-unusable',
      `the binary log does not hold every change: ${problems.join('; ')}`,
      {
        hint: 'SET GLOBAL binlog_format = ROW, binlog_row_image = FULL; without binlog_do_db and binlog_ignore_db.',
      },
    )
}

/**
 * Foreign keys that change rows of the table when rows of another one go or change (CASCADE, SET NULL). InnoDB does that by
 * itself, and MariaDB writes nothing of it into the log.
 */
export async function silentChanges(connection: MysqlConnection, table: string): Promise<readonly string[]> {
  const rows = await connection.rows(
    `SELECT constraint_name FROM information_schema.referential_constraints
    WHERE constraint_schema = DATABASE() AND BINARY table_name = ?
      AND (update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))`,
    [table],
  )
  return rows.map(([name]) => name ?? '')
}
