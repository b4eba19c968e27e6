import type { RedshiftWarehouse } from '../redshift.ts'
import type { RedshiftConnection } from './connection.ts'

/** Opens a connection in the way that the warehouse declares. */
export async function connect(
  warehouse: RedshiftWarehouse,
  projectFolder: string,
): Promise<RedshiftConnection> {
  return 'host' in warehouse
    ? (await import('./wire.ts')).connectByWire(warehouse, projectFolder)
    : (await import('./data-api.ts')).connectByDataApi(warehouse)
}
