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

/** Reads rows of one table into a pair of staging files. */
export interface RowReader extends Disposable {
  readonly records: number
  /** Reads the rows that a condition is true of; '' means all. */
  read(where: string, onRows?: (records: number) => void): Promise<void>
  finish(): Read
}

/** Opens the staging files called `name`, for rows that a connection reads. */
export function openRowReader(connection: MysqlConnection, selection: Selection, name: string): RowReader {
  const { server, reads, columns, schema, declared, folder } = selection
  const list = columns.map((c) => c.sql).join(', ')
  const staged = openStagedFile(path.join(folder, `${name}.csv`))
  const typed = openTypedFile(path.join(folder, `${name}.parquet`), schema, declared)
  const recordsNow = (): number => staged.records + (typed?.records ?? 0)
  let zeroDates = 0
  return {
    get records() {
      return recordsNow()
    },
    read: async (where, onRows) => {
      const before = recordsNow()
      const sql = `SELECT ${list} FROM ${quoteMysqlName(reads.table)}${where === '' ? '' : ` WHERE ${where}`}`
      const options = {
        zeroDates: reads.zeroDates,
        ...(onRows ? { onRows: (rows: number) => onRows(before + rows) } : {}),
      }
      try {
        zeroDates += (await streamRows(connection, sql, columns, { staged, typed }, options)).zeroDates
      } catch (error) {
        throw mysqlFailure(error, server)
      }
    },
    finish: () => ({
      records: recordsNow(),
      file: staged.finish(),
      typed: typed?.finish(),
      zeroDates,
    }),
    [Symbol.dispose]: () => {
      staged[Symbol.dispose]()
      typed?.[Symbol.dispose]()
    },
  }
}
