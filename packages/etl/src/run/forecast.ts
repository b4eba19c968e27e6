import type { CompiledTable, TableDeclaration } from '../author/table.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { type DecideOptions, type Decision, decide } from './decide.ts'
import { incrementality } from './incremental.ts'
import { ascendingOf } from './succession.ts'
import { afterRenames, findRenames, renameReasons } from './placement.ts'

/** What a run would do with one table. */
export interface Forecast {
  readonly table: string
  readonly action: Decision['action']
  readonly reasons: readonly string[]
  /** Files, rows and bytes to read that are known now; what upstream tables will publish first is not in them. */
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** The connector that rows would be fetched by; how many there are only the fetch tells. */
  readonly connector?: string
  /** Upstream tables that will run before it. */
  readonly after: readonly string[]
}

export interface ForecastOptions extends DecideOptions {
  /** All tables of the project, see `RunOptions`. */
  readonly declared?: readonly TableDeclaration[]
  /** How S3 is reached, for sources that lie there. */
  readonly s3?: S3Options
}

/** Tells, without writing anything, what a run of the tables would do now. `tables` are in dependency order. */
export async function forecast(
  tables: readonly CompiledTable[],
  options: ForecastOptions,
): Promise<readonly Forecast[]> {
  await using objects = openS3(options.s3)
  const renames = await findRenames(options.declared ?? tables.map((t) => t.declaration), options.lake)
  const lake = afterRenames(options.lake, renames)
  const running = new Map<string, Decision['action']>()
  const forecasts: Forecast[] = []
  for (const table of tables) {
    const decision = await decide(table, { ...options, lake, objects })
    const after = table.upstream.filter((u) => running.has(u))
    const found = foreseen(decision, after, (u) => running.get(u) === 'append')
    if (found.action !== 'none') running.set(found.table, found.action)
    forecasts.push({ ...found, reasons: [...renameReasons(renames, found.table), ...found.reasons] })
  }
  return forecasts
}

function foreseen(
  decision: Decision,
  after: readonly string[],
  appends: (upstream: string) => boolean,
): Forecast {
  const { table } = decision
  const how = incrementality(table.plan, ascendingOf(table))
  const waits = decision.action === 'none' && after.length > 0
  // What an upstream merges or builds anew is rewritten; what is not on the spine changes earlier rows.
  const incremental = how.kind !== 'full' && after.every((u) => how.spine.includes(u) && appends(u))
  const kind = waits ? how.kind : decision.action
  const action = after.length === 0 || incremental ? kind : 'full'
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
    ...(decision.remote === undefined ? {} : { connector: decision.remote.source.connector }),
    after,
  }
}
