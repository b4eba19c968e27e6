import { compileQuery } from '../../packages/etl/src/author/sql/compile.ts'
import { needsOf } from '../../packages/etl/src/author/typescript/lower.ts'
import type { Rows } from '../../packages/etl/src/author/typescript/pipe.ts'
import { table, type Table as Declared } from '../../packages/etl/src/author/typescript/table.ts'
import type { SqlQuery, TableDeclaration } from '../../packages/etl/src/author/table.ts'
import type { Diagnostic } from '../../packages/etl/src/base/errors.ts'
import type { Columns as Declarations } from '../../packages/etl/src/connector/column.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import type { Dialect } from '../../packages/etl/src/function/contract.ts'
import type { ColumnsOf } from '../../packages/etl/src/plan/columns.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { Node } from '../../packages/etl/src/plan/node.ts'
import type { Table } from './random-table.ts'

/** Rows in canonical form, each with a value per column. */
export type Values = readonly (readonly LiteralValue[])[]

/** What a case must come to on every engine that does not refuse it. */
export interface Expectation {
  /** The rows, in any order; absent: the golden rows. */
  readonly rows?: Values
  /** The data is such that the plan must fail while it runs. */
  readonly fails?: true
  /** Dialects that refuse the plan, with a part of the reason: strict, so what comes to be supported must leave. */
  readonly refused?: Readonly<Partial<Record<Dialect, string>>>
  /** A part of what the front door says when it does not take the plan at all. */
  readonly rejected?: string
  /** Dialects that do not print the plan although they refuse nothing: what is proven elsewhere. */
  readonly unprinted?: readonly Dialect[]
}

/** A plan over small relations, and what it must come to. */
export interface PlanCase extends Expectation {
  /** Unique among all cases. */
  readonly name: string
  /** The group that the matrix shows it in. */
  readonly group: string
  readonly tables: readonly Table[]
  /** The plan, or what the front door says against it. */
  readonly plan: () => Promise<Node | readonly Diagnostic[]>
}

const contents = new WeakMap<TableDeclaration, Table>()

/** Declares a table with its rows; cases are piped from it or query it. */
export function small<const D extends Declarations>(
  name: string,
  columns: D,
  rows: Values,
): Declared<ColumnsOf<D>> {
  const declared = table(`t.${name}`, {
    from: parquet(`${name}.parquet`, { columns }),
  }) as unknown as Declared<ColumnsOf<D>>
  if (declared.schema === undefined) throw new Error(`table ${name} has no columns`)
  contents.set(declared, { name: declared.name, schema: declared.schema, rows })
  return declared
}

const contentOf = (declared: TableDeclaration): Table => {
  const found = contents.get(declared)
  if (found === undefined) throw new Error(`${declared.name} was not made by small`)
  return found
}

async function queried(query: SqlQuery): Promise<Node | readonly Diagnostic[]> {
  const schemas = new Map(query.tables.map(({ relation, table: t }) => [relation, t.schema ?? []]))
  const compiled = await compileQuery(query, schemas)
  return 'root' in compiled ? compiled.root : compiled.diagnostics
}

function lowered(rows: Rows): Node | readonly Diagnostic[] {
  const { content, diagnostics } = table('t.made', { from: rows })
  if (diagnostics !== undefined) return diagnostics
  if (content.kind !== 'plan') throw new Error(`unexpected ${content.kind}`)
  return content.root
}

/** A case written through the TypeScript door (rows) or the SQL door (a query). */
export type Written = readonly [name: string, plan: Rows | SqlQuery, expectation?: Expectation]

/** Makes the cases of a group. */
export function casesOf(group: string, written: readonly Written[]): readonly PlanCase[] {
  return written.map(([name, plan, expectation]) => {
    const tables = plan.kind === 'sql' ? plan.tables.map((t) => t.table) : needsOf(plan).tables
    return {
      name: `${group}: ${name}`,
      group,
      tables: tables.map(contentOf),
      plan: async () => (plan.kind === 'sql' ? queried(plan) : lowered(plan)),
      ...expectation,
    }
  })
}
