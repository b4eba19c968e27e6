import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { warnOfUndeclared } from '../connector/csv-undeclared.ts'
import { assertUnchanged } from '../connector/listing.ts'
import { primaryInput } from '../plan/node.ts'
import {
  type Counts,
  type IdField,
  type MaterialiseRequest,
  type MaterialiseResult,
  rejectSchema,
  type WrittenFile,
} from '../engine/contract.ts'
import type { DataFile, Summary, Transaction } from '../lake/contract.ts'
import { bindings } from './bind.ts'
import { type Decision, positionOf } from './decide.ts'
import { upstreamId } from './definition.ts'
import { assertAllowed, schemaChanges } from './evolution.ts'
import { assertHistoryKept } from './kept-history.ts'
import { encodeLedger, type Ledger, type UpstreamPosition } from './ledger.ts'
import { mergePlan } from './merge.ts'
import type { TableRunOptions } from './options.ts'
import { idProperty, rejectedName } from './placement.ts'
import { assertFewRejects } from './reject-limit.ts'
import { fetchRemote, type RemoteRows } from './remote.ts'
import { settleRejects } from './remote-rejects.ts'
import { assertNoShrink } from './shrink.ts'
import { encodeTaken } from './scan-source.ts'
import type { TableReport } from './report.ts'

/**
 * Runs one decided table: materialises its plan and publishes rows, rejects and positions in one commit. A failure or
 * a kill at any moment leaves the table as it was.
 */
export async function runTable(decision: Decision, options: TableRunOptions): Promise<TableReport> {
  const { lake } = options
  const name = decision.table.declaration.name
  const started = new Date()
  const tx = await lake.begin({
    epoch: options.epoch,
    base: decision.published === undefined ? [] : [decision.published],
    tables: [name, rejectedName(name)],
  })
  const schema = prepareTable(decision, tx)
  const scratch = path.join(options.scratch, name)
  await mkdir(scratch, { recursive: true })
  const out: OutputFolders = {
    folder: await lake.newDataFolder(name),
    rejectFolder: await lake.newDataFolder(rejectedName(name)),
  }
  try {
    const rows = await (decision.remote && fetchRemote(decision, decision.remote, schema, scratch, options))
    if (rows?.fetched.isWhole === true && rows.fetched.position === decision.remote?.published)
      return nothingNew(decision, rows, started)
    const built = await materialise(decision, schema, { ...out, scratch, rows }, options)
    const result = {
      ...built,
      ...(rows === undefined ? {} : await settleRejects(built, rows, decision, scratch, options)),
    }
    assertFewRejects(decision.table.declaration, result.counts)
    await assertHistoryKept(decision, result.counts.written)
    await assertStillThere(decision, result.counts.written)
    await assertUnchanged(decision.source?.scan.files ?? [])
    if (rows !== undefined && rows.fetched.isDue !== true && (await gaveNothing(decision, result)))
      return nothingNew(decision, rows, started)
    const warning = decision.source === undefined ? undefined : await warnOfUndeclared(decision.source.scan)
    const warnings = [...(warning === undefined ? [] : [warning]), ...(rows?.fetched.warnings ?? [])]
    const taken = decision.taken === undefined ? undefined : await encodeTaken(decision.taken, name, lake)
    if (taken?.file !== undefined) tx.require([taken.file])
    const progress = {
      ...(taken === undefined ? {} : { files: taken.text }),
      ...(rows === undefined ? {} : { position: rows.fetched.position }),
    }
    const summary = summaryOf(decision, result.counts, started, options.run, progress)
    publish(decision, tx, result, summary)
    await tx.commit()
    const after = await lake.load(name)
    return {
      table: name,
      outcome: 'published',
      action: decision.action,
      reasons: decision.reasons,
      counts: result.counts,
      files: result.files.length,
      bytes: result.files.reduce((sum, f) => sum + f.bytes, 0),
      durationMs: Date.now() - started.getTime(),
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(after?.current === undefined ? {} : { snapshot: String(after.current.id) }),
    }
  } catch (error) {
    throw sweptAway(error, name, out)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** A source that is read whole was not emptied. */
async function assertStillThere({ remote, table, published }: Decision, written: number): Promise<void> {
  const { maxShrink = 1 } = remote?.source ?? {}
  if (remote?.replaces !== true || published === undefined || maxShrink >= 1) return
  const known = (await published.files()).reduce((sum, file) => sum + file.rows, 0)
  assertNoShrink({ table: table.declaration.name, lost: known - written, known, maxShrink })
}

/**
 * A fetch brought nothing that was not known: the table, and what is built of it, stay as they are. So does an empty table
 * of a source that is still empty.
 */
async function gaveNothing(decision: Decision, { counts }: MaterialiseResult): Promise<boolean> {
  const { action, published, ledger, definition } = decision
  if (counts.written > 0 || counts.rejected > 0) return false
  if (action === 'append') return true
  const isSame = action === 'full' && published !== undefined && ledger?.definition === definition
  return isSame && (await published.files()).every((file) => file.rows === 0)
}

/** Without a commit the position stays too; the next fetch looks at the same records once more. */
const nothingNew = (decision: Decision, rows: RemoteRows, started: Date): TableReport => ({
  table: decision.table.declaration.name,
  outcome: 'unchanged',
  action: 'none',
  reasons: [...decision.reasons, 'nothing new'],
  durationMs: Date.now() - started.getTime(),
  ...(rows.fetched.warnings.length === 0 ? {} : { warnings: rows.fetched.warnings }),
})

/** Where a materialisation's finished files go. */
type OutputFolders = Pick<MaterialiseRequest, 'folder' | 'rejectFolder'>

/**
 * Tells apart a fault from files that went missing before they were published: maintenance that was asked to remove even
 * the youngest orphans takes them for such. The table is then worth another attempt.
 */
function sweptAway(error: unknown, table: string, out: OutputFolders): unknown {
  const folders = Object.values(out)
  const { code, path: at } = error as NodeJS.ErrnoException
  const isOurFile = code === 'ENOENT' && folders.some((folder) => at?.startsWith(folder) === true)
  // Other failures are what they say, also when a folder that stayed empty is gone.
  const isOurFolder = code === 'engine.failed' && !folders.every((folder) => existsSync(folder))
  if (!isOurFile && !isOurFolder) return error
  return new EtlError('lake.missing-file', `files of ${table} were removed before they were published`, {
    cause: error,
    retry: 'transient',
    hint: 'Let maintenance keep younger orphans: --orphans-older-than must be longer than a run.',
  })
}

/** Creates the table in the transaction, or brings its schema and partitioning to the declared ones. */
function prepareTable(decision: Decision, tx: Transaction): readonly IdField[] {
  const { declaration, schema } = decision.table
  const { published } = decision
  if (published === undefined) {
    if (tx.has(declaration.name)) {
      throw new EtlError('lake.conflict', `another run has just created ${declaration.name}`, {
        retry: 'transient',
      })
    }
    return tx.create({
      name: declaration.name,
      schema,
      partition: declaration.partition,
      properties: { [idProperty]: declaration.id },
    })
  }
  if (published.properties[idProperty] !== declaration.id) {
    tx.setProperties(declaration.name, { [idProperty]: declaration.id })
  }
  const changes = schemaChanges(published.schema, schema)
  assertAllowed(declaration.name, declaration.contract, changes)
  const evolved = changes.length === 0 ? published.schema : tx.evolve(declaration.name, changes)
  if (JSON.stringify(published.partition) !== JSON.stringify(declaration.partition)) {
    tx.setPartition(declaration.name, declaration.partition)
  }
  return schema.map((f) => {
    const found = evolved.find((e) => e.name === f.name)
    if (found === undefined) throw new EtlError('bug.unreachable', `column "${f.name}" has no field id`)
    return found
  })
}

async function materialise(
  decision: Decision,
  schema: readonly IdField[],
  at: OutputFolders & { readonly scratch: string; readonly rows: RemoteRows | undefined },
  options: TableRunOptions,
): Promise<MaterialiseResult & { readonly replaced: readonly string[] | 'all' }> {
  const { declaration } = decision.table
  const { rows, ...folders } = at
  const plan = rows?.plan ?? decision.table.plan
  const merge =
    decision.action === 'merge' ? await mergePlan(decision, schema, at.scratch, options) : undefined
  const result = await options.engine.materialise({
    plan: merge?.plan ?? plan,
    inputs: rows?.inputs ?? new Map([...bindings(decision), ...(merge?.inputs ?? [])]),
    primary: primaryInput(plan),
    schema,
    partition: declaration.partition,
    ...folders,
    functions: declaration.functions,
    targetFileBytes: options.targetFileBytes,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  return { ...result, replaced: decision.action === 'full' ? 'all' : (merge?.replaced ?? []) }
}

function summaryOf(
  decision: Decision,
  counts: Counts,
  started: Date,
  run: string,
  progress: Pick<Ledger, 'files' | 'position'>,
): Summary {
  const upstream: Record<string, UpstreamPosition> = {}
  for (const [name, table] of decision.upstream)
    upstream[upstreamId(decision.table, name)] = positionOf(table)
  return encodeLedger({
    run,
    definition: decision.definition,
    upstream,
    ...progress,
    counts,
    action: decision.action === 'none' ? 'full' : decision.action,
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
  })
}

const dataFile = (file: WrittenFile): DataFile => ({ ...file })

function publish(
  decision: Decision,
  tx: Transaction,
  result: MaterialiseResult & { readonly replaced: readonly string[] | 'all' },
  summary: Summary,
): void {
  const { name } = decision.table.declaration
  const files = result.files.map(dataFile)
  if (decision.published === undefined || result.replaced.length === 0) tx.append(name, files, summary)
  else tx.overwrite(name, { removed: result.replaced, files }, summary)
  const rejects = result.rejects.map(dataFile)
  const rejected = rejectedName(name)
  const exists = tx.has(rejected)
  if (!exists && rejects.length === 0) return
  if (!exists) tx.create({ name: rejected, schema: rejectSchema, partition: [] })
  if (exists && decision.action === 'full')
    tx.overwrite(rejected, { removed: 'all', files: rejects }, summary)
  else if (rejects.length > 0) tx.append(rejected, rejects, summary)
}
