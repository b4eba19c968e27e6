import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { CompiledTable, TableDeclaration } from '../author/table.ts'
import type { TargetDeclaration } from '../author/target.ts'
import { EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import { defaultMemoryLimitBytes } from '../engine/duckdb/memory.ts'
import type { Epoch, Lake, Rename } from '../lake/contract.ts'
import type { ObjectStore } from '../store/contract.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { decide } from './decide.ts'
import { holding } from './holding.ts'
import { overtaken } from './overtaken.ts'
import { findRenames, renameReasons } from './placement.ts'
import type { RunEvent, RunReport, TableReport, TargetReport } from './report.ts'
import { retried } from './retry.ts'
import { openScratch } from '../base/scratch.ts'
import { copiesFolder, overCopies } from './staged-source.ts'
import { stale } from './stale.ts'
import type { TableRunOptions } from './options.ts'
import { runTable } from './table-run.ts'
import { type DeliveryLimits, deliverTarget } from './target-run.ts'

export interface RunOptions {
  readonly lake: Lake
  readonly engine: Engine
  readonly projectFolder: string
  /** How S3 is reached, for sources that lie there. */
  readonly s3?: S3Options
  /** All tables of the project where `tables` are some of them; tells which tables of the lake were renamed. */
  readonly declared?: readonly TableDeclaration[]
  /** Absolute folder for scratch files; a subfolder of the run's own is made and removed, those of dead runs too. */
  readonly scratch: string
  /** Build every table anew. */
  readonly full?: boolean
  /** Size that data files are cut at; default 128 MiB. */
  readonly targetFileBytes?: number
  /** Targets to deliver when the tables are done. */
  readonly targets?: readonly TargetDeclaration[]
  /** What the embedded engine may take to read the rows of targets; default: what the machine has. */
  readonly deliveryLimits?: DeliveryLimits
  readonly onEvent?: (event: RunEvent) => void
  readonly signal?: AbortSignal
}

/**
 * Brings tables up to date in dependency order. Tables below a failed one are skipped; the others go on. Transient
 * faults (a concurrent commit) are retried from the decision on: of runs at the same time the first to publish a table
 * wins, and the others find it up to date.
 */
export async function run(tables: readonly CompiledTable[], options: RunOptions): Promise<RunReport> {
  const id = randomUUID()
  const started = performance.now()
  await using scratch = await openScratch(options.scratch)
  await using objects = openS3(options.s3)
  const renames = await retried(
    () => renameTables(tables, options),
    options.signal ? { signal: options.signal } : {},
  )
  const reports = new Map<string, TableReport>()
  const pending = new Map(tables.map((t) => [t.declaration.name, t]))
  const going = new Map<string, Promise<void>>()

  const finish = (report: TableReport): void => {
    reports.set(report.table, report)
    options.onEvent?.({ kind: 'finished', report })
  }
  const startReady = (): void => {
    for (const [name, table] of pending) {
      if (going.size >= options.engine.concurrency) return
      if (table.upstream.some((u) => pending.has(u) || going.has(u))) continue
      pending.delete(name)
      const broken = table.upstream.find((u) => ['failed', 'skipped'].includes(reports.get(u)?.outcome ?? ''))
      if (broken !== undefined) {
        finish({
          table: name,
          outcome: 'skipped',
          action: 'none',
          reasons: [`${broken} failed`],
          durationMs: 0,
        })
        continue
      }
      const work = attempt(table, {
        ...options,
        engine: holding(options.engine, options.lake),
        run: id,
        scratch: scratch.folder,
        objects,
        renames,
      }).then(finish)
      going.set(
        name,
        work.finally(() => going.delete(name)),
      )
    }
  }
  try {
    startReady()
    while (going.size > 0 || pending.size > 0) {
      if (going.size > 0) await Promise.race(going.values())
      startReady()
    }
  } finally {
    await Promise.allSettled(going.values())
  }
  const ordered = tables.map((t) => reports.get(t.declaration.name)).filter((r) => r !== undefined)
  const targets = await deliverAll(reports, { ...options, run: id, scratch: scratch.folder })
  const failed = [...ordered, ...targets].some((r) => r.outcome === 'failed' || r.outcome === 'skipped')
  return {
    run: id,
    outcome: failed ? 'failed' : 'done',
    durationMs: performance.now() - started,
    tables: ordered,
    targets,
  }
}

/** Delivers the targets, one after the other: they share the memory, and often the warehouse. */
async function deliverAll(
  tables: ReadonlyMap<string, TableReport>,
  options: RunOptions & { readonly run: string },
): Promise<readonly TargetReport[]> {
  const reports: TargetReport[] = []
  const limits = options.deliveryLimits ?? {
    memoryLimitBytes: defaultMemoryLimitBytes(),
    threads: availableParallelism(),
  }
  for (const target of options.targets ?? []) {
    const before = tables.get(target.from.name)?.outcome
    const isBroken = before === 'failed' || before === 'skipped'
    const report: TargetReport = isBroken
      ? {
          target: target.name,
          outcome: 'skipped',
          action: 'none',
          reasons: [`${target.from.name} failed`],
          durationMs: 0,
        }
      : await deliverTarget(target, { ...options, limits, full: options.full ?? false })
    reports.push(report)
    options.onEvent?.({ kind: 'delivered', report })
  }
  return reports
}

/** Gives the tables of the lake the names that they are declared under now. */
async function renameTables(
  tables: readonly CompiledTable[],
  options: RunOptions,
): Promise<readonly Rename[]> {
  const declared = options.declared ?? tables.map((t) => t.declaration)
  const renames = await findRenames(declared, options.lake)
  await options.lake.rename(renames)
  for (const { table, to } of renames) options.onEvent?.({ kind: 'renamed', table: to, from: table.name })
  return renames
}

interface OwnRunOptions extends RunOptions {
  readonly run: string
  readonly objects: ObjectStore
  readonly renames: readonly Rename[]
}

/** Decides and runs one table, again after transient faults. Never throws: a failure is a report. */
async function attempt(table: CompiledTable, options: OwnRunOptions): Promise<TableReport> {
  const name = table.declaration.name
  const started = performance.now()
  const { signal, onEvent } = options
  const claim: Claim = { epoch: undefined, forestalled: false }
  try {
    return await retried(() => once(table, options, started, claim), {
      ...(signal ? { signal } : {}),
      onRetry: (n, error) => {
        claim.forestalled ||= error.code === 'lake.fenced' || error.code === 'lake.conflict'
        if (error.code === 'lake.fenced') claim.epoch = undefined
        onEvent?.({ kind: 'retrying', table: name, attempt: n, error })
      },
    })
  } catch (cause) {
    const error = cause instanceof EtlError ? cause : asBug(cause, signal)
    const durationMs = performance.now() - started
    return { table: name, outcome: 'failed', action: 'none', reasons: [], durationMs, error }
  }
}

function asBug(cause: unknown, signal: AbortSignal | undefined): EtlError {
  if (signal?.aborted === true) return new EtlError('run.cancelled', 'the run was cancelled', { cause })
  const message = cause instanceof Error ? cause.message : String(cause)
  return new EtlError('run.failed', message, { cause })
}

/** A run's right to publish one table. Mutable; it outlives the attempts, so that an old run does not become a new one. */
interface Claim {
  epoch: Epoch | undefined
  /** Another process published the table while this one was at it. */
  forestalled: boolean
}

async function once(
  table: CompiledTable,
  options: OwnRunOptions,
  started: number,
  claim: Claim,
): Promise<TableReport> {
  const name = table.declaration.name
  options.signal?.throwIfAborted()
  const decision = await decide(table, {
    lake: options.lake,
    projectFolder: options.projectFolder,
    objects: options.objects,
    full: options.full ?? false,
  }).catch(async (error: unknown) => {
    throw await stale(error, options.lake)
  })
  const { action } = decision
  const why =
    action === 'none' && claim.forestalled
      ? [`run ${decision.ledger?.run ?? ''} published it meanwhile`]
      : decision.reasons
  const reasons = [...renameReasons(options.renames, name), ...why]
  if (action === 'none') {
    return { table: name, outcome: 'unchanged', action, reasons, durationMs: performance.now() - started }
  }
  options.onEvent?.({ kind: 'started', table: name, action, reasons })
  claim.epoch ??= await options.lake.takeEpoch(`table:${table.declaration.id}`)
  const tableOptions = runTableOptions(name, claim.epoch, options, started)
  const copies = {
    objects: options.objects,
    folder: copiesFolder(options.scratch, name),
    maxBytes: options.s3?.maxStagedBytes,
    signal: options.signal,
  }
  try {
    return await overCopies({ ...decision, reasons }, copies, (staged) => runTable(staged, tableOptions))
  } catch (error) {
    const base = [decision.published, ...decision.upstream.values()].filter((t) => t !== undefined)
    throw await stale(await overtaken(error, decision, options.lake), options.lake, base)
  } finally {
    await rm(copies.folder, { recursive: true, force: true })
  }
}

function runTableOptions(
  name: string,
  epoch: Epoch,
  options: OwnRunOptions,
  started: number,
): TableRunOptions {
  const { lake, engine, objects, run: id, scratch, signal, onEvent } = options
  return {
    lake,
    engine,
    run: id,
    epoch,
    projectFolder: options.projectFolder,
    scratch,
    objects,
    targetFileBytes: options.targetFileBytes ?? 128 * 2 ** 20,
    ...(signal ? { signal } : {}),
    ...(onEvent
      ? {
          onProgress: (progress) =>
            onEvent({ kind: 'progress', table: name, progress, elapsedMs: performance.now() - started }),
        }
      : {}),
  }
}
