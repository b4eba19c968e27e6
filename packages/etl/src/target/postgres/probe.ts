import type { PostgresWarehouse } from '../postgres.ts'
import type { WarehouseProbe } from '../probe.ts'
import { probeSchemas } from '../probe-schemas.ts'
import { connect } from './connect.ts'

/** Connects, and asks for the version and for the rights that deliveries into these schemas need. */
export async function probePostgres(
  warehouse: PostgresWarehouse,
  schemas: readonly string[],
  projectFolder: string,
): Promise<WarehouseProbe> {
  const { database, user, ledgerSchema = 'securecart' } = warehouse
  const doing = `asking for the rights of ${user}`
  await using connection = await connect(warehouse, projectFolder)
  const [[version = ''] = []] = await connection.rows(`SELECT current_setting('server_version')`, doing)
  const rows = (sql: string): ReturnType<typeof connection.rows> => connection.rows(sql, doing)
  return await probeSchemas({
    service: `PostgreSQL ${version}`,
    database,
    user,
    schemas: [...schemas, ledgerSchema],
    rows,
  })
}
