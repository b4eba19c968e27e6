import { EtlError } from '../base/errors.ts'
import { type SecretReference } from '../base/secret.ts'
import { type Columns, type ColumnSpec, schemaOf, timestamp } from './column.ts'
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
  readonly cursor?: string
  readonly zeroDates: 'reject' | 'null'
}

export interface MysqlOptions<C extends Columns, R extends string = never> {
  readonly table: string
  readonly columns: C
  /**
   * A column that grows with every insert and update: a time of the last change, or a number that is counted up. Only rows
   * beyond what was read are read again. Without: the whole table is read by every run, and published anew if it differs.
   */
  readonly cursor?: keyof C & string
  /**
   * How far below what was read rows may still appear for other reasons than open transactions, such as clocks of
   * applications that run behind: milliseconds for times, a count for numbers. Default 0, or ten minutes where the account
   * may not see transactions (right PROCESS). Rows in it are read again and compared, never doubled.
   */
  readonly lag?: number
  /**
   * Adds a timestamp column of this name: when, by the server's clock, the snapshot was taken that a row was read from. Of
   * versions with equal cursors the later one is told by it: `dedupe({ by: […], keep: 'last', order: [cursor, readAt] })`.
   */
  readonly readAt?: R
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

function withReadAt<C extends Columns, R extends string>(
  columns: C,
  readAt: R | undefined,
): C & WithReadAt<R> {
  if (readAt !== undefined && Object.hasOwn(columns, readAt))
    throw new EtlError('config.invalid', `"${readAt}" is a declared column; readAt adds another`)
  const added = readAt === undefined ? {} : { [readAt]: timestamp({ required: true }) }
  return { ...columns, ...added } as C & WithReadAt<R>
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
 * `lag`. Deleted rows are not seen by a cursor.
 *
 * Fails with `config.invalid` on a cursor that is no column, or is of a type without a dependable order.
 */
export function mysql<const C extends Columns, const R extends string = never>(
  server: MysqlServer,
  options: MysqlOptions<C, R>,
): TypedMysqlSource<C & WithReadAt<R>> {
  const { table, cursor, lag, readAt, zeroDates = 'reject', maxRejected } = options
  const columns = withReadAt(options.columns, readAt)
  if (cursor !== undefined) {
    const kind = columns[cursor]?.type.kind
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
  if (lag !== undefined && !(lag >= 0 && Number.isSafeInteger(lag)))
    throw new EtlError('config.invalid', `lag is a whole number of milliseconds or units, not ${lag}`)
  const reads: MysqlReads = {
    table,
    zeroDates,
    ...(cursor === undefined ? {} : { cursor }),
    ...(readAt === undefined ? {} : { readAt }),
  }
  return Object.freeze({
    kind: 'remote',
    connector: 'mysql',
    connection: { ...server, ...(lag === undefined ? {} : { lag }) },
    reads: { ...reads },
    format: stagedFormat(columns),
    schema: schemaOf(columns),
    columns,
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}
