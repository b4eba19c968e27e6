import { callerLocation, type Diagnostic } from '../../base/errors.ts'
import type { Source } from '../../connector/contract.ts'
import type { ColumnName, Columns, ColumnsOf, TypeSpec } from '../../plan/columns.ts'
import { field, type LogicalType, type Schema } from '../../plan/type.ts'
import type { Relation } from '../../step/contract.ts'
import type { Contract, SqlQuery, TableContent, TableDeclaration } from '../table.ts'
import { lowerRows, needsOf } from './lower.ts'
import { partitionField, type PartitionBy } from './partition.ts'
import type { Pipe, Rows } from './pipe.ts'
import { makeRows, type SourceColumns } from './rows.ts'

/** A declared table whose columns TypeScript knows. A frozen value. */
export interface Table<C extends Columns = Columns> extends TableDeclaration, Relation<C> {
  readonly kind: 'table'
  /** Sends the rows of the table through steps. */
  readonly pipe: Pipe<C>
}

/** What a table may be made from. */
export type TableInput = Source | Rows | Table

/** The columns that a table made from `S`, or declared as `D`, has. */
export type InputColumns<S, D> = [S] extends [never]
  ? [D] extends [never]
    ? Columns
    : D extends Readonly<Record<string, TypeSpec>>
      ? ColumnsOf<D>
      : Columns
  : S extends Relation<infer C>
    ? C
    : SourceColumns<S>

/** How a table is declared. Exactly one of `from` and `query` is given. */
export interface TableOptions<S, D, C extends Columns, K extends string, P extends string> {
  /** A source, another table, or either piped through steps. */
  readonly from?: S
  readonly query?: SqlQuery
  /** The columns of a query, where TypeScript shall know them; checked when the query is typed. */
  readonly columns?: D
  /** Columns that identify a row. */
  readonly key?: readonly ColumnName<C, K>[]
  /** Columns, or transforms such as `month('ordered_at')`. */
  readonly partition?: readonly (ColumnName<C, P> | PartitionBy<ColumnName<C, P>>)[]
  /** What a change of the columns may do to the published table. Default: `evolve`. */
  readonly contract?: Contract
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). */
  readonly maxRejected?: number
  readonly description?: string
  /** What positions are keyed by; give the old name here when a table is renamed. */
  readonly id?: string
}

const namePattern = /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/

const invalid = (message: string, hint?: string): Diagnostic => ({
  code: 'config.invalid',
  severity: 'error',
  message,
  ...(hint === undefined ? {} : { hint }),
})

interface Made {
  readonly content: TableContent
  readonly schema?: Schema
  readonly functions: TableDeclaration['functions']
  readonly diagnostics: readonly Diagnostic[]
}

/** The content of a table that has no plan for its mistakes; tables over it are not judged. */
const broken = (tables: readonly TableDeclaration[]): TableContent => ({
  kind: 'steps',
  tables,
  lower: () => ({ diagnostics: [] }),
})

function fromRows(name: string, rows: Rows): Made {
  const { source, tables, functions, diagnostics } = needsOf(rows)
  const known = new Map(tables.map((t) => [t.name, t.schema]))
  const origin = source === undefined ? {} : { source }
  if (tables.some((t) => t.schema === undefined)) {
    // The type of a query is known only after it has been prepared; the same steps are lowered then.
    const lower = (schemaOf: (table: string) => Schema | undefined) => lowerRows(rows, name, schemaOf)
    return { content: { kind: 'steps', ...origin, tables, lower }, functions, diagnostics }
  }
  const { root, diagnostics: found } = lowerRows(rows, name, (table) => known.get(table))
  const problems = [...diagnostics, ...found]
  if (root === undefined) return { content: broken(tables), functions, diagnostics: problems }
  const content: TableContent =
    source === undefined
      ? { kind: 'plan', root, tables }
      : { kind: 'source', source, ...(root.kind === 'scan' ? {} : { root, tables }) }
  return { content, schema: root.schema, functions, diagnostics: problems }
}

function made(name: string, from: unknown, query: SqlQuery | undefined, columns: unknown): Made {
  const functions = new Map()
  const kind = (from as { kind?: unknown } | undefined)?.kind
  if (query !== undefined && from === undefined) {
    const declared = Object.entries((columns ?? {}) as Record<string, TypeSpec>)
    const schema = declared.map(([n, spec]) => field(n, spec.type as LogicalType, spec.nullable))
    return {
      content: { kind: 'query', query },
      ...(columns === undefined ? {} : { schema }),
      functions,
      diagnostics: [],
    }
  }
  if (query === undefined && kind === 'rows') return fromRows(name, from as Rows)
  if (query === undefined && kind === 'table') {
    return fromRows(name, makeRows({ kind: 'table', table: from as TableDeclaration }, []))
  }
  if (query === undefined && (kind === 'files' || kind === 'remote')) {
    const source = from as Source
    return { content: { kind: 'source', source }, schema: source.schema, functions, diagnostics: [] }
  }
  const wrong = invalid(
    `table "${name}" needs either \`from\` or \`query\``,
    'from: a source such as csv(…), a table, or either of them with .pipe(…); query: sql`…`',
  )
  return { content: broken([]), functions, diagnostics: [wrong] }
}

function optionProblems(
  name: string,
  options: { readonly maxRejected?: number; readonly contract?: string },
): Diagnostic[] {
  const problems: Diagnostic[] = []
  if (!namePattern.test(name)) {
    problems.push(
      invalid(
        `"${name}" is no table name`,
        'A name is namespace.name in lower case: letters, digits and _, starting with a letter.',
      ),
    )
  }
  const { maxRejected, contract } = options
  if (
    maxRejected !== undefined &&
    !(maxRejected >= 0 && (maxRejected < 1 || Number.isInteger(maxRejected)))
  ) {
    problems.push(invalid(`maxRejected is a count or a share below 1, not ${maxRejected}`))
  }
  if (contract !== undefined && !['evolve', 'freeze', 'reject'].includes(contract)) {
    problems.push(invalid(`contract is evolve, freeze or reject, not ${contract}`))
  }
  return problems
}

/**
 * Declares a table.
 *
 * Input: a name `namespace.name` and what the table is made of: `from` a source, a table or piped rows, or `query` an
 * SQL query. Output: a frozen value whose dependencies are the values it mentions. Mistakes do not throw: they are
 * kept in `diagnostics`, with file and line, and reported together with those of the whole project.
 */
export function table<
  const S extends TableInput = never,
  const D extends Readonly<Record<string, TypeSpec>> = never,
  const K extends string = never,
  const P extends string = never,
>(name: string, options: TableOptions<S, D, InputColumns<S, D>, K, P>): Table<InputColumns<S, D>> {
  const at = callerLocation()
  const {
    from,
    query,
    columns,
    key,
    partition = [],
    contract = 'evolve',
    maxRejected,
    description,
    id = name,
  } = options
  const { content, schema, functions, diagnostics } = made(name, from, query, columns)
  const problems = [...optionProblems(name, options), ...diagnostics].map((d) =>
    d.at === undefined && at !== undefined ? { ...d, at } : d,
  )
  const declaration: TableDeclaration = {
    kind: 'table',
    name,
    id,
    content: Object.freeze(content),
    ...(key === undefined ? {} : { key: Object.freeze([...(key as readonly string[])]) }),
    partition: Object.freeze((partition as readonly (string | PartitionBy)[]).map(partitionField)),
    contract,
    ...(maxRejected === undefined ? {} : { maxRejected }),
    ...(description === undefined ? {} : { description }),
    functions,
    ...(schema === undefined ? {} : { schema }),
    ...(problems.length === 0 ? {} : { diagnostics: problems }),
    ...(at === undefined ? {} : { at }),
  }
  const piped = (...steps: never[]): unknown =>
    (makeRows({ kind: 'table', table: result }, []).pipe as (...s: never[]) => unknown)(...steps)
  const result = Object.freeze({ ...declaration, pipe: piped }) as unknown as Table<InputColumns<S, D>>
  return result
}
