import { EtlError } from '../base/errors.ts'
import type { SecretReference } from '../base/secret.ts'
import { type Columns, type ColumnSpec, schemaOf, timestamp } from './column.ts'
import type { RemoteSource } from './contract.ts'
import { stagedFormat } from './staged-format.ts'

/** A PostgreSQL database that tables are read from; what `postgres({ … })` gives is one. */
export interface PostgresPlace {
  /** A host, or the absolute folder of a Unix socket. */
  readonly host: string
  /** Default 5432. */
  readonly port?: number
  readonly database: string
  readonly user: string
  readonly password?: SecretReference
  /** Encrypted, the server's certificate verified: by the authorities that Node knows, or by those of the file `ca`. */
  readonly tls?: boolean | { readonly ca: string }
}

/** What a source of this connector reads; part of the table's definition. */
export interface PostgresReads {
  readonly schema: string
  readonly table: string
  readonly readAt?: string
  readonly cursor?: string
}

/** Where a source of this connector is read. */
export type PostgresConnection = PostgresPlace & { readonly lag?: number }

export interface PostgresTableOptions<C extends Columns, R extends string = never> {
  /** A table, partitioned table, view or materialized view. */
  readonly table: string
  /** The schema that the table is in. Default `public`. */
  readonly schema?: string
  readonly columns: C
  /**
   * A column that grows with every insert and update: a time of the last change, or a number that is counted up. Only rows
   * beyond what was read are read again. Without: the whole table is read by every run, and published anew if it differs.
   */
  readonly cursor?: keyof C & string
  /**
   * How far below what was read rows may still appear for other reasons than open transactions, such as clocks of
   * applications that run behind, or sequences that hand out numbers in blocks (CACHE): milliseconds for times, a count for
   * numbers. Default: ten seconds for times, 0 for numbers; ten minutes and 10,000 where open transactions cannot be seen
   * (role pg_read_all_stats). Rows in it are read again and compared, never doubled.
   */
  readonly lag?: number
  /**
   * Adds a timestamp column of this name: when, by the server's clock, the row was read. Without a cursor every run then
   * publishes the table anew.
   */
  readonly readAt?: R
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

/** A PostgreSQL source that remembers its declared columns, so that builders know their names and types. */
export interface TypedPostgresSource<C extends Columns> extends RemoteSource {
  readonly columns: C
}

const cursorKinds = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'date', 'timestamp']

function assertSound(name: string, columns: Columns, cursor: string | undefined): void {
  const nested = Object.entries(columns).filter(([, c]) => ['list', 'struct', 'map'].includes(c.type.kind))
  if (nested.length > 0)
    throw new EtlError('config.invalid', `${nested.map(([n]) => n).join(', ')} of ${name}: no nested type`, {
      hint: 'Declare arrays and composite values as json.',
    })
  if (cursor === undefined) return
  const kind = columns[cursor]?.type.kind
  if (kind === undefined)
    throw new EtlError('config.invalid', `the cursor "${cursor}" of ${name} is no declared column`)
  if (!cursorKinds.includes(kind))
    throw new EtlError(
      'config.invalid',
      `the cursor "${cursor}" of ${name} is ${kind}, which has no dependable order`,
      { hint: `A cursor is one of ${cursorKinds.join(', ')}.` },
    )
}

/**
 * Declares a table of PostgreSQL (13 or newer) as a source.
 *
 * A fetch reads one consistent snapshot. Every value arrives exactly or its row is rejected: `numeric` with all its digits
 * (NaN and the infinities are rejects of a decimal), `timestamptz` in UTC and `timestamp` as if it were, `bytea` as bytes,
 * `real` as the double it stands for, arrays, composite and range values as the json or text that PostgreSQL makes of them,
 * `interval` as text. Days before year 1, after 9999, and infinite ones are rejects of a date or timestamp; as text they
 * arrive. With a cursor, a row that changed is read again and appended: the table is the history of the versions that runs
 * saw, and `dedupe` keeps the last. Rows that a transaction commits late, with an older cursor, are found as long as it was
 * open when they were passed over, or within `lag`. Deleted rows are not seen by a cursor.
 *
 * Fails with `config.invalid` on a cursor that is no column, or is of a type without a dependable order, and on nested types.
 */
export function postgresTable<const C extends Columns, const R extends string = never>(
  place: PostgresPlace,
  options: PostgresTableOptions<C, R>,
): TypedPostgresSource<C & Readonly<Record<R, ColumnSpec<'timestamp', false>>>> {
  const { table, schema = 'public', cursor, lag, readAt, maxRejected } = options
  if (readAt !== undefined && Object.hasOwn(options.columns, readAt))
    throw new EtlError('config.invalid', `"${readAt}" is a declared column; readAt adds another`)
  assertSound(`${schema}.${table}`, options.columns, cursor)
  if (lag !== undefined && !(lag >= 0 && Number.isSafeInteger(lag)))
    throw new EtlError('config.invalid', `lag is a whole number of milliseconds or units, not ${lag}`)
  const added = readAt === undefined ? {} : { [readAt]: timestamp({ required: true }) }
  const columns = { ...options.columns, ...added } as C & Readonly<Record<R, ColumnSpec<'timestamp', false>>>
  const { host, port, database, user, password, tls } = place
  const connection: PostgresConnection = {
    host,
    database,
    user,
    ...(port === undefined ? {} : { port }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    ...(lag === undefined ? {} : { lag }),
  }
  const reads: PostgresReads = {
    schema,
    table,
    ...(cursor === undefined ? {} : { cursor }),
    ...(readAt === undefined ? {} : { readAt }),
  }
  return Object.freeze({
    kind: 'remote',
    connector: 'postgres',
    connection: { ...connection },
    reads: { ...reads },
    format: stagedFormat(columns),
    schema: schemaOf(columns),
    columns,
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}
