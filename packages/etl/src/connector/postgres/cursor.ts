import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import { findField, type LogicalType, type Schema } from '../../plan/type.ts'
import type { Part } from '../cursor/fetch.ts'
import type { FoundTable } from './columns.ts'
import { timestampText } from './value.ts'

/** A cursor column. Its values travel as canonical texts of the declared type. */
export interface Cursor {
  /** The name in the table that is made of the source. */
  readonly column: string
  /** The quoted name in PostgreSQL. */
  readonly sql: string
  readonly type: LogicalType
  /** `typname` of the column. Bounds are literals of it, so that an index serves. */
  readonly of: string
  readonly isTime: boolean
}

/** Types whose order is that of the declared kinds. */
const ordered = ['int2', 'int4', 'int8', 'numeric', 'date', 'timestamp', 'timestamptz']

/** The cursor of a declared column. Fails with `source.schema` where the server's type has another order. */
export function cursorOf(column: string, from: string, schema: Schema, table: FoundTable): Cursor {
  const field = findField(schema, column)
  const of = table.types.get(from)?.name ?? ''
  if (field === undefined) throw new EtlError('bug.unreachable', `the cursor "${column}" is no column`)
  if (!ordered.includes(of))
    throw new EtlError('source.schema', `the cursor "${from}" of ${table.sql} is ${of} there`, {
      hint: `A cursor is one of ${ordered.join(', ')}.`,
    })
  const isTime = field.type.kind === 'timestamp' || field.type.kind === 'date'
  return { column: field.name, sql: quoteName(from), type: field.type, of, isTime }
}

/** SQL of the canonical text of a value of the cursor. */
export function textOf(x: string, { type, of }: Cursor): string {
  switch (type.kind) {
    case 'timestamp':
      return timestampText(of === 'timestamptz' ? `(${x} AT TIME ZONE 'UTC')` : x)
    case 'date':
      return `CAST(${x} AS text)`
    case 'decimal':
      return `CAST(CAST(${x} AS numeric(${type.precision},${type.scale})) AS text)`
    default:
      return `CAST(${x} AS text)`
  }
}

/** A canonical text as SQL of the column's type. */
export function valueOf(text: string, { of }: Cursor): string {
  if (of === 'timestamptz') return `CAST(${quoteText(`${text}+00`)} AS timestamptz)`
  return `CAST(${quoteText(text)} AS ${/^int\d$/.test(of) ? 'int8' : of})`
}

/** What is at least this has no place in the order: infinite, NaN, or beyond what the declared type holds. */
function endOf(cursor: Cursor): string | undefined {
  if (cursor.of === 'numeric') {
    const { type } = cursor
    return `CAST('1e${type.kind === 'decimal' ? type.precision - type.scale : 20}' AS numeric)`
  }
  if (!cursor.isTime) return undefined
  return valueOf(cursor.of === 'date' ? '10000-01-01' : '10000-01-01 00:00:00', cursor)
}

/** SQL of the condition that a value has a place in the order. */
export function within(cursor: Cursor): string {
  const end = endOf(cursor)
  if (end === undefined) return `${cursor.sql} IS NOT NULL`
  const start = cursor.isTime
    ? `${cursor.sql} >= ${valueOf(cursor.of === 'date' ? '0001-01-01' : '0001-01-01 00:00:00', cursor)} AND `
    : ''
  return `${start}${cursor.sql} < ${end}`
}

/** The condition of a part of the table. */
export function conditionOf(part: Part, cursor: Cursor | undefined): string {
  if (part.kind === 'all' || cursor === undefined) return 'true'
  const { sql } = cursor
  if (part.upper === null) return part.kind === 'beyond' ? within(cursor) : `(${within(cursor)}) IS NOT TRUE`
  const upper = valueOf(part.upper, cursor)
  if (part.kind === 'beyond') return `${sql} > ${upper} AND ${within(cursor)}`
  const end = endOf(cursor)
  const lower = part.lower === undefined ? '' : `${sql} >= ${valueOf(part.lower, cursor)} AND `
  return `(${lower}${sql} <= ${upper}) OR ${sql} IS NULL${end === undefined ? '' : ` OR ${sql} >= ${end}`}`
}

/** SQL of what lies a lag below a value: milliseconds for times, units for numbers. */
export function below(value: string, lag: number, cursor: Cursor): string {
  if (!cursor.isTime) return `${value} - ${lag}`
  const moved = `${value} - ${lag} * interval '1 millisecond'`
  return cursor.of === 'date' ? `CAST(${moved} AS date)` : moved
}
