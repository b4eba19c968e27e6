import path from 'node:path'
import type { LakeFile } from '../../engine/contract.ts'
import type { ResolvedFile, SourceColumn } from '../../plan/source.ts'
import type { Schema } from '../../plan/type.ts'
import type { MysqlReads, MysqlServer } from '../mysql.ts'
import { openStagedFile } from '../staged-file.ts'
import { openTypedFile } from '../typed/typed-file.ts'
import type { MysqlConnection } from './connect.ts'
import { mysqlFailure } from './failure.ts'
import { quoteMysqlName, type SelectedColumn } from './select.ts'
import { streamRows } from './stream-rows.ts'

/** What is read of a table, as plain data. */
export interface Selection {
  readonly server: MysqlServer
  readonly reads: MysqlReads
  readonly columns: readonly SelectedColumn[]
  readonly schema: Schema
  readonly declared: readonly SourceColumn[]
  /** Absolute folder for the staging files. */
  readonly folder: string
}

/** Rows that were read into staging files. */
export interface Read {
  readonly file: ResolvedFile | undefined
  readonly typed: LakeFile | undefined
  readonly records: number
  readonly zeroDates: number
}

/** Reads the rows that a condition is true of ('' means all) into staging files called `name`. */
export async function readRows(
  connection: MysqlConnection,
  selection: Selection,
  from: { readonly name: string; readonly where: string },
  onRows?: (records: number) => void,
): Promise<Read> {
  const { server, reads, columns, schema, declared, folder } = selection
  const { name, where } = from
  const list = columns.map((c) => c.sql).join(', ')
  using staged = openStagedFile(path.join(folder, `${name}.csv`))
  using typed = openTypedFile(path.join(folder, `${name}.parquet`), schema, declared)
  const sql = `SELECT ${list} FROM ${quoteMysqlName(reads.table)}${where === '' ? '' : ` WHERE ${where}`}`
  const options = { zeroDates: reads.zeroDates, ...(onRows ? { onRows } : {}) }
  try {
    const { zeroDates } = await streamRows(connection, sql, columns, { staged, typed }, options)
    const records = staged.records + (typed?.records ?? 0)
    return { records, file: staged.finish(), typed: typed?.finish(), zeroDates }
  } catch (error) {
    throw mysqlFailure(error, server)
  }
}
