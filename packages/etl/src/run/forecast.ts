import type { CompiledTable } from '../author/table.ts'
import { type DecideOptions, type Decision, decide } from './decide.ts'
import { incrementality } from './incremental.ts'

/** What a run would do with one table. */
export interface Forecast {
  readonly table: string
  readonly action: Decision['action']
  readonly reasons: readonly string[]
  /** Files, rows and bytes to read that are known now; what upstream tables will publish first is not in them. */
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Upstream tables that will run before it. */
  readonly after: readonly string[]
}

/** Tells, without writing anything, what a run of the tables would do now. `tables` are in dependency order. */
export async function forecast(
  tables: readonly CompiledTable[],
  options: DecideOptions,
): Promise<readonly Forecast[]> {
  const running = new Set<string>()
  const forecasts: Forecast[] = []
  for (const table of tables) {
    const decision = await decide(table, options)
    const after = table.upstream.filter((u) => running.has(u))
    const found = foreseen(decision, after)
    if (found.action !== 'none') running.add(found.table)
    forecasts.push(found)
  }
  return forecasts
}

function foreseen(decision: Decision, after: readonly string[]): Forecast {
  const { table } = decision
  const how = incrementality(table.plan)
  const waits = decision.action === 'none' && after.length > 0
  const incremental = how.kind !== 'full' && after.every((u) => how.spine.includes(u))
  const action = waits ? (incremental ? how.kind : 'full') : decision.action
  const reads = decision.action === 'none' ? [] : [...decision.reads.values()].flat()
  const sources = decision.source?.scan.files ?? []
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  return {
    table: table.declaration.name,
    action,
    reasons: waits ? after.map((u) => `after ${u}`) : decision.reasons,
    files: reads.length + sources.length,
    rows: sum(reads.map((f) => f.rows)),
    bytes: sum(reads.map((f) => f.bytes)) + sum(sources.map((f) => f.size)),
    after,
  }
}
