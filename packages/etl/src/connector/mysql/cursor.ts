import { EtlError } from '../../base/errors.ts'
import { findField, type LogicalType, type Schema } from '../../plan/type.ts'
import type { Part } from '../cursor/fetch.ts'
import type { MysqlConnection } from './connect.ts'
import { quoteMysqlName } from './select.ts'

/** A cursor column with its type. Its values travel as the texts that `cast` gives, which compare and print canonically. */
export interface Cursor {
  /** The name in the table that is made of the source. */
  readonly column: string
  /** The quoted name in MySQL. */
  readonly sql: string
  readonly type: LogicalType
  readonly isTime: boolean
}

/** The cursor of a declared column. */
export function cursorOf(column: string, from: string, schema: Schema): Cursor {
  const field = findField(schema, column)
  if (field === undefined) throw new EtlError('bug.unreachable', `the cursor "${column}" is no column`)
  const isTime = field.type.kind === 'timestamp' || field.type.kind === 'date'
  return { column: field.name, sql: quoteMysqlName(from), type: field.type, isTime }
}

/** SQL that makes a value one of the cursor's type. */
function cast(value: string, { type }: Cursor): string {
  switch (type.kind) {
    case 'timestamp':
      return `CAST(${value} AS DATETIME(6))`
    case 'date':
      return `CAST(${value} AS DATE)`
    case 'decimal':
      return `CAST(${value} AS DECIMAL(${type.precision},${type.scale}))`
    default:
      return `CAST(${value} AS DECIMAL(20,0))`
  }
}

/** A cursor value as a literal of plans. */
export const literalOf = (value: string, { type }: Cursor): string =>
  type.kind === 'timestamp' ? value.replace(' ', 'T') : value

/** A value as SQL of the cursor's type. */
const quoted = (value: string, cursor: Cursor): string => cast(`'${value}'`, cursor)

/** The condition of a part of the table; '' where all rows are meant. */
export function conditionOf(part: Part, cursor: Cursor): string {
  if (part.kind === 'all') return ''
  if (part.upper === null) return `${cursor.sql} IS ${part.kind === 'beyond' ? 'NOT NULL' : 'NULL'}`
  const upper = quoted(part.upper, cursor)
  if (part.kind === 'beyond') return `${cursor.sql} > ${upper}`
  const lower = part.lower === undefined ? '' : `${cursor.sql} >= ${quoted(part.lower, cursor)} AND `
  return `(${lower}${cursor.sql} <= ${upper}) OR ${cursor.sql} IS NULL`
}

/**
 * The bounds of what is to be read again: up from `lower` (undefined: from the beginning), which is lowered by the lag below
 * what was seen last: milliseconds for times, units for numbers. `upper` never goes back, even when the table was emptied.
 * The server reckons.
 */
export async function boundsOf(
  connection: MysqlConnection,
  cursor: Cursor,
  by: {
    readonly last: { readonly lower: string | null; readonly upper: string }
    readonly seen: string
    readonly lag: number
  },
): Promise<{ readonly lower: string | undefined; readonly upper: string }> {
  const { last, seen, lag } = by
  const upper = quoted(last.upper, cursor)
  const lagging = cursor.isTime
    ? cast(`CAST('${last.upper}' AS DATETIME(6)) - INTERVAL ${lag * 1000} MICROSECOND`, cursor)
    : `${upper} - ${lag}`
  const lower = last.lower === null ? 'NULL' : `LEAST(${quoted(last.lower, cursor)}, ${lagging})`
  const [row] = await connection.rows(
    `SELECT CAST(${cast(lower, cursor)} AS CHAR), CAST(GREATEST(${upper}, ${quoted(seen, cursor)}) AS CHAR)`,
  )
  return { lower: row?.[0] ?? undefined, upper: row?.[1] ?? seen }
}

/** The greatest value of the cursor in the snapshot that the connection reads; undefined where there is none. */
export async function greatest(
  connection: MysqlConnection,
  cursor: Cursor,
  table: string,
): Promise<string | undefined> {
  const [row] = await connection.rows(
    `SELECT CAST(${cast(`MAX(${cursor.sql})`, cursor)} AS CHAR) FROM ${table}`,
  )
  return row?.[0] ?? undefined
}
