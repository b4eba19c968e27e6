import { type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'
import { hasPostgres, hasSpark } from '../function/peers.ts'
import { openDuckdbPlans, openSparkPlans, type PlanPeer } from './plan-peer.ts'
import { openPostgresPlans } from './postgres-peer.ts'

/** Opens DuckDB, PostgreSQL where there is one, and Spark of every supported line where it can be run. */
export async function openPlanPeers(): Promise<readonly PlanPeer[]> {
  const sparks: PlanPeer[] = []
  const lines = hasSpark ? (Object.keys(sparkLines) as SparkLine[]) : []
  for (const line of lines) sparks.push(await openSparkPlans(line))
  return [await openDuckdbPlans(), ...(hasPostgres ? [await openPostgresPlans()] : []), ...sparks]
}
