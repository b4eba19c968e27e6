import type { SourceLocation } from '../base/errors.ts'
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
}

/** What a table is made of: a connector's files, a plan over other tables, or a query yet to be typed. */
export type TableContent =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'plan'; readonly root: Node; readonly tables: readonly TableDeclaration[] }
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
