import { mkdir, rm } from 'node:fs/promises'
import { EtlError } from '../../base/errors.ts'
import type { Node } from '../../plan/node.ts'
import { closeTally, newTally } from '../booking/tally.ts'
import {
  type Engine,
  type IdField,
  isConserved,
  type MaterialiseRequest,
  type MaterialiseResult,
  type PartitionField,
  rejectSchema,
  type WrittenFile,
} from '../contract.ts'
import { sqlOf } from '../print/sql.ts'
import { castColumn, storedType } from '../print/stored-type.ts'
import { printAllRefused, questionsOf, settleAll, untouchedRows } from './books.ts'
import { ask, prepare, stepsOf } from './converse.ts'
import { callOf, lower, type Lowering } from './lower.ts'
import { printPartition } from './partition.ts'
import { uriOf } from './scan.ts'
import type { OpenSparkSession, SparkProgress, SparkSession, SparkStep, SparkWrite } from './session.ts'
import { stageSources } from './stage-source.ts'
import { type SparkField, structOf } from './struct-type.ts'
import { writtenFiles } from './written.ts'

const s = sqlOf.spark
const partitionColumn = (index: number): string => `__partition_${index}`

/**
 * How much larger rows are in a shuffle than in the zstd Parquet files that they end in. Measured with parts that Spark
 * could put together freely: 1.8 for random texts, 2.3 for orders of seven columns, 3.9 for a few values repeated.
 */
const shuffleRatio = 2.5

/** Settings by which Spark cuts what it writes into files near a size. */
export const sizeSettings = (targetFileBytes: number): Readonly<Record<string, string>> => ({
  'spark.sql.adaptive.enabled': 'true',
  'spark.sql.adaptive.advisoryPartitionSizeInBytes': `${Math.round(targetFileBytes * shuffleRatio)}b`,
})

/** Prints the write of a relation: stored types, field ids, one folder per partition value, files near the target. */
export function printWrite(
  select: string,
  request: { readonly schema: readonly IdField[]; readonly partition: readonly PartitionField[] },
  options: { readonly folder: string; readonly ordered: boolean },
): SparkWrite {
  const { schema, partition } = request
  const columns = schema.map((f) => castColumn(f.name, f.type, storedType(f.type), s))
  const values = partition.map((p, i) => {
    const field = schema.find((f) => f.name === p.column)
    if (field === undefined)
      throw new EtlError('plan.unknown-column', `partition column "${p.column}" is not in the table`)
    return `${printPartition(p, field.type)} AS ${s.name(partitionColumn(i))}`
  })
  const names = partition.map((_, i) => partitionColumn(i))
  const written = `SELECT ${[...columns, ...values].join(', ')} FROM (${select})`
  const by = names.length === 0 ? '' : `(${names.map(s.name).join(', ')})`
  const struct = structOf(schema)
  const folders = names.map((name): SparkField => ({ name, type: 'string', nullable: true, metadata: {} }))
  return {
    // A sorted plan keeps its order: the parts of a sort are written as they are.
    sql: options.ordered ? written : `SELECT /*+ REBALANCE${by} */ * FROM (${written})`,
    schema: { ...struct, fields: [...struct.fields, ...folders] },
    partitionBy: names,
    folder: uriOf(options.folder),
  }
}

const isOrdered = (plan: Node): boolean =>
  plan.kind === 'sort' || ((plan.kind === 'limit' || plan.kind === 'project') && isOrdered(plan.from))

/** Runs a plan into data files, see `Engine.materialise`. */
export async function materialise(
  request: MaterialiseRequest,
  open: OpenSparkSession,
  embedded: Engine,
): Promise<MaterialiseResult> {
  for (const folder of [request.folder, request.rejectFolder, request.scratch])
    await mkdir(folder, { recursive: true })
  const staged = await stageSources(embedded, request, request.rejectFolder)
  const { signal } = request
  // Records that became no rows were read all the same.
  const tally = { ...newTally(), read: staged.rejected, rejected: staged.rejected }
  const l: Lowering = {
    inputs: staged.inputs,
    tally,
    views: [],
    checks: [],
    books: [],
    scans: 0,
    ...(signal ? { signal } : {}),
  }
  const relation = await lower(request.plan, l, true)
  l.books.push({ pending: relation.pending, rowsIn: relation.rows })
  const ordered = request.partition.length === 0 && isOrdered(request.plan)
  const write = printWrite(relation.sql, request, { folder: request.folder, ordered })
  const rejects = printRejects(l, request)
  const call = {
    ...callOf(l, `writing ${request.primary}`),
    ...(request.onProgress ? { onProgress: reporting(request) } : {}),
  }
  await using session = await open(sizeSettings(request.targetFileBytes))
  await session.foresee?.(allSteps(l, { write, rejects, doing: call.doing }), call)
  await prepare(session, l)
  const said = await session.write(write, call)
  const files = await writtenFiles(
    request.folder,
    { schema: request.schema, partitions: request.partition.length },
    signal,
  )
  const written = rowsOf(files)
  if (said.rows !== undefined && said.rows !== written) throw otherRows(said.rows, written)
  const refused = await settleAll(l.books, {
    tally,
    source: request.primary,
    written,
    ask: async (sql) => ((await session.rows(sql, callOf(l, counting)))[0] ?? []).map(Number),
  })
  const counts = closeTally(tally, written)
  if (!isConserved(counts))
    throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
  const kept = await writeRejects(session, request, rejects, rowsOf(refused))
  return { files, rejects: [...staged.rejects, ...kept], counts }
}

const counting = 'counting rows'
const rejecting = 'writing rejected rows'

/** All that may be asked of the session; which of it is asked, the answers decide. */
function allSteps(
  l: Lowering,
  program: { readonly write: SparkWrite; readonly rejects: SparkWrite | undefined; readonly doing: string },
): readonly SparkStep[] {
  const { write, rejects, doing } = program
  const untouched = untouchedRows(l.books)
  const unless = untouched === undefined ? {} : { unlessWritten: untouched }
  return [
    ...stepsOf(l),
    { kind: 'write', write, doing },
    ...questionsOf(l.books).map((sql): SparkStep => ({ ...ask(sql, counting), ...unless })),
    ...(rejects === undefined
      ? []
      : [{ kind: 'write', write: rejects, doing: rejecting, ...unless } satisfies SparkStep]),
  ]
}

/** The write of the rows that expectations refuse. The embedded reader's rejects lie in a folder of their own. */
function printRejects(l: Lowering, request: MaterialiseRequest): SparkWrite | undefined {
  const sql = printAllRefused(l.books, request.primary)
  if (sql === undefined) return undefined
  return printWrite(
    sql,
    { schema: rejectColumns, partition: [] },
    { folder: rejectsOf(request), ordered: false },
  )
}

const rejectColumns: readonly IdField[] = rejectSchema.map((f, i) => ({ ...f, id: i + 1 }))

const rejectsOf = (request: MaterialiseRequest): string => `${request.rejectFolder}/expected`

const rowsOf = (files: readonly { readonly rows: number }[]): number =>
  files.reduce((sum, f) => sum + f.rows, 0)

function reporting(request: MaterialiseRequest): (progress: SparkProgress) => void {
  const { onProgress } = request
  return ({ tasks, tasksDone, bytesRead }) =>
    onProgress?.({ phase: 'run', share: tasks === 0 ? 0 : tasksDone / tasks, bytesRead })
}

const otherRows = (said: number, found: number): EtlError =>
  new EtlError('engine.unseen-files', `Spark says that it wrote ${said} rows, but ${found} are there`, {
    params: { said, found },
  })

async function writeRejects(
  session: SparkSession,
  request: MaterialiseRequest,
  write: SparkWrite | undefined,
  expected: number,
): Promise<readonly WrittenFile[]> {
  const folder = rejectsOf(request)
  if (write === undefined || expected === 0) {
    // A job may have written that there are none.
    await rm(folder, { recursive: true, force: true })
    return []
  }
  await mkdir(folder, { recursive: true })
  await session.write(write, callOf(request, rejecting))
  const files = await writtenFiles(folder, { schema: rejectColumns, partitions: 0 }, request.signal)
  if (rowsOf(files) !== expected)
    throw new EtlError('bug.unreachable', `${expected} rows were rejected but ${rowsOf(files)} were kept`)
  return files
}
