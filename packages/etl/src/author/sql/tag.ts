import { callerLocation, type Diagnostic, type SourceLocation } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { SqlQuery, TableDeclaration } from '../table.ts'

/** A constant that the `sql` tag writes into the text as a literal; made by `sql.value`. */
export interface SqlValue {
  readonly kind: 'sql-value'
  readonly value: string | number | bigint | boolean | null
}

/** What may stand in `${…}` of the `sql` tag: tables, and constants wrapped in `sql.value`. */
export type SqlPart = TableDeclaration | SqlValue

const isTable = (part: unknown): part is TableDeclaration =>
  typeof part === 'object' && part !== null && 'kind' in part && part.kind === 'table'

const isValue = (part: unknown): part is SqlValue =>
  typeof part === 'object' && part !== null && 'kind' in part && part.kind === 'sql-value'

/** Names each table by its last part, or by `namespace_name` where two tables of the query share the last part. */
function relationNames(tables: readonly TableDeclaration[]): ReadonlyMap<TableDeclaration, string> {
  const last = (table: TableDeclaration): string => table.name.slice(table.name.lastIndexOf('.') + 1)
  const uses = Map.groupBy(tables, last)
  return new Map(
    tables.map((t) => [t, uses.get(last(t))?.length === 1 ? last(t) : t.name.replaceAll('.', '_')]),
  )
}

function literalOf({ value }: SqlValue): string | undefined {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoteText(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined
  return value < 0 ? `(${value})` : String(value)
}

function problemWith(part: unknown, index: number, at: SourceLocation | undefined): Diagnostic {
  const what = isValue(part) ? `sql.value(${String(part.value)})` : `a value of type ${typeof part}`
  return {
    code: 'sql.interpolation',
    severity: 'error',
    message: `the sql template has ${what} at its \${…} number ${index + 1}`,
    hint: 'Only tables and sql.value(text, finite number, bigint, boolean or null) can be interpolated.',
    ...(at === undefined ? {} : { at }),
  }
}

/** The text as written: no escapes are processed but those that a template itself forces. */
function written(raw: string): string {
  return raw.replaceAll('\\`', '`').replaceAll('\\${', '${')
}

function sqlTag(strings: TemplateStringsArray, ...parts: readonly SqlPart[]): SqlQuery {
  const at = callerLocation()
  const names = relationNames([...new Set(parts.filter(isTable))])
  const problems: Diagnostic[] = []
  const print = (part: unknown, index: number): string => {
    const printed = isTable(part)
      ? quoteName(names.get(part) ?? part.name)
      : isValue(part)
        ? literalOf(part)
        : undefined
    if (printed === undefined) problems.push(problemWith(part, index, at))
    return printed ?? 'NULL'
  }
  const text = strings.raw
    .map((raw, i) => (i === 0 ? '' : print(parts[i - 1], i - 1)) + written(raw))
    .join('')
  return Object.freeze({
    kind: 'sql',
    text,
    tables: [...names].map(([table, relation]) => ({ relation, table })),
    ...(at === undefined ? {} : { at }),
    ...(problems.length === 0 ? {} : { problems }),
  } satisfies SqlQuery)
}

/**
 * Declares a query in DuckDB's SQL over other tables.
 *
 * Input: a template in which each `${table}` stands for the table's relation name, which is quoted: the last part of
 * the table's name (`orders` for `sales.orders`), or `namespace_name` where two tables of the query share it. Columns
 * may be qualified by that name, by an alias, or by `${table}` again. `${sql.value(x)}` writes a literal. Backslashes
 * are taken as written, so patterns need no doubling.
 *
 * Nothing is parsed here: mistakes are Diagnostics of `compileQuery`, with file and line.
 */
export const sql: typeof sqlTag & { readonly value: (value: SqlValue['value']) => SqlValue } = Object.assign(
  sqlTag,
  {
    value: (value: SqlValue['value']): SqlValue => ({ kind: 'sql-value', value }),
  },
)
