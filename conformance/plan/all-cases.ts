import { exampleCases } from './cases/examples.ts'
import { joinCases } from './cases/combined.ts'
import { groupCases } from './cases/regrouped.ts'
import { nameCases } from './cases/names.ts'
import { rowCases } from './cases/rows.ts'
import { sqlCases } from './cases/sql.ts'
import { timeCases } from './cases/times.ts'
import { windowCases } from './cases/windows.ts'
import type { PlanCase, Values } from './plan-case.ts'
import type { PlanPeer } from './plan-peer.ts'
import { trapCases } from './traps.ts'

/** Plans of this suite, whose rows are written by hand or golden. */
export const ownCases: readonly PlanCase[] = [
  ...rowCases,
  ...nameCases,
  ...joinCases,
  ...groupCases,
  ...windowCases,
  ...timeCases,
  ...trapCases,
]

/** Every plan: of the steps' examples, of the SQL door's suite and of this one. */
export const allCases: readonly PlanCase[] = [...exampleCases, ...sqlCases, ...ownCases]

/** The rows of the SQL door's queries as DuckDB gives them. */
export async function sqlReference(duckdb: PlanPeer): Promise<ReadonlyMap<string, Values>> {
  const rows = new Map<string, Values>()
  for (const one of sqlCases) {
    const node = await one.plan()
    if (!('kind' in node)) throw new Error(`${one.name}: ${JSON.stringify(node)}`)
    const [outcome] = await duckdb.run([{ plan: node, tables: one.tables }])
    if (outcome === undefined || !('rows' in outcome)) throw new Error(`${one.name}: ${outcome?.error}`)
    rows.set(one.name, outcome.rows)
  }
  return rows
}
