import type { Diagnostic, SourceLocation } from '../base/errors.ts'
import type { Source } from '../connector/contract.ts'
import type { PartitionField, RowFunction } from '../engine/contract.ts'
import type { Node } from '../plan/node.ts'
import type { Schema } from '../plan/type.ts'

/** A query over other tables, as the SQL door takes it; typed when the project is compiled. */
export interface SqlQuery {
  readonly kind: 'sql'
  /** The text, tables replaced by quoted relation names. */
  readonly text: string
  readonly tables: readonly { readonly relation: string; readonly table: TableDeclaration }[]
  readonly at?: SourceLocation
  /** Mistakes found while the template was put together; reported when the query is compiled. */
  readonly problems?: readonly Diagnostic[]
}

/** Finds the schema of a table by its name. */
export type SchemaOf = (table: string) => Schema | undefined

/** What a table is made of. */
export type TableContent =
  /**
   * A connector's files. `root` holds the steps applied to them, over a scan of the table's own name (absent: the scan
   * alone); `tables` are the other tables that the steps read.
   */
  | {
      readonly kind: 'source'
      readonly source: Source
      readonly root?: Node
      readonly tables?: readonly TableDeclaration[]
    }
  /** A plan over other tables. */
  | { readonly kind: 'plan'; readonly root: Node; readonly tables: readonly TableDeclaration[] }
  /** Steps over a table whose schema is not known before its query is typed; `lower` makes the plan then. */
  | {
      readonly kind: 'steps'
      readonly source?: Source
      readonly tables: readonly TableDeclaration[]
      readonly lower: (schemaOf: SchemaOf) => {
        readonly root?: Node
        readonly diagnostics: readonly Diagnostic[]
      }
    }
  /** A query yet to be typed. */
  | { readonly kind: 'query'; readonly query: SqlQuery }

/** What schema drift may do to a published table. */
export type Contract = 'evolve' | 'freeze' | 'reject'

/**
 * A declared table: a frozen value. Its dependencies are the values it mentions.
 *
 * A scan node of its plan names an upstream table by that table's `name`; a source table's plan is a single scan of
 * its own `name`.
 */
export interface TableDeclaration {
  readonly kind: 'table'
  /** `namespace.name`, lower case. */
  readonly name: string
  /**
   * What positions are keyed by: stays when the table is renamed. Default: the name; declared as `id` for a table that
   * was renamed.
   */
  readonly id: string
  readonly content: TableContent
  readonly key?: readonly string[]
  readonly partition: readonly PartitionField[]
  readonly contract: Contract
  readonly maxRejected?: number
  readonly description?: string
  readonly functions: ReadonlyMap<string, RowFunction>
  /** The columns where they are known before compiling: of the source, of the steps, or declared for a query. */
  readonly schema?: Schema
  /** Mistakes found while the table was declared; reported with those of the whole project. */
  readonly diagnostics?: readonly Diagnostic[]
  readonly at?: SourceLocation
}

/** A table whose plan is known and typed. */
export interface CompiledTable {
  readonly declaration: TableDeclaration
  /** The root; for a source table a scan of its own name. */
  readonly plan: Node
  readonly schema: Schema
  /** Names of upstream tables, in order of first use. */
  readonly upstream: readonly string[]
}
