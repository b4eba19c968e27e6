import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { Session } from '../../engine/duckdb/session.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { ObjectStore } from '../../store/contract.ts'
import type { Delivery, PartitionValue, TargetTable } from '../contract.ts'
import { toldNul } from '../nul.ts'
import type { RedshiftWarehouse } from '../redshift.ts'
import { printGoneKeys, printRows } from '../selection.ts'
import type { RedshiftConnection } from './connection.ts'
import { formOf, printFileColumns, valueMark } from './form.ts'
import { markOf, quoteRedshiftText } from './sql.ts'
import { deliveredColumns, printCreateStage } from './table.ts'

/** Size of a file in S3 before compression: several, so that all slices of a warehouse load at once. */
const fileBytes = 256 * 2 ** 20

/** The folder in S3 where a target's rows are staged; those of each delivery in one below it. */
export const stageFolder = (warehouse: RedshiftWarehouse, target: string): string =>
  `${warehouse.stage.replace(/\/+$/, '')}/${markOf(target)}/`

/** The rows of a delivery as Parquet files in S3. */
export interface StagedFiles {
  readonly rows: number
  /** Address of the manifest; undefined when there are no rows. */
  readonly manifest: string | undefined
}

/** What staging works with. */
export interface Staging {
  readonly warehouse: RedshiftWarehouse
  readonly connection: RedshiftConnection
  readonly session: Session
  readonly objects: ObjectStore
  readonly delivery: Delivery
  readonly scratch: string
}

/** Says which value Redshift cannot hold, by its column. */
function told(error: unknown, target: TargetTable): unknown {
  const message = error instanceof Error ? error.message : ''
  const at = message.indexOf(valueMark)
  if (at < 0) return toldNul(error, target, 'Redshift')
  const why = message.slice(at + valueMark.length).split('\n', 1)[0]
  return new EtlError('target.value', `${target.schema}.${target.name}: a value of ${why}`, {
    cause: error,
    hint: 'Nothing is cut. Shorten or split the column in a step before, or raise its length (`redshift.lengths`) where it has room.',
  })
}

/** The addresses of the files of a delivery, and of their manifest, begin with this. */
const folderOf = ({ warehouse, delivery }: Staging): string =>
  `${stageFolder(warehouse, delivery.target.id)}${delivery.epoch}-${delivery.position.delivery}/`

/** What is staged: the rows of a query, which have the columns of `target`. */
export interface Staged {
  /** Of the files, besides others of the delivery: lower-case letters. */
  readonly name: string
  readonly query: string
  readonly target: TargetTable
}

/** The rows of a delivery, all or those of some partitions. */
export const stagedRows = ({ target, rows }: Delivery, partitions?: readonly PartitionValue[]): Staged => ({
  name: 'rows',
  query: printRows(target, rows, partitions),
  target,
})

/** The keys whose rows are gone, where a delivery is made by the keys that changed. */
export const stagedGoneKeys = ({ target, rows }: Delivery): Staged => ({
  name: 'gone',
  query: printGoneKeys(target, rows),
  target: { ...target, columns: target.columns.filter((f) => target.key.includes(f.name)) },
})

/**
 * Writes rows as Parquet files into S3, and a manifest that names each with its size: Redshift loads those files or none.
 * Fails with `target.value` on a value that Redshift cannot hold.
 */
export async function stageFiles(work: Staging, staged: Staged): Promise<StagedFiles> {
  const { session, objects, delivery, scratch } = work
  const { signal } = delivery
  const { target, name: what } = staged
  const doing = `writing rows of ${target.schema}.${target.name}`
  const folder = path.join(scratch, what)
  await mkdir(scratch, { recursive: true })
  await rm(folder, { recursive: true, force: true })
  let count: number
  try {
    count = await session.count(
      `COPY (SELECT ${printFileColumns(target)} FROM (${staged.query})) TO ${quoteText(folder)}
       (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE_BYTES ${session.rowGroupBytes}, FILE_SIZE_BYTES ${fileBytes})`,
      doing,
    )
  } catch (error) {
    throw told(error, target)
  }
  if (count === 0) return { rows: 0, manifest: undefined }
  const entries: object[] = []
  for (const name of (await readdir(folder)).toSorted()) {
    const file = path.join(folder, name)
    const url = `${folderOf(work)}${what}-${name}`
    const { size } = await stat(file)
    await objects.putFile(url, file, signal)
    await rm(file)
    entries.push({ url, mandatory: true, meta: { content_length: size } })
  }
  const manifest = `${folderOf(work)}${what}.manifest`
  await objects.put(manifest, Buffer.from(JSON.stringify({ entries })))
  return { rows: count, manifest }
}

/** Loads staged files into a table that has exactly their columns. Fails with `target.failed` unless all rows arrived. */
export async function load(work: Staging, files: StagedFiles, relation: string): Promise<void> {
  const { connection, warehouse, delivery } = work
  if (files.manifest === undefined) return
  const { schema, name } = delivery.target
  const doing = `copying rows to ${schema}.${name}`
  const role = warehouse.iamRole === 'default' ? 'default' : quoteRedshiftText(warehouse.iamRole)
  await connection.run(
    `COPY ${relation} FROM ${quoteRedshiftText(files.manifest)} IAM_ROLE ${role} FORMAT AS PARQUET MANIFEST`,
    doing,
    delivery.signal,
  )
  const [row] = await connection.rows(`SELECT COUNT(*) FROM ${relation}`, doing)
  if (Number(row?.[0]) === files.rows) return
  throw new EtlError('target.failed', `${doing} failed: of ${files.rows} rows ${row?.[0]} arrived`)
}

/** Whether the files of a target can be loaded into a table as it is, without a table between. */
export const isDirect = (target: TargetTable): boolean =>
  target.columns.every((f) => formOf(target, f).read === undefined)

/** Loads staged files into a new table with the columns of `staged.target`, as they are in the target's table. */
export async function loadStage(
  work: Staging,
  { target }: Staged,
  files: StagedFiles,
  names: { readonly stage: string; readonly raw: string },
): Promise<void> {
  const { connection, delivery } = work
  const doing = `staging rows of ${target.schema}.${target.name}`
  await connection.run(printCreateStage(target, names.stage, deliveredColumns(target)), doing)
  if (isDirect(target)) return load(work, files, names.stage)
  const raw = target.columns.map((f) => ({ name: f.name, type: formOf(target, f).staged }))
  await connection.run(printCreateStage(target, names.raw, raw), doing)
  await load(work, files, names.raw)
  const columns = target.columns.map((f) => quoteName(f.name)).join(', ')
  const values = target.columns.map((f) => formOf(target, f).read?.(quoteName(f.name)) ?? quoteName(f.name))
  await connection.run(
    `INSERT INTO ${names.stage} (${columns}) SELECT ${values.join(', ')} FROM ${names.raw}`,
    doing,
    delivery.signal,
  )
}
