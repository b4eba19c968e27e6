import { quoteName } from '../../function/dialect.ts'

/** Names under which a Parquet scan offers its row numbers and files; a column of such a name would hide them. */
const virtual: ReadonlySet<string> = new Set(['file_row_number', 'file_index', 'filename'])

/** The name that a column has inside a Parquet scan. */
export const scanName = (name: string): string =>
  virtual.has(name.toLowerCase()) ? `__column_${name}` : name

/** Prints a query with its columns under the names they have in a scan of what it wrote. */
export function toScanNames(sql: string, names: readonly string[]): string {
  if (names.every((n) => n === scanName(n))) return sql
  return `SELECT ${names.map((n) => renamed(n, scanName(n))).join(', ')} FROM (${sql})`
}

/** Prints the columns of a scan of staged rows under their own names. */
export const fromScanNames = (names: readonly string[]): string =>
  names.map((n) => renamed(scanName(n), n)).join(', ')

const renamed = (from: string, to: string): string =>
  from === to ? quoteName(to) : `${quoteName(from)} AS ${quoteName(to)}`
