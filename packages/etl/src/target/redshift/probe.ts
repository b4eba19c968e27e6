import type { WarehouseProbe } from '../probe.ts'
import { probeSchemas } from '../probe-schemas.ts'
import type { RedshiftWarehouse } from '../redshift.ts'
import { connect } from './connect.ts'

/**
 * Connects, and asks who it is and for the rights that deliveries into these schemas need. The folder in S3 and the role that
 * reads it show themselves with the first delivery.
 */
export async function probeRedshift(
  warehouse: RedshiftWarehouse,
  schemas: readonly string[],
  projectFolder: string,
): Promise<WarehouseProbe> {
  const { database, ledgerSchema = 'securecart', stage } = warehouse
  await using connection = await connect(warehouse, projectFolder)
  const doing = 'asking for rights in Redshift'
  const [[user] = []] = await connection.rows('SELECT current_user', doing)
  const seen = await probeSchemas({
    service: 'Amazon Redshift',
    database,
    user: user ?? 'the user',
    // Redshift keeps names in lower case.
    schemas: [...schemas, ledgerSchema].map((name) => name.toLowerCase()),
    rows: (sql) => connection.rows(sql, doing),
  })
  return { ...seen, notes: [...seen.notes, `rows will be staged in ${stage}; the role is not tried here`] }
}
