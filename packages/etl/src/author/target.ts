import type { Diagnostic, SourceLocation } from '../base/errors.ts'
import type { TargetShape, Warehouse } from '../target/contract.ts'
import type { RedshiftLayout } from '../target/redshift/layout.ts'
import type { TableDeclaration } from './table.ts'

/** A declared target: a frozen value that delivers one table into a table of a warehouse. */
export interface TargetDeclaration extends TargetShape {
  readonly kind: 'target'
  /** `schema.table` in the warehouse, lower case. */
  readonly name: string
  /** What its position is kept under: stays when the target is renamed. */
  readonly id: string
  readonly from: TableDeclaration
  readonly to: Warehouse
  readonly indexes: readonly (readonly string[])[]
  readonly removedColumns: 'keep' | 'drop'
  /** How the table lies in Redshift. */
  readonly redshift?: RedshiftLayout
  /** The share of its rows that a full refresh may take from the target unasked. */
  readonly maxShrink: number
  readonly description?: string
  /** Mistakes found while the target was declared. */
  readonly diagnostics?: readonly Diagnostic[]
  readonly at?: SourceLocation
}
