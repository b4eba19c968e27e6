import { fingerprint } from '../../../base/json.ts'
import { EtlError } from '../../../base/errors.ts'
import type { MysqlConnection } from '../connect.ts'

/** A column as the server describes it now. */
export interface ServerColumn {
  readonly name: string
  /** In small letters: `int`, `varchar`. */
  readonly dataType: string
  /** The whole type: `int(10) unsigned`, `enum('a','b')`. */
  readonly columnType: string
  readonly charset: string | undefined
  /** It has no value of its own, and the log need not hold one. */
  readonly isVirtual: boolean
}

/** A table as it is now. */
export interface Structure {
  readonly columns: readonly ServerColumn[]
  /** Numbers of the columns of the primary key. */
  readonly key: readonly number[]
  /** Another text for another structure. */
  readonly print: string
}

/**
 * Asks for a table's structure. Fails with `source.schema` where there is no such table, or where its changes are not in the
 * log row by row: views, system-versioned tables, engines without transactions.
 */
export async function structureOf(connection: MysqlConnection, table: string): Promise<Structure> {
  const [kind] = await connection.rows(
    'SELECT table_type, engine FROM information_schema.tables WHERE table_schema = DATABASE() AND BINARY table_name = ?',
    [table],
  )
  if (kind === undefined)
    throw new EtlError('source.schema', `there is no table "${table}", or it may not be seen`, {
      hint: 'Check the name, also its case, and the rights of the account.',
    })
  const [type, engine] = kind
  if (type !== 'BASE TABLE' || !['InnoDB', 'ROCKSDB'].includes(engine ?? ''))
    throw new EtlError(
      'source.schema',
      `"${table}" is no table with transactions: ${type ?? ''}, ${engine ?? 'no engine'}`,
      {
        hint: 'Changes are taken from plain tables of InnoDB; other tables can be read with mysql(…).',
      },
    )
  const rows = await connection.rows(
    `SELECT column_name, data_type, column_type, character_set_name, extra, column_key
    FROM information_schema.columns WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position`,
    [table],
  )
  const columns = rows.map(([name, dataType, columnType, charset, extra]): ServerColumn => ({
    name: name ?? '',
    dataType: dataType?.toLowerCase() ?? '',
    columnType: columnType ?? '',
    charset: charset ?? undefined,
    isVirtual: /\bVIRTUAL\b/i.test(extra ?? ''),
  }))
  const key = rows.flatMap((row, i) => (row[5] === 'PRI' ? [i] : []))
  return { columns, key, print: fingerprint(rows) }
}

/** The labels of an `enum(…)` or `set(…)`. */
export function labelsOf(columnType: string): readonly string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, label]) => label?.replaceAll("''", "'") ?? '')
}
