import { existsSync } from 'node:fs'
import path from 'node:path'
import { unreachable } from '../base/errors.ts'
import type { Warehouse } from './contract.ts'

/** What a connection check of a warehouse saw. */
export interface WarehouseProbe {
  /** The service in its own words: product and version. */
  readonly service: string
  /** Findings in sentences. */
  readonly notes: readonly string[]
}

/** Where a warehouse is, for people: `bi at db:5432`, or a file. */
export function warehousePlace(warehouse: Warehouse): string {
  switch (warehouse.service) {
    case 'postgres':
      return `${warehouse.database} at ${warehouse.host}:${warehouse.port ?? 5432}`
    case 'duckdb':
      return warehouse.file
    case 'redshift':
      return 'host' in warehouse
        ? `${warehouse.database} at ${warehouse.host}:${warehouse.port ?? 5439}`
        : `${warehouse.database} of ${warehouse.workgroup ?? warehouse.cluster ?? 'Redshift'}`
    default:
      return unreachable(warehouse, 'warehouse')
  }
}

/**
 * Connects to a warehouse and asks whether tables can be made in these schemas; nothing is written. Fails as a delivery
 * would: with `connection.*`, `config.secret`, and with `target.failed` where a right is missing.
 */
export async function probeWarehouse(
  warehouse: Warehouse,
  schemas: readonly string[],
  projectFolder: string,
): Promise<WarehouseProbe> {
  switch (warehouse.service) {
    case 'postgres':
      return (await import('./postgres/probe.ts')).probePostgres(warehouse, schemas, projectFolder)
    case 'redshift':
      return (await import('./redshift/probe.ts')).probeRedshift(warehouse, schemas, projectFolder)
    case 'duckdb': {
      const isThere = existsSync(path.resolve(projectFolder, warehouse.file))
      return { service: 'DuckDB', notes: [isThere ? 'the file is there' : 'the file will be made'] }
    }
    default:
      return unreachable(warehouse, 'warehouse')
  }
}
