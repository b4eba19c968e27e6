import { RedshiftError, syntaxError } from './error.ts'
import type { Reader, Relation } from './reader.ts'
import { nameOf, upper } from './tokens.ts'
import { readType, type RedshiftType } from './type.ts'

/** A column of a table. */
export interface TableColumn {
  readonly name: string
  readonly type: RedshiftType
}

/** How a table lies, and what its columns are. */
export interface TableShape {
  readonly relation: Relation
  readonly columns: readonly TableColumn[]
  /** `AUTO`, `EVEN`, `ALL`, or the column of `KEY`. */
  readonly distribution: string
  readonly sort: readonly string[] | 'AUTO'
  /** Unquoted columns of the primary key, which Redshift keeps and does not check. */
  readonly primaryKey: readonly string[]
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Prints a column for PostgreSQL, which counts characters: bytes are counted by a check. */
export function printColumn({ name, type }: TableColumn, isNeeded: boolean): string {
  const limit = type.length === undefined ? '' : ` CHECK (octet_length(${quoted(name)}) <= ${type.length})`
  return `${quoted(name)} ${type.postgres}${isNeeded ? ' NOT NULL' : ''}${limit}`
}

function unknownColumn(name: string): RedshiftError {
  return new RedshiftError(`column "${name}" named in key does not exist`, '42703')
}

/**
 * Reads what follows `CREATE TABLE`. Source: database developer guide, "CREATE TABLE". The statement for PostgreSQL has no
 * keys: Redshift does not check them.
 */
export function readCreateTable(reader: Reader): { readonly shape: TableShape; readonly sql: string } {
  const relation = reader.relation()
  const columns: TableColumn[] = []
  const needed = new Set<string>()
  let primaryKey: readonly string[] = []
  reader.wants('(')
  do {
    if (reader.takes('PRIMARY', 'KEY')) {
      primaryKey = reader.names()
      continue
    }
    const name = nameOf(reader.next())
    columns.push({ name, type: readType(reader) })
    if (reader.takes('NOT', 'NULL')) needed.add(name)
  } while (reader.takes(','))
  reader.wants(')')
  const { distribution, sort } = readAttributes(reader, columns)
  for (const name of primaryKey) {
    if (!columns.some((c) => c.name === name)) throw unknownColumn(name)
    if (!needed.has(name)) throw new RedshiftError(`the key "${name}" is not NOT NULL`)
  }
  if (columns.length > 1600) throw new RedshiftError('tables can have at most 1600 columns', '54011')
  const sql = `CREATE TABLE ${relation.sql} (${columns.map((c) => printColumn(c, needed.has(c.name))).join(', ')})`
  return { shape: { relation, columns, distribution, sort, primaryKey }, sql }
}

function readAttributes(
  reader: Reader,
  columns: readonly TableColumn[],
): Pick<TableShape, 'distribution' | 'sort'> {
  let [style, key]: (string | undefined)[] = []
  let sort: TableShape['sort'] = 'AUTO'
  while (reader.peek() !== undefined) {
    if (reader.takes('DISTSTYLE')) style = upper(reader.next())
    else if (reader.takes('DISTKEY')) [key] = reader.names()
    else if (reader.takes('SORTKEY', 'AUTO')) sort = 'AUTO'
    else if (reader.takes('COMPOUND', 'SORTKEY') || reader.takes('SORTKEY')) sort = reader.names()
    else if (!reader.takes('ENCODE', 'AUTO')) throw syntaxError(reader.peek()?.text ?? '')
  }
  if (!['AUTO', 'EVEN', 'ALL', 'KEY', undefined].includes(style)) throw syntaxError(style ?? '')
  if ((style === 'KEY') !== (key !== undefined)) throw new RedshiftError('DISTSTYLE KEY goes with DISTKEY')
  for (const name of [...(key === undefined ? [] : [key]), ...(sort === 'AUTO' ? [] : sort)]) {
    const column = columns.find((c) => c.name === name)
    if (column === undefined) throw unknownColumn(name)
    if (['SUPER', 'VARBYTE'].includes(column.type.base))
      throw new RedshiftError(`column "${name}" of type ${column.type.base} cannot be a key`)
  }
  return { distribution: key ?? style ?? 'AUTO', sort }
}
