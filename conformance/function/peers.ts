import { missingPostgres } from '../../tools/peers/postgres.ts'
import { missingSparkConnect, type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'
import { openDuckdb } from './duckdb.ts'
import type { Peer } from './judge.ts'
import { openPostgres } from './postgres.ts'
import { openSparkPeer } from './spark.ts'

/** The title of the test that stands for PostgreSQL; it is skipped by this name where there is none. */
export const postgresTitle = `PostgreSQL takes part${missingPostgres() === undefined ? '' : ` (${missingPostgres()})`}`

export const hasPostgres: boolean = missingPostgres() === undefined

/** The title of the test that stands for Spark; it is skipped by this name where none can be run. */
export const sparkTitle = `Spark takes part${missingSparkConnect() === undefined ? '' : ` (${missingSparkConnect()})`}`

export const hasSpark: boolean = missingSparkConnect() === undefined

/** Opens DuckDB, PostgreSQL where there is one, and Spark of every supported line where it can be run. */
export async function openPeers(): Promise<readonly Peer[]> {
  const lines = hasSpark ? (Object.keys(sparkLines) as SparkLine[]) : []
  const sparks: Peer[] = []
  for (const line of lines) sparks.push(await openSparkPeer(line))
  return [await openDuckdb(), ...(hasPostgres ? [await openPostgres()] : []), ...sparks]
}
