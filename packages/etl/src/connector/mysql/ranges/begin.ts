import type { MysqlConnection } from '../connect.ts'

/**
 * Begins a snapshot, in place of the one that there is, and tells the place of the log that it is of: snapshots of one
 * place show the same rows. Undefined where the server does not tell: MySQL, and MariaDB without a log. Source: MariaDB,
 * "START TRANSACTION WITH CONSISTENT SNAPSHOT" and "Enhancements for START TRANSACTION WITH CONSISTENT SNAPSHOT".
 */
export async function beginPlacedSnapshot(connection: MysqlConnection): Promise<string | undefined> {
  await connection.rows('COMMIT')
  await connection.rows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  await connection.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
  const rows = await connection.rows("SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")
  const status = new Map(rows.map(([name, value]) => [name?.toLowerCase(), value ?? '']))
  const file = status.get('binlog_snapshot_file') ?? ''
  return file === '' ? undefined : `${file}:${status.get('binlog_snapshot_position')}`
}
