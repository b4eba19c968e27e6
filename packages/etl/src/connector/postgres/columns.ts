import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { FileFormat } from '../../plan/source.ts'
import type { Schema } from '../../plan/type.ts'
import type { PostgresReads } from '../postgres-table.ts'
import type { PostgresConnected } from './connect.ts'
import { type PostgresType, timestampText, valueText } from './value.ts'

/** One declared column as it is asked for. */
export interface SelectedColumn {
  readonly name: string
  readonly sql: string
}

/** A table as the server has it. */
export interface FoundTable {
  /** Its quoted name. */
  readonly sql: string
  readonly types: ReadonlyMap<string, PostgresType>
}

const columnsQuery = `SELECT a.attname, t.typname, t.typcategory = 'A', t.typtype = 'c'
  FROM pg_attribute a CROSS JOIN LATERAL (
    WITH RECURSIVE under AS (
      SELECT * FROM pg_type WHERE oid = a.atttypid
      UNION ALL SELECT p.* FROM pg_type p JOIN under u ON u.typtype = 'd' AND p.oid = u.typbasetype)
    SELECT * FROM under WHERE typtype <> 'd') t
  WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

/** Asks for the columns of a table with their types. Fails with `source.schema` when there is none. */
export async function findTable(
  connection: PostgresConnected,
  { schema, table }: PostgresReads,
): Promise<FoundTable> {
  const sql = `${quoteName(schema)}.${quoteName(table)}`
  const found = await connection.rows(columnsQuery, [sql])
  if (found.length === 0)
    throw new EtlError('source.schema', `there is no table ${sql}, or it may not be seen`, {
      hint: 'Check schema and name, also their case, and the rights of the account.',
    })
  const types = found.map(([column, name, isArray, isComposite]): [string, PostgresType] => [
    column ?? '',
    { name: name ?? '', isArray: isArray === 't', isComposite: isComposite === 't' },
  ])
  return { sql, types: new Map(types) }
}

/**
 * How each declared column is selected. Fails with `source.schema`, all problems in one message, when a column is not there,
 * or its type has no text for the declared one.
 */
export async function selectedColumns(
  connection: PostgresConnected,
  found: FoundTable,
  reads: PostgresReads,
  format: FileFormat,
  schema: Schema,
): Promise<readonly SelectedColumn[]> {
  const [now] = await connection.rows(`SELECT ${timestampText(`(clock_timestamp() AT TIME ZONE 'UTC')`)}`)
  const sources = 'columns' in format ? format.columns : []
  const problems: string[] = []
  const selected = schema.map((field, i): SelectedColumn => {
    // The same moment in every row; the snapshot is not older.
    if (field.name === reads.readAt) return { name: field.name, sql: quoteText(now?.[0] ?? '') }
    const from = sources[i]?.from ?? field.name
    const type = found.types.get(from)
    const value =
      type === undefined
        ? { problem: 'the table has no such column' }
        : valueText(quoteName(from), type, field.type)
    if ('problem' in value) problems.push(`${from}: ${value.problem}`)
    return { name: field.name, sql: 'sql' in value ? value.sql : 'NULL' }
  })
  if (problems.length > 0)
    throw new EtlError('source.schema', `${found.sql} is not as declared: ${problems.join('; ')}`, {
      hint: `Its columns: ${[...found.types].map(([name, type]) => `${name} ${type.name}`).join(', ')}`,
    })
  return selected
}
