import { EtlError } from '../../../base/errors.ts'
import type { LogicalType } from '../../../plan/type.ts'
import type { Charsets } from './charsets.ts'
import { columnTypes, layoutOf, type ValueLayout } from './column-type.ts'
import { labelsOf, type Structure } from './structure.ts'
import type { LogColumn, TableMap } from './table-map.ts'
import { type ValueColumn, type WriteValue, writerOf } from './value.ts'

/** A declared column as it is called in the table. */
export interface DeclaredColumn {
  readonly from: string
  readonly type: LogicalType
}

/** What turns rows of one structure of a table into records. */
export interface RowDecoder {
  readonly layouts: readonly ValueLayout[]
  /** For each declared column: its number in the log, and how its values are written. */
  readonly written: readonly { readonly column: number; readonly write: WriteValue }[]
  /** Numbers of the columns that make a row the same row; empty where the table has no key. */
  readonly key: readonly number[]
}

export interface DecoderOptions {
  readonly table: string
  readonly declared: readonly DeclaredColumn[]
  /** Names of the key's columns in the table; undefined: its primary key. */
  readonly key: readonly string[] | undefined
  readonly charsets: Charsets
  /** The table as it is now: for a log without full metadata, and for what the log never tells. */
  readonly structure: Structure
  /** It was the same when the position was noted. */
  readonly isStructureKnown: boolean
  readonly onZeroDate: (() => void) | undefined
}

/** A column of the log with its name and all that its values need; a sentence in place of a value where one is missing. */
interface NamedColumn {
  readonly name: string
  readonly value: ValueColumn | string
}

/**
 * Makes what reads rows that follow a table map. Fails with `source.schema`, all problems in one message, where a declared
 * column is not there or its type cannot be read.
 */
export function rowDecoder(map: TableMap, options: DecoderOptions): RowDecoder {
  const { declared, table, structure } = options
  if (!map.hasNames && map.columns.length !== structure.columns.length)
    throw new EtlError(
      'source.position-lost',
      `the columns of "${table}" changed, and its log does not name them`,
      {
        hint: 'SET GLOBAL binlog_row_metadata = FULL, then build the table anew.',
      },
    )
  const columns = map.columns.map((column, i) => namedColumn(column, i, map.hasNames, options))
  const problems: string[] = []
  const written = declared.flatMap(({ from, type }) => {
    const column = columns.findIndex((c) => c.name.toLowerCase() === from.toLowerCase())
    const found = columns[column]
    const value = found?.value ?? 'the table had no such column'
    const write = typeof value === 'string' ? value : writerOf(value, type, options.onZeroDate)
    if (typeof write !== 'string') return [{ column, write }]
    problems.push(`${from}: ${write}`)
    return []
  })
  const layouts = map.columns.flatMap((column, i) => {
    const layout = layoutOf(column.type, column.meta)
    if (layout === undefined) problems.push(`${columns[i]?.name ?? i}: type ${column.type} is not known`)
    return layout === undefined ? [] : [layout]
  })
  if (problems.length > 0)
    throw new EtlError('source.schema', `changes of "${table}" are not as declared: ${problems.join('; ')}`, {
      hint: `Its columns in the log: ${columns.map((c) => c.name).join(', ')}`,
    })
  return { layouts, written, key: keyOf(map, columns, options) }
}

function keyOf(map: TableMap, columns: readonly NamedColumn[], options: DecoderOptions): readonly number[] {
  if (options.key === undefined) return map.hasNames ? (map.key ?? []) : options.structure.key
  return options.key.map((name) => {
    const column = columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase())
    if (column < 0)
      throw new EtlError(
        'source.schema',
        `"${options.table}" had no column "${name}", which is part of the key`,
      )
    return column
  })
}

/** Types of MariaDB that look like strings in the log. */
const disguised = ['uuid', 'inet4', 'inet6']

function namedColumn(column: LogColumn, i: number, hasNames: boolean, options: DecoderOptions): NamedColumn {
  const { structure, charsets } = options
  const now = hasNames
    ? structure.columns.find((c) => c.name.toLowerCase() === column.name?.toLowerCase())
    : structure.columns[i]
  const name = column.name ?? now?.name ?? String(i)
  const { type, meta } = column
  const isString = type === columnTypes.string
  if (isString && now !== undefined && disguised.includes(now.dataType))
    return {
      name,
      value: `${now.dataType} is not read from the log; declare it in a table that is read whole`,
    }
  const charset = hasNames ? charsets.of(column.collation ?? 63) : now?.charset
  const isBinary = charset === undefined || charset === 'binary'
  const toUtf8 = isBinary ? undefined : charsets.toUtf8(charset)
  if (!isBinary && toUtf8 === undefined)
    return { name, value: `its character set ${charset} is not read from the log; utf8mb4 is` }
  const labels = hasNames
    ? column.labels?.map((label) => (toUtf8?.(label) ?? label).toString())
    : labelsOf(now?.columnType ?? '')
  return {
    name,
    value: {
      type,
      meta,
      isUnsigned: column.isUnsigned ?? /\bunsigned\b/.test(now?.columnType ?? ''),
      ...(toUtf8 === undefined ? {} : { toUtf8 }),
      ...(labels === undefined ? {} : { labels }),
    },
  }
}
