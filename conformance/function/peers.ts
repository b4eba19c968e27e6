import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openDuckdb } from './duckdb.ts'
import type { Peer } from './judge.ts'
import { openPostgres } from './postgres.ts'

/** The title of the test that stands for PostgreSQL; it is skipped by this name where there is none. */
export const postgresTitle = `PostgreSQL takes part${missingPostgres() === undefined ? '' : ` (${missingPostgres()})`}`

export const hasPostgres: boolean = missingPostgres() === undefined

/** Opens DuckDB, and PostgreSQL where there is one. */
export async function openPeers(): Promise<readonly Peer[]> {
  return [await openDuckdb(), ...(hasPostgres ? [await openPostgres()] : [])]
}
