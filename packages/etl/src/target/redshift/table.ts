import { quoteName } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import type { TargetTable } from '../contract.ts'
import { historyColumns } from '../history-columns.ts'
import { formOf } from './form.ts'
import { lower, printLayout } from './layout.ts'

/** A target with its names as Redshift keeps them. */
export function lowered(target: TargetTable): TargetTable {
  const { partition, layout } = target
  const { distribution, sort, lengths = {} } = layout ?? {}
  return {
    ...target,
    columns: target.columns.map((f) => ({ ...f, name: lower(f.name) })),
    key: target.key.map(lower),
    order: target.order.map(lower),
    ...(partition === undefined ? {} : { partition: { ...partition, column: lower(partition.column) } }),
    layout: {
      ...(distribution === undefined
        ? {}
        : {
            distribution: typeof distribution === 'string' ? distribution : { key: lower(distribution.key) },
          }),
      ...(sort === undefined ? {} : { sort: sort.map(lower) }),
      lengths: Object.fromEntries(Object.entries(lengths).map(([name, n]) => [lower(name), n])),
    },
  }
}

export interface RedshiftColumn {
  readonly name: string
  readonly type: string
}

const typed = (target: TargetTable, columns: Schema): readonly RedshiftColumn[] =>
  columns.map((f) => ({ name: f.name, type: formOf(target, f).type }))

/** The columns that a target's table has: the delivered ones, and those that keep its versions. */
export const columnsOf = (target: TargetTable): readonly RedshiftColumn[] =>
  typed(target, [...target.columns, ...(target.mode === 'history' ? historyColumns : [])])

/** The delivered columns as they are in the table. */
export const deliveredColumns = (target: TargetTable): readonly RedshiftColumn[] =>
  typed(target, target.columns)

/** Whether the key is one of the table: then it is declared, which Redshift does not check but plans with. */
const isKeyed = (target: TargetTable): boolean => target.mode === 'merge'

/** Prints the statement that makes the table of a target under a name. */
export function printCreate(
  target: TargetTable,
  relation: string,
  removed: readonly RedshiftColumn[],
): string {
  const key = new Set(isKeyed(target) ? target.key : [])
  const columns = [...columnsOf(target), ...removed].map(
    (c) => `${quoteName(c.name)} ${c.type}${key.has(c.name) ? ' NOT NULL' : ''}`,
  )
  const primary = key.size === 0 ? [] : [`PRIMARY KEY (${target.key.map(quoteName).join(', ')})`]
  return `CREATE TABLE ${relation} (${[...columns, ...primary].join(', ')}) ${printLayout(target)} ENCODE AUTO`
}

/** Prints the statement that makes a staging table, which lies as the target's does so far as joins with it gain by that. */
export function printCreateStage(
  target: TargetTable,
  relation: string,
  columns: readonly RedshiftColumn[],
): string {
  const { distribution } = target.layout ?? {}
  const key = typeof distribution === 'object' ? distribution.key : undefined
  const spread = columns.some((c) => c.name === key) ? ` DISTSTYLE KEY DISTKEY (${quoteName(key ?? '')})` : ''
  return `CREATE TABLE ${relation} (${columns.map((c) => `${quoteName(c.name)} ${c.type}`).join(', ')})${spread}`
}
