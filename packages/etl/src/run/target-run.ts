import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { mkdir, rm } from 'node:fs/promises'
import type { TargetDeclaration } from '../author/target.ts'
import { EtlError } from '../base/errors.ts'
import type { Lake, LakeTable } from '../lake/contract.ts'
import type { TargetTable, WarehouseSession } from '../target/contract.ts'
import type { DeliveryAction, DeliveryCounts, Position } from '../target/position.ts'
import { filesRead } from '../target/folders.ts'
import { openWarehouse } from '../target/open.ts'
import { retried } from './retry.ts'
import type { RunEvent, TargetReport } from './report.ts'
import type { S3Options } from '../store/s3/options.ts'
import { stale } from './stale.ts'
import {
  assertDeliverable,
  decideDelivery,
  type DeliveryDecision,
  targetDefinition,
} from './target-decide.ts'

/** What the embedded engine may take while it reads the rows of a delivery. */
export interface DeliveryLimits {
  readonly memoryLimitBytes: number
  readonly threads: number
}

export interface DeliverOptions {
  readonly lake: Lake
  readonly run: string
  readonly projectFolder: string
  /** Absolute folder for scratch files of this run. */
  readonly scratch: string
  readonly full: boolean
  readonly limits: DeliveryLimits
  readonly s3?: S3Options
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** A run's right to deliver one target, which outlives the attempts. */
interface Claim {
  epoch: number | undefined
}

/** Brings one target up to date, again after transient faults. Never throws: a failure is a report. */
export async function deliverTarget(
  target: TargetDeclaration,
  options: DeliverOptions,
): Promise<TargetReport> {
  const started = performance.now()
  const { signal, onEvent } = options
  const claim: Claim = { epoch: undefined }
  const since = (): number => performance.now() - started
  try {
    const done = await retried(() => once(target, options, claim), {
      ...(signal ? { signal } : {}),
      onRetry: (attempt, error) => {
        if (error.code === 'target.fenced') claim.epoch = undefined
        onEvent?.({ kind: 'retrying', table: target.name, attempt, error })
      },
    })
    return { target: target.name, durationMs: since(), ...done }
  } catch (cause) {
    const error =
      signal?.aborted === true
        ? new EtlError('run.cancelled', 'the run was cancelled', { cause })
        : cause instanceof EtlError
          ? cause
          : new EtlError('run.failed', cause instanceof Error ? cause.message : String(cause), { cause })
    return { target: target.name, outcome: 'failed', action: 'none', reasons: [], durationMs: since(), error }
  }
}

type Done = Pick<TargetReport, 'outcome' | 'action' | 'reasons' | 'counts' | 'snapshot'>

async function once(target: TargetDeclaration, options: DeliverOptions, claim: Claim): Promise<Done> {
  const { lake, signal } = options
  signal?.throwIfAborted()
  const scratch = path.join(options.scratch, `target-${target.name}`)
  await mkdir(scratch, { recursive: true })
  await using warehouse = await openWarehouse(target.to, {
    projectFolder: options.projectFolder,
    scratch,
    ...options.limits,
    ...(options.s3 === undefined ? {} : { s3: options.s3 }),
  })
  const [base, table] = [await warehouse.position(target.id), await lake.load(target.from.name)]
  try {
    const decision = await decideDelivery(target, table, base, options.full)
    const action = assertDeliverable(target, decision)
    const { reasons } = decision
    if (table === undefined || (action === 'none' && reasons.length > 0))
      return { outcome: 'unchanged', action: 'none', reasons }
    options.onEvent?.({ kind: 'delivering', target: target.name, action, reasons })
    claim.epoch ??= await warehouse.takeEpoch(target.id)
    const counts = await deliver(
      warehouse,
      { target, table, base, decision, action, epoch: claim.epoch },
      options,
    )
    return { outcome: 'delivered', action, reasons, counts, snapshot: String(table.rowsOf) }
  } catch (error) {
    const told = await stale(error, lake, table === undefined ? [] : [table])
    throw await overtaken(told, target, warehouse)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Work {
  readonly target: TargetDeclaration
  readonly table: LakeTable
  readonly base: Position | undefined
  readonly decision: DeliveryDecision
  readonly action: DeliveryAction
  readonly epoch: number
}

function tableOf(target: TargetDeclaration, table: LakeTable): TargetTable {
  const [schema = '', name = ''] = target.name.split('.', 2)
  const { id, mode, key, order, partition, nul, indexes, removedColumns, redshift } = target
  const columns = table.schema.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return {
    id,
    schema,
    name,
    columns,
    mode,
    key,
    order,
    ...(partition === undefined ? {} : { partition }),
    nul,
    indexes,
    removedColumns,
    ...(redshift === undefined ? {} : { layout: redshift }),
  }
}

async function deliver(
  warehouse: WarehouseSession,
  { target, table, base, decision, action, epoch }: Work,
  options: DeliverOptions,
): Promise<DeliveryCounts> {
  const delivery = randomUUID()
  const shown = tableOf(target, table)
  // A lake that lies elsewhere has its files on this machine while they are delivered.
  await using _held = await options.lake.hold(filesRead(decision.rows), options.signal)
  const made = table.snapshots.find((s) => s.id === table.rowsOf) ?? table.current
  const asOfMicros = BigInt(made?.timestampMs ?? 0) * 1000n
  const before = BigInt(base?.asOfMicros ?? '0')
  const kept = Math.ceil((base?.rows ?? 0) * (1 - target.maxShrink))
  return await warehouse.deliver({
    target: shown,
    action,
    rows: decision.rows,
    complete: decision.complete,
    base,
    epoch,
    // What was all taken away is asked about whatever the share.
    leastRows:
      options.full || base === undefined ? 0 : Math.max(kept, base.rows > 0 && target.maxShrink < 1 ? 1 : 0),
    position: {
      delivery,
      run: options.run,
      generation: action === 'full' || base === undefined ? delivery : base.generation,
      relation: target.name,
      definition: targetDefinition(target),
      upstream: { uuid: table.uuid, snapshot: String(table.rowsOf) },
      schema: shown.columns,
      indexes: target.indexes,
      asOfMicros: String(asOfMicros > before ? asOfMicros : before),
      action,
      deliveredAt: new Date().toISOString(),
    },
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

/** A run that a newer one has overtaken decides again, unless the newer one has another definition: it would undo that. */
async function overtaken(
  error: unknown,
  target: TargetDeclaration,
  warehouse: WarehouseSession,
): Promise<unknown> {
  if (!(error instanceof EtlError) || error.code !== 'target.fenced') return error
  const now = await warehouse.position(target.id)
  const isSame = now?.definition === targetDefinition(target)
  return new EtlError(error.code, error.message, {
    cause: error,
    params: error.params,
    retry: isSame ? 'transient' : 'never',
    ...(isSame ? {} : { hint: 'It has another definition; this run leaves the target to it.' }),
  })
}
