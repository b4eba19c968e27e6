import { mkdir } from 'node:fs/promises'
import { EtlError } from '../../base/errors.ts'
import type { Node } from '../../plan/node.ts'
import { type RefusedRows } from '../booking/settle.ts'
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
import { book, callOf, lower, type Lowering } from './lower.ts'
import { printPartition } from './partition.ts'
import { uriOf } from './scan.ts'
import type { OpenSparkSession, SparkProgress, SparkSession, SparkWrite } from './session.ts'
import { stageSources } from './stage-source.ts'
import { type SparkField, structOf } from './struct-type.ts'
import { writtenFiles } from './written.ts'

const s = sqlOf.spark
const partitionColumn = (index: number): string => `__partition_${index}`

/** How much larger rows are in a shuffle than in the zstd Parquet files that they end in; observed on the shop's tables. */
const shuffleRatio = 3

/** Settings by which Spark cuts what it writes into files near a size. */
export const sizeSettings = (targetFileBytes: number): Readonly<Record<string, string>> => ({
  'spark.sql.adaptive.enabled': 'true',
  'spark.sql.adaptive.advisoryPartitionSizeInBytes': `${targetFileBytes * shuffleRatio}b`,
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
  await using session = await open(sizeSettings(request.targetFileBytes))
  const { signal } = request
  // Records that became no rows were read all the same.
  const tally = { ...newTally(), read: staged.rejected, rejected: staged.rejected }
  const l: Lowering = {
    session,
    inputs: staged.inputs,
    source: request.primary,
    tally,
    refused: [],
    views: 0,
    ...(signal ? { signal } : {}),
  }
  const relation = await lower(request.plan, l, true)
  const ordered = request.partition.length === 0 && isOrdered(request.plan)
  const write = printWrite(relation.sql, request, { folder: request.folder, ordered })
  await session.write(write, {
    ...callOf(l, `writing ${request.primary}`),
    ...(request.onProgress ? { onProgress: reporting(request) } : {}),
  })
  const files = await writtenFiles(request.folder, request.partition.length, signal)
  const written = rowsOf(files)
  await book(relation, written, l)
  const counts = closeTally(tally, written)
  if (!isConserved(counts))
    throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
  return { files, rejects: [...staged.rejects, ...(await writeRejects(session, request, l.refused))], counts }
}

const rowsOf = (files: readonly { readonly rows: number }[]): number =>
  files.reduce((sum, f) => sum + f.rows, 0)

function reporting(request: MaterialiseRequest): (progress: SparkProgress) => void {
  const { onProgress } = request
  return ({ tasks, tasksDone, bytesRead }) =>
    onProgress?.({ phase: 'run', share: tasks === 0 ? 0 : tasksDone / tasks, bytesRead })
}

async function writeRejects(
  session: SparkSession,
  request: MaterialiseRequest,
  refused: readonly RefusedRows[],
): Promise<readonly WrittenFile[]> {
  if (refused.length === 0) return []
  // The embedded reader's rejects lie in the folder already: these have one of their own.
  const folder = `${request.rejectFolder}/expected`
  await mkdir(folder, { recursive: true })
  const schema = rejectSchema.map((f, i) => ({ ...f, id: i + 1 }))
  const sql = refused.map((r) => r.sql).join(' UNION ALL ')
  await session.write(
    printWrite(sql, { schema, partition: [] }, { folder, ordered: false }),
    callOf(request, 'writing rejected rows'),
  )
  const files = await writtenFiles(folder, 0, request.signal)
  const expected = rowsOf(refused)
  if (rowsOf(files) !== expected)
    throw new EtlError('bug.unreachable', `${expected} rows were rejected but ${rowsOf(files)} were kept`)
  return files
}
