import type { TargetDeclaration } from '../author/target.ts'
import { EtlError } from '../base/errors.ts'
import { fingerprint } from '../base/json.ts'
import type { LakeTable } from '../lake/contract.ts'
import { sameType, type Schema } from '../plan/type.ts'
import type { DeliveredRows } from '../target/contract.ts'
import type { DeliveryAction, Position } from '../target/position.ts'
import { layoutMark } from '../target/redshift/layout.ts'
import { canWiden } from './evolution.ts'

/** What a run would do with a target, and why. */
export interface DeliveryDecision {
  /** `refused`: rows that were appended are no longer the table's; only a full refresh, asked for, mends that. */
  readonly action: DeliveryAction | 'refused'
  readonly reasons: readonly string[]
  readonly rows: DeliveredRows
  /** The rows are all that the table holds: for a history, other keys have gone. */
  readonly complete: boolean
}

/** Identifies what the rows of a target depend on besides those of its table. */
export function targetDefinition({ mode, key, order, partition, nul }: TargetDeclaration): string {
  return fingerprint({ mode, key, order, partition: partition ?? null, nul })
}

/** Decides what a target needs, from its position in the warehouse and its table in the lake. */
export async function decideDelivery(
  target: TargetDeclaration,
  table: LakeTable | undefined,
  position: Position | undefined,
  full: boolean,
): Promise<DeliveryDecision> {
  if (table?.rowsOf === undefined) return nothing(table, `${target.from.name} has not been built`)
  const fresh =
    position === undefined
      ? 'new target'
      : position.relation === target.name
        ? undefined
        : `renamed: ${position.relation} stays as it is`
  if (fresh !== undefined || position === undefined) return whole(target, table, [fresh ?? ''])
  if (full) return whole(target, table, ['a full refresh was asked for'])
  const rebuild = rebuildReason(target, table, position)
  if (rebuild !== undefined) return mended(target, table, rebuild)
  const { snapshot } = position.upstream
  const news = [
    ...(snapshot === String(table.rowsOf) ? [] : [`${target.from.name} changed`]),
    ...(JSON.stringify(position.indexes) === JSON.stringify(target.indexes) ? [] : ['the indexes changed']),
    ...(sameLayout(target, position) ? [] : ['the layout changed']),
    ...(sameColumns(position.schema, table.schema) ? [] : ['the columns changed']),
  ]
  if (news.length === 0) return nothing(table, 'nothing new')
  if (snapshot !== String(table.rowsOf) && target.mode === 'replace') return whole(target, table, news)
  const appended = await table.appendedSince(BigInt(snapshot))
  if (target.mode === 'partition') return betweenStates(target, table, snapshot, news)
  if (appended !== undefined) {
    const action = target.mode === 'replace' ? 'append' : target.mode
    return { action, reasons: news, complete: false, rows: rowsOf(table, appended) }
  }
  const rewritten = `${target.from.name} was rewritten`
  if (target.mode === 'merge') return betweenStates(target, table, snapshot, [...news, rewritten])
  return target.mode === 'history'
    ? whole(target, table, [...news, rewritten], 'history')
    : mended(target, table, rewritten)
}

function rebuildReason(target: TargetDeclaration, table: LakeTable, position: Position): string | undefined {
  if (position.definition !== targetDefinition(target)) return 'the definition changed'
  // A history outlives its table: what is there now is compared with it.
  if (position.upstream.uuid !== table.uuid && target.mode !== 'history')
    return `${target.from.name} was created anew`
  const before = new Map(position.schema.map((f) => [f.name, f.type]))
  const changed = table.schema.find((f) => {
    const type = before.get(f.name)
    return type !== undefined && !sameType(type, f.type) && !canWiden(type, f.type)
  })
  return changed === undefined ? undefined : `the type of "${changed.name}" changed`
}

const rowsOf = (table: LakeTable, files: DeliveredRows['files']): DeliveredRows => ({
  files,
  schema: table.schema,
  rows: files.reduce((sum, f) => sum + f.rows, 0),
})

const nothing = (table: LakeTable | undefined, reason: string): DeliveryDecision => ({
  action: 'none',
  reasons: [reason],
  rows: { files: [], schema: table?.schema ?? [], rows: 0 },
  complete: false,
})

/** All rows: a full refresh, or for a history that exists the comparison with them. */
async function whole(
  target: TargetDeclaration,
  table: LakeTable,
  reasons: readonly string[],
  action: DeliveryAction = 'full',
): Promise<DeliveryDecision> {
  return { action, reasons, complete: true, rows: rowsOf(table, await table.files()) }
}

/** A full refresh where the mode allows one unasked. Rows that were only ever added, and versions, are not thrown away. */
async function mended(
  target: TargetDeclaration,
  table: LakeTable,
  reason: string,
): Promise<DeliveryDecision> {
  if (target.mode !== 'append' && target.mode !== 'history') return whole(target, table, [reason])
  return { ...nothing(table, reason), action: 'refused' }
}

/** Fails with `target.rewritten` when a decision is a refusal. */
export function assertDeliverable(target: TargetDeclaration, decision: DeliveryDecision): DeliveryAction {
  if (decision.action !== 'refused') return decision.action
  const why = decision.reasons.join(', ')
  throw new EtlError('target.rewritten', `target ${target.name}: ${why}, and mode ${target.mode} only adds`, {
    hint: 'Run it with --full to build the target anew from all rows; versions of a history would be lost.',
  })
}

/** What changed between the delivered state and the present one, by the files that one of them has and the other has not. */
async function betweenStates(
  target: TargetDeclaration,
  table: LakeTable,
  snapshot: string,
  reasons: readonly string[],
): Promise<DeliveryDecision> {
  let before
  try {
    before = await table.files({ asOf: { snapshot: BigInt(snapshot) } })
  } catch (error) {
    if (!(error instanceof EtlError) || error.code !== 'lake.unknown-snapshot') throw error
    return whole(target, table, [...reasons, 'the delivered snapshot has expired'])
  }
  const anew = madeAnew(table, snapshot)
  if (target.mode === 'merge' && anew !== undefined)
    return whole(target, table, [...reasons, `"${anew}" is not the column that was delivered`])
  const now = await table.files()
  const [old, present] = [new Set(before.map((f) => f.path)), new Set(now.map((f) => f.path))]
  const changed = {
    before: before.filter((f) => !present.has(f.path)),
    after: now.filter((f) => !old.has(f.path)),
  }
  const action = target.mode === 'merge' ? 'merge' : 'partition'
  return { action, reasons, complete: false, rows: { ...rowsOf(table, now), changed } }
}

/** A column that goes by the name of one in the delivered state and is another: what that one held says nothing of it. */
function madeAnew(table: LakeTable, snapshot: string): string | undefined {
  const before = new Map(table.schemaAt({ snapshot: BigInt(snapshot) }).map((f) => [f.name, f.id]))
  return table.schema.find((f) => before.has(f.name) && before.get(f.name) !== f.id)?.name
}

/** Whether the table lies as it is declared, where the warehouse has a say in that. */
const sameLayout = (target: TargetDeclaration, position: Position): boolean =>
  position.layout === undefined ||
  position.layout ===
    layoutMark({
      ...(target.redshift && { layout: target.redshift }),
      ...(target.partition && { partition: target.partition }),
    })

const sameColumns = (a: Schema, b: Schema): boolean =>
  a.length === b.length &&
  a.every((f, i) => f.name === b[i]?.name && b[i] !== undefined && sameType(f.type, b[i].type))
