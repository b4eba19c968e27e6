import { EtlError } from '../base/errors.ts'
import { type Columns, type ColumnSpec, type Flat, schemaOf, text, timestamp } from './column.ts'
import type { MysqlServer, TypedMysqlSource } from './mysql.ts'
import { stagedFormat } from './staged-format.ts'

/** The columns that tell of a change, behind the declared ones. */
export interface ChangeColumns {
  /** `read` (a row that was there at first), `insert`, `update` or `delete`. */
  readonly _operation: ColumnSpec<'text', false>
  /** When its transaction was committed; of a `read`, when it was read. */
  readonly _committed_at: ColumnSpec<'timestamp', false>
  /** Sorts as the changes were made; no two are equal. */
  readonly _sequence: ColumnSpec<'text', false>
}

export const changeColumns: ChangeColumns = Object.freeze({
  _operation: text({ required: true }),
  _committed_at: timestamp({ required: true }),
  _sequence: text({ required: true }),
})

/** What a source of this connector reads; part of the table's definition. */
export interface MysqlChangesReads {
  readonly table: string
  readonly key?: readonly string[]
  readonly zeroDates: 'reject' | 'null'
}

export interface MysqlChangesOptions<C extends Columns> {
  readonly table: string
  readonly columns: C
  /**
   * Declared columns that tell rows apart: an update that changes one of them is a `delete` and an `insert`. Default: the
   * table's primary key; where it has none, every update is a `delete` and an `insert`.
   */
  readonly key?: (keyof C & string) | readonly (keyof C & string)[]
  /** What `0000-00-00` and dates with a zero month or day mean: a reject (default), or NULL, told as a warning. */
  readonly zeroDates?: 'reject' | 'null'
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

/**
 * Declares the changes of a table of MySQL or MariaDB as a source, taken from the server's binary log.
 *
 * The first fetch reads the table as of one place in the log (`_operation` is `read`), each later one the log from there to
 * its present end: one record for each inserted, updated or deleted row, with the row as it is after the change, or was
 * before its deletion. Every committed change comes exactly once, in no gap and no overlap with the first fetch; `_sequence`
 * sorts changes as they were made. Values are the same texts as `mysql` reads: exact, or their row is rejected. Old changes
 * are read with the columns and labels of their time where the server writes `binlog_row_metadata=FULL`.
 *
 * Needs `log_bin`, `binlog_format=ROW`, `binlog_row_image=FULL`, a table of InnoDB, and an account with SELECT, REPLICATION
 * SLAVE and, in MariaDB, BINLOG MONITOR, in MySQL REPLICATION CLIENT and LOCK TABLES. JSON columns of MySQL are not read from
 * its log. What is written with `sql_log_bin=0`, and what foreign keys change by CASCADE or SET NULL, is in no log; the run warns
 * of such keys.
 *
 * Fails with `config.invalid` on a declared column that is called like one of those that tell of the change. Runs fail with
 * `source.position-lost` where rows came or went without a change for each (TRUNCATE, DROP, RENAME, partitions) or the log
 * was purged, with `source.log-unusable` where the log does not hold every change, with `source.schema` where a declared
 * column is gone.
 */
export function mysqlChanges<const C extends Columns>(
  server: MysqlServer,
  options: MysqlChangesOptions<C>,
): TypedMysqlSource<Flat<C & ChangeColumns>> {
  const { table, columns, zeroDates = 'reject', maxRejected } = options
  const taken = Object.keys(columns).find((name) => Object.hasOwn(changeColumns, name.toLowerCase()))
  if (taken !== undefined)
    throw new EtlError(
      'config.invalid',
      `"${taken}" of ${table} is called like a column that tells of the change`,
      {
        hint: `Give it another name: { name: text({ from: '${taken}' }) }.`,
      },
    )
  const key =
    options.key === undefined ? undefined : [options.key].flat().map((name) => columns[name]?.from ?? name)
  const all: Flat<C & ChangeColumns> = { ...columns, ...changeColumns }
  const reads: MysqlChangesReads = { table, zeroDates, ...(key === undefined ? {} : { key }) }
  return Object.freeze({
    kind: 'remote',
    connector: 'mysql-changes',
    connection: { ...server },
    reads: { ...reads },
    format: stagedFormat(all),
    schema: schemaOf(all),
    columns: all,
    ascending: '_sequence',
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}
