import { writeFile } from 'node:fs/promises'
import { allCases, sqlReference } from '../conformance/plan/all-cases.ts'
import { matrixPath, planMatrix } from '../conformance/plan/matrix.ts'
import { openPlanPeers } from '../conformance/plan/plan-peers.ts'
import { judgeCases } from '../conformance/plan/suite.ts'
import { traps } from '../conformance/plan/traps.ts'
import { steps } from '../packages/etl/src/step/index.ts'

/** Puts all plans to DuckDB, PostgreSQL and both lines of Spark, and writes docs/reference/plans.md from what they gave. */
const peers = await openPlanPeers()
const [duckdb] = peers
if (duckdb === undefined) throw new Error('no DuckDB')
const reference = await sqlReference(duckdb)
const judged = await Promise.all(peers.map((peer) => judgeCases(peer, allCases, reference)))
const verdicts = judged.flat()
for (const peer of peers) await peer[Symbol.asyncDispose]()
for (const v of verdicts.filter((verdict) => verdict.status === 'wrong')) {
  console.error(v.detail)
  process.exitCode = 1
}
const names = steps.map((s) => s.name)
await writeFile(new URL(`../${matrixPath}`, import.meta.url), planMatrix(names, verdicts, traps))
console.info(`${matrixPath}: ${allCases.length} plans on ${peers.length} databases`)
