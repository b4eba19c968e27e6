import { EtlError } from '../../base/errors.ts'
import type { FileFormat } from '../../plan/source.ts'
import type { LogicalType, Schema } from '../../plan/type.ts'
import type { MysqlReads } from '../mysql.ts'
import type { MysqlConnection } from './connect.ts'

/** How the bytes of a value are written into a staging file. */
export type ValueForm = 'plain' | 'text' | 'binary' | 'date'

/** One declared column as it is asked for. */
export interface SelectedColumn {
  readonly name: string
  readonly sql: string
  readonly form: ValueForm
  /** The value, where it is the same in every row. */
  readonly constant?: string
}

/** A name as MySQL quotes it. */
export const quoteMysqlName = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** A text as MySQL quotes it, under a mode without NO_BACKSLASH_ESCAPES. */
export const quoteMysqlText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

const hasNoText = [
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
]

/** A column's value in the text that the declared type is read from, or why there is none. */
function valueOf(
  column: string,
  dataType: string,
  type: LogicalType,
): Pick<SelectedColumn, 'sql' | 'form'> | string {
  const isNumber = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'float64'].includes(type.kind)
  if (hasNoText.includes(dataType)) {
    if (type.kind === 'bytes') return { sql: `ST_AsBinary(${column})`, form: 'binary' }
    if (type.kind === 'text') return { sql: `ST_AsText(${column})`, form: 'text' }
    return 'a geometry is declared as bytes (WKB) or text (WKT)'
  }
  if (type.kind === 'bytes') return { sql: column, form: 'binary' }
  if (type.kind === 'uuid' && dataType === 'binary') {
    const hyphens = [9, 14, 19, 24].reduce(
      (text, at) => `INSERT(${text}, ${at}, 0, '-')`,
      `LOWER(HEX(${column}))`,
    )
    return { sql: hyphens, form: 'text' }
  }
  // The text of a float shows six digits of it; as a double it shows all it stands for.
  if (dataType === 'float') return { sql: `(${column} + 0E0)`, form: 'plain' }
  if (dataType === 'bit') return { sql: `CAST(${column} AS UNSIGNED)`, form: 'plain' }
  if (['date', 'datetime', 'timestamp'].includes(dataType)) return { sql: column, form: 'date' }
  const isPlain =
    isNumber &&
    ['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'double', 'year'].includes(dataType)
  return { sql: column, form: isPlain ? 'plain' : 'text' }
}

/**
 * Asks the server for the table's columns and tells how each declared one is selected. Fails with `source.schema`, all
 * problems in one message, when the table or a column is not there, or a type has no text for the declared one.
 */
export async function selectedColumns(
  connection: MysqlConnection,
  reads: Pick<MysqlReads, 'table' | 'readAt' | 'softDelete'>,
  format: FileFormat,
  schema: Schema,
): Promise<readonly SelectedColumn[]> {
  const [now] = await connection.rows('SELECT UTC_TIMESTAMP(6)')
  const moment = now?.[0] ?? ''
  const found = await connection.rows(
    'SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE() AND BINARY table_name = ?',
    [reads.table],
  )
  if (found.length === 0)
    throw new EtlError('source.schema', `there is no table "${reads.table}", or it may not be seen`, {
      hint: 'Check the name, also its case, and the rights of the account.',
    })
  const types = new Map(found.map(([name, type]) => [name?.toLowerCase() ?? '', type?.toLowerCase() ?? '']))
  const sources = 'columns' in format ? format.columns : []
  const selected: SelectedColumn[] = []
  const problems: string[] = []
  for (const [i, field] of schema.entries()) {
    // The same moment in every row; the snapshot is not older.
    const constant =
      field.name === reads.readAt ? moment : field.name === reads.softDelete ? 'false' : undefined
    if (constant !== undefined) {
      selected.push({ name: field.name, sql: quoteMysqlText(constant), form: 'plain', constant })
      continue
    }
    const name = sources[i]?.from ?? field.name
    const dataType = types.get(name.toLowerCase())
    const value =
      dataType === undefined
        ? 'the table has no such column'
        : valueOf(quoteMysqlName(name), dataType, field.type)
    if (typeof value === 'string') problems.push(`${name}: ${value}`)
    else selected.push({ name: field.name, ...value })
  }
  if (problems.length > 0)
    throw new EtlError('source.schema', `"${reads.table}" is not as declared: ${problems.join('; ')}`, {
      hint: `Its columns: ${[...types.keys()].join(', ')}`,
    })
  return selected
}
