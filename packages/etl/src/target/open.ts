import { unreachable } from '../base/errors.ts'
import type { Warehouse, WarehouseContext, WarehouseSession } from './contract.ts'

/** Opens a warehouse; its client is loaded only now. */
export async function openWarehouse(
  warehouse: Warehouse,
  context: WarehouseContext,
): Promise<WarehouseSession> {
  switch (warehouse.service) {
    case 'postgres':
      return (await import('./postgres/session.ts')).openPostgresWarehouse(warehouse, context)
    case 'duckdb':
      return (await import('./duckdb/session.ts')).openDuckdbWarehouse(warehouse, context)
    case 'redshift':
      return (await import('./redshift/session.ts')).openRedshiftWarehouse(warehouse, context)
    default:
      return unreachable(warehouse, 'warehouse')
  }
}
