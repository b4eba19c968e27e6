import { EtlError } from '../base/errors.ts'

export interface DuckdbFileOptions {
  /** The database file, relative to the project; made when it is not there. */
  readonly file: string
}

/** A DuckDB database file: frozen data. */
export interface DuckdbWarehouse extends DuckdbFileOptions {
  readonly kind: 'warehouse'
  readonly service: 'duckdb'
}

/**
 * Declares a DuckDB file as a warehouse. One process at a time may write it, and no other may read it meanwhile: BI tools
 * open it read-only between runs. Fails with `config.invalid`.
 */
export function duckdbFile(file: string): DuckdbWarehouse {
  if (typeof file !== 'string' || file === '')
    throw new EtlError('config.invalid', 'duckdbFile takes the path of a file')
  return Object.freeze({ kind: 'warehouse', service: 'duckdb', file })
}
