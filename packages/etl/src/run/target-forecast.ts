import type { TargetDeclaration } from '../author/target.ts'
import type { Lake } from '../lake/contract.ts'
import { openWarehouse } from '../target/open.ts'
import type { Forecast } from './forecast.ts'
import { decideDelivery, type DeliveryDecision } from './target-decide.ts'
import type { DeliveryLimits } from './target-run.ts'

/** What a run would do with one target. */
export interface TargetForecast {
  readonly target: string
  readonly action: DeliveryDecision['action']
  readonly reasons: readonly string[]
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Its table, when that will run before it. */
  readonly after: readonly string[]
}

/** Tells, without writing anything, what a run would deliver now. Asks each warehouse for the position of the target. */
export async function forecastTargets(
  targets: readonly TargetDeclaration[],
  tables: readonly Forecast[],
  options: {
    readonly lake: Lake
    readonly projectFolder: string
    readonly scratch: string
    readonly full: boolean
    readonly limits: DeliveryLimits
  },
): Promise<readonly TargetForecast[]> {
  const running = new Map(tables.filter((t) => t.action !== 'none').map((t) => [t.table, t.action]))
  const found: TargetForecast[] = []
  for (const target of targets) {
    const before = running.get(target.from.name)
    await using warehouse = await openWarehouse(target.to, {
      projectFolder: options.projectFolder,
      scratch: options.scratch,
      ...options.limits,
      readOnly: true,
    })
    const position = await warehouse.position(target.id)
    const table = await options.lake.load(target.from.name)
    const decision = await decideDelivery(target, table, position, options.full)
    const { files } = decision.rows
    found.push({
      target: target.name,
      action:
        before === undefined || decision.action === 'full'
          ? decision.action
          : afterwards(target, before, position === undefined),
      reasons: [
        ...(before === undefined ? [] : [`after ${target.from.name}`]),
        ...(decision.action === 'none' && before !== undefined ? [] : decision.reasons),
      ],
      files: files.length,
      rows: decision.rows.rows,
      bytes: files.reduce((sum, f) => sum + f.bytes, 0),
      after: before === undefined ? [] : [target.from.name],
    })
  }
  return found
}

/** What follows for a target from what its table will do. */
function afterwards(
  target: TargetDeclaration,
  before: Forecast['action'],
  isNew: boolean,
): TargetForecast['action'] {
  if (isNew || target.mode === 'replace') return 'full'
  if (target.mode === 'partition' || target.mode === 'history' || before === 'append') return target.mode
  if (target.mode === 'append') return 'refused'
  return 'merge'
}
