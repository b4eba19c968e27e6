import { callerLocation, type Diagnostic } from '../../base/errors.ts'
import type { PartitionField } from '../../engine/contract.ts'
import type { ColumnName, Columns } from '../../plan/columns.ts'
import {
  nulPolicies,
  type NulPolicy,
  type TargetMode,
  targetModes,
  type Warehouse,
} from '../../target/contract.ts'
import type { RedshiftLayout } from '../../target/redshift/layout.ts'
import type { TargetDeclaration } from '../target.ts'
import { partitionField, type PartitionBy } from './partition.ts'
import type { Table } from './table.ts'

/** How a target is declared. */
export interface TargetOptions<C extends Columns, K extends string, P extends string, I extends string> {
  readonly from: Table<C>
  /** `postgres({…})`, `redshift({…})` or `duckdbFile(…)`. */
  readonly to: Warehouse
  /**
   * `append`: new rows are added, none is changed. `replace`: the table is built anew. `merge`: one row a key, the newest.
   * `partition`: partitions whose rows changed are replaced. `history`: every version of a key is kept, with `valid_from`,
   * `valid_to` and `is_current` (type 2).
   */
  readonly mode: TargetMode
  /** Columns that identify a row and are never NULL; needed by `merge` and `history`. */
  readonly key?: readonly ColumnName<C, K>[]
  /** Of several rows of one key the one with the largest of these columns stays. Without it a second row is refused. */
  readonly order?: readonly ColumnName<C, K>[]
  /**
   * A column, or one with `year`, `month`, `day` or `hour`: the partitions of the table in PostgreSQL, in Redshift what it is
   * sorted by.
   */
  readonly partition?: ColumnName<C, P> | PartitionBy<ColumnName<C, P>>
  /** Lists of columns to index, in PostgreSQL. */
  readonly indexes?: readonly (readonly ColumnName<C, I>[])[]
  /** What becomes of the NUL character in text, which PostgreSQL and Redshift cannot hold. Default: `refuse`. */
  readonly nul?: NulPolicy
  /** What becomes of the columns that the table no longer has. Default: `keep`, NULL in new rows. */
  readonly removedColumns?: 'keep' | 'drop'
  /** How the table lies in Redshift. */
  readonly redshift?: RedshiftLayout
  /** The share of its rows that a full refresh may take from the target unasked; default 0.5. */
  readonly maxShrink?: number
  readonly description?: string
  /** What its position is kept under; give the old name here when a target is renamed. */
  readonly id?: string
}

const namePattern = /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/
/** PostgreSQL cuts longer names without a word. */
export const maxNameBytes = 63

interface Wrong {
  readonly message: string
  readonly hint?: string
}

function problemsOf(name: string, options: TargetOptions<Columns, string, string, string>): readonly Wrong[] {
  const {
    mode,
    key = [],
    order = [],
    partition,
    nul = 'refuse',
    maxShrink = 0.5,
    from,
    to,
    redshift,
  } = options
  const isKeyed = mode === 'merge' || mode === 'history'
  const found: (Wrong | false)[] = [
    (!namePattern.test(name) || name.split('.').some((n) => n.length > maxNameBytes)) && {
      message: `"${name}" is no name for a target`,
      hint: 'A name is schema.table in lower case: letters, digits and _, starting with a letter; each at most 63 long.',
    },
    (from as { kind?: unknown } | undefined)?.kind !== 'table' && {
      message: '`from` is a declared table',
    },
    (to as { kind?: unknown } | undefined)?.kind !== 'warehouse' && {
      message: '`to` is postgres({…}), redshift({…}) or duckdbFile(…)',
    },
    !targetModes.includes(mode) && { message: `mode is ${targetModes.join(', ')}, not ${String(mode)}` },
    isKeyed && key.length === 0 && { message: `mode ${mode} needs a key` },
    !isKeyed && key.length > 0 && { message: `mode ${mode} takes no key` },
    !isKeyed && order.length > 0 && { message: `mode ${mode} takes no order` },
    mode === 'partition' && partition === undefined && { message: 'mode partition needs a partition' },
    mode === 'history' && partition !== undefined && { message: 'mode history takes no partition' },
    redshift !== undefined &&
      (to as { service?: unknown } | undefined)?.service !== 'redshift' && {
        message: '`redshift` belongs to targets in Redshift',
      },
    !nulPolicies.includes(nul) && { message: `nul is ${nulPolicies.join(', ')}, not ${String(nul)}` },
    !(maxShrink >= 0 && maxShrink <= 1) && { message: `maxShrink is a share from 0 to 1, not ${maxShrink}` },
  ]
  return found.filter((p) => p !== false)
}

/**
 * Declares a target: one table of the lake, delivered into a warehouse.
 *
 * Input: the name `schema.table` that it has there. Output: a frozen value, found by the configuration as tables are. Rows
 * and the position that accounts for them are written in one transaction, so no crash loses or repeats a row, and readers see
 * all of a delivery or nothing. Mistakes do not throw: they are reported with those of the whole project.
 */
export function target<
  C extends Columns,
  const K extends string = never,
  const P extends string = never,
  const I extends string = never,
>(name: string, options: TargetOptions<C, K, P, I>): TargetDeclaration {
  const at = callerLocation()
  const plain = options as unknown as TargetOptions<Columns, string, string, string>
  const diagnostics = problemsOf(name, plain).map((p): Diagnostic => ({
    code: 'config.invalid',
    severity: 'error',
    ...p,
    message: `target "${name}": ${p.message}`,
    ...(at === undefined ? {} : { at }),
  }))
  const { from, to, mode, key = [], order = [], partition, indexes = [], description } = plain
  return Object.freeze({
    kind: 'target',
    name,
    id: plain.id ?? name,
    from,
    to,
    mode,
    key: Object.freeze([...key]),
    order: Object.freeze([...order]),
    ...(partition === undefined ? {} : { partition: partitionField(partition as string | PartitionField) }),
    indexes: Object.freeze(indexes.map((columns) => Object.freeze([...columns]))),
    nul: plain.nul ?? 'refuse',
    removedColumns: plain.removedColumns ?? 'keep',
    maxShrink: plain.maxShrink ?? 0.5,
    ...(plain.redshift === undefined ? {} : { redshift: Object.freeze({ ...plain.redshift }) }),
    ...(description === undefined ? {} : { description }),
    ...(diagnostics.length === 0 ? {} : { diagnostics }),
    ...(at === undefined ? {} : { at }),
  })
}
