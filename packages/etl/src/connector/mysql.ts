import { EtlError } from '../base/errors.ts'
import { type SecretReference } from '../base/secret.ts'
import { bool, type Columns, type ColumnSpec, schemaOf, timestamp } from './column.ts'
import type { RemoteSource } from './contract.ts'
import { stagedFormat } from './staged-format.ts'

/** A MySQL or MariaDB database, as a declaration refers to it. */
export interface MysqlServer {
  readonly kind: 'mysql-server'
  readonly host: string
  readonly port: number
  /** Path of a Unix socket, in place of host and port. */
  readonly socketPath?: string
  readonly user: string
  readonly password?: SecretReference
  readonly database: string
  /** Encrypted, the server's certificate verified: by the system's authorities, or by those of the file `ca`. */
  readonly tls?: true | { readonly ca: string }
}

/** How a database is reached. Host and port are `localhost` and 3306 unless said otherwise. */
export type MysqlServerOptions = Partial<Omit<MysqlServer, 'kind'>> & Pick<MysqlServer, 'user' | 'database'>

/** Names a MySQL or MariaDB database. Nothing connects before a run, a plan or a probe. */
export function mysqlServer(options: MysqlServerOptions): MysqlServer {
  const { port = 3306, user, database } = options
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new EtlError('config.invalid', `the port of a database is 1 to 65535, not ${port}`)
  for (const [what, value] of Object.entries({ user, database })) {
    if (typeof value !== 'string' || value === '')
      throw new EtlError('config.invalid', `a database is reached with a ${what}`)
  }
  return Object.freeze({ host: 'localhost', ...options, kind: 'mysql-server', port })
}

/** What a source of this connector reads; part of the table's definition. */
export interface MysqlReads {
  readonly table: string
  readonly readAt?: string
  readonly softDelete?: string
  readonly key?: readonly string[]
  readonly cursor?: string
  readonly zeroDates: 'reject' | 'null'
}

export interface MysqlOptions<C extends Columns, R extends string = never, D extends string = never> {
  readonly table: string
  readonly columns: C
  /**
   * A column that grows with every insert and update: a time of the last change, or a number that is counted up. Only rows
   * beyond what was read are read again. Without: the whole table is read by every run, and published anew if it differs.
   */
  readonly cursor?: keyof C & string
  /**
   * How far below what was read rows may still appear for other reasons than open transactions, such as clocks of
   * applications that run behind: milliseconds for times, a count for numbers. Default: ten seconds for times, 0 for numbers;
   * ten minutes and 10,000 where the account may not see transactions (right PROCESS). Rows in it are read again and compared,
   * never doubled.
   */
  readonly lag?: number
  /**
   * How many connections, 1..32, read ranges of the primary key at the same time where all rows are read. They read one
   * snapshot or there is only one of them: MariaDB tells of snapshots whether they are the same (it needs its binary log,
   * and knows nothing of changes with `sql_log_bin=0`), and the key begins with an integer. Each costs a core here and one
   * of the server. Default 1.
   */
  readonly connections?: number
  /**
   * Adds a timestamp column of this name: when, by the server's clock, the snapshot was taken that a row was read from. Of
   * versions with equal cursors the later one is told by it: `dedupe({ by: […], keep: 'last', order: [cursor, readAt] })`.
   * Without a cursor every run then publishes the table anew.
   */
  readonly readAt?: R
  /** Required columns that tell rows apart: the primary key. Rows that are gone are told by it. */
  readonly key?: (keyof C & string) | readonly (keyof C & string)[]
  /**
   * Adds a bool column of this name, which is true in rows that were deleted. Every run compares the keys of the table, in
   * the same snapshot, with those that were published; of a row that is gone the last version is appended once more, with
   * true in the column and the run's own `readAt`. Needs `cursor`, `key` and `readAt`. A row that comes back is seen when
   * its cursor is beyond what was read.
   */
  readonly softDelete?: D
  /**
   * The share of its rows, 0..1, that a run may take from the table unasked; all of them only with 1. One that would take
   * more, as where a source was emptied by mistake, fails with `source.shrinks`, unless it is run with `--full`. Default:
   * 0.5 with `softDelete`; 1 without a cursor, where every run replaces all rows.
   */
  readonly maxShrink?: number
  /** What `0000-00-00` and dates with a zero month or day mean: a reject (default), or NULL, told as a warning. */
  readonly zeroDates?: 'reject' | 'null'
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

/** A MySQL source that remembers its declared columns, so that builders know their names and types. */
export interface TypedMysqlSource<C extends Columns> extends RemoteSource {
  readonly columns: C
}

/** The column that `readAt` adds. */
export type WithReadAt<R extends string> = Readonly<Record<R, ColumnSpec<'timestamp', false>>>

/** The column that `softDelete` adds. */
export type WithSoftDelete<D extends string> = Readonly<Record<D, ColumnSpec<'bool', false>>>

/** The declared columns, and those that options add. */
function withAdded<C extends Columns, R extends string, D extends string>(
  columns: C,
  readAt: R | undefined,
  softDelete: D | undefined,
): C & WithReadAt<R> & WithSoftDelete<D> {
  const added: Record<string, ColumnSpec<'timestamp', false> | ColumnSpec<'bool', false>> = {}
  const add = (name: string, option: string, column: (typeof added)[string]): void => {
    if (Object.hasOwn(columns, name) || Object.hasOwn(added, name))
      throw new EtlError('config.invalid', `"${name}" is a column already; ${option} adds another`)
    added[name] = column
  }
  if (readAt !== undefined) add(readAt, 'readAt', timestamp({ required: true }))
  if (softDelete !== undefined) add(softDelete, 'softDelete', bool({ required: true }))
  return { ...columns, ...added } as C & WithReadAt<R> & WithSoftDelete<D>
}

/** The key as a list; fails with `config.invalid` where it does not tell which rows are gone. */
function keyOf(
  table: string,
  columns: Columns,
  options: Pick<MysqlOptions<Columns>, 'key' | 'cursor'> & {
    readonly readAt?: string
    readonly softDelete?: string
  },
): readonly string[] {
  const { key = [], softDelete, cursor, readAt } = options
  const names = [key].flat()
  const wrong = names.find((name) => columns[name]?.nullable !== false)
  if (wrong !== undefined)
    throw new EtlError(
      'config.invalid',
      `the key "${wrong}" of ${table} is no declared column that is required`,
    )
  if (softDelete === undefined) return names
  const needed = { key: names[0], cursor, readAt }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []))
  if (missing.length > 0)
    throw new EtlError('config.invalid', `softDelete of ${table} needs ${missing.join(', ')}`, {
      hint: 'Without a cursor each run replaces all rows, so that those that are gone are gone; maxShrink guards them.',
    })
  return names
}

const cursorKinds = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'date', 'timestamp']

/**
 * Declares a table of MySQL or MariaDB as a source.
 *
 * A fetch reads one consistent snapshot. Every value arrives exactly or its row is rejected: unsigned and 64-bit integers,
 * decimals, fractions of seconds (`datetime` is taken as UTC), `tinyint(1)` as the number it is, `float` as the double it
 * stands for; `bit` as a number, binary columns as bytes, `enum` and `set` as text. With a cursor, a row that changed is
 * read again and appended: the table is the history of the versions that runs saw, and `dedupe` keeps the last. Rows that
 * a transaction commits late, with an older cursor, are found as long as it was open when they were passed over, or within
 * `lag`. Deleted rows are not seen by a cursor; `softDelete` finds them.
 *
 * Fails with `config.invalid` on a cursor that is no column, or is of a type without a dependable order.
 */
export function mysql<
  const C extends Columns,
  const R extends string = never,
  const D extends string = never,
>(
  server: MysqlServer,
  options: MysqlOptions<C, R, D>,
): TypedMysqlSource<C & WithReadAt<R> & WithSoftDelete<D>> {
  const { table, cursor, lag, readAt, softDelete, zeroDates = 'reject', maxRejected, connections } = options
  const columns = withAdded(options.columns, readAt, softDelete)
  const declared: Columns = options.columns
  const key = keyOf(table, declared, options)
  if (cursor !== undefined) {
    const kind = declared[cursor]?.type.kind
    if (kind === undefined)
      throw new EtlError('config.invalid', `the cursor "${cursor}" of ${table} is no declared column`)
    if (!cursorKinds.includes(kind))
      throw new EtlError(
        'config.invalid',
        `the cursor "${cursor}" of ${table} is ${kind}, which has no dependable order`,
        {
          hint: `A cursor is one of ${cursorKinds.join(', ')}.`,
        },
      )
  }
  const { maxShrink = softDelete === undefined ? 1 : 0.5 } = options
  if (!(maxShrink >= 0 && maxShrink <= 1))
    throw new EtlError('config.invalid', `maxShrink of ${table} is a share from 0 to 1, not ${maxShrink}`)
  if (lag !== undefined && !(lag >= 0 && Number.isSafeInteger(lag)))
    throw new EtlError('config.invalid', `lag is a whole number of milliseconds or units, not ${lag}`)
  if (connections !== undefined && !(Number.isInteger(connections) && connections >= 1 && connections <= 32))
    throw new EtlError('config.invalid', `connections is a whole number of 1 to 32, not ${connections}`)
  const reads: MysqlReads = {
    table,
    zeroDates,
    ...(cursor === undefined ? {} : { cursor }),
    ...(readAt === undefined ? {} : { readAt }),
    ...(softDelete === undefined ? {} : { softDelete, key }),
  }
  return Object.freeze({
    kind: 'remote',
    connector: 'mysql',
    connection: {
      ...server,
      ...(lag === undefined ? {} : { lag }),
      ...(connections === undefined ? {} : { connections }),
    },
    reads: { ...reads },
    format: stagedFormat(columns),
    schema: schemaOf(columns),
    columns,
    ...(maxRejected === undefined ? {} : { maxRejected }),
    ...(maxShrink === 1 ? {} : { maxShrink }),
  })
}
