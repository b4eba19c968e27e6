import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { Delivery, TargetTable } from '../contract.ts'
import type { RedshiftConnection } from './connection.ts'
import { formOf } from './form.ts'
import { layoutMark, lower } from './layout.ts'
import { quoteRedshiftText, relationOf } from './sql.ts'
import { columnsOf, type RedshiftColumn } from './table.ts'

/** The columns of the table that is there; undefined when there is none. Fails with `target.foreign` on anything else. */
export async function presentColumns(
  connection: RedshiftConnection,
  target: TargetTable,
): Promise<readonly RedshiftColumn[] | undefined> {
  const rows = await connection.rows(
    `SELECT c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE n.nspname = ${quoteRedshiftText(target.schema)} AND c.relname = ${quoteRedshiftText(target.name)}
     AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    `looking at ${target.schema}.${target.name}`,
  )
  if (rows.length === 0) return undefined
  if (rows[0]?.[0] !== 'r') throw foreign(target, 'what has its name in the warehouse is no table')
  return rows.map(([, name, type]) => ({ name: lower(name ?? ''), type: type ?? '' }))
}

/** The refusal to touch what the target did not make. */
export const foreign = (target: TargetTable, why: string): EtlError =>
  new EtlError('target.foreign', `${target.schema}.${target.name}: ${why}`, {
    hint: 'Give the target another name, or rename or drop what is there.',
  })

/** What must change so that a table has the columns and the layout of its target. */
export interface ColumnChanges {
  readonly added: readonly RedshiftColumn[]
  /** Columns that the target no longer has, and keeps. */
  readonly kept: readonly RedshiftColumn[]
  /** Columns that the target no longer has, and drops. */
  readonly dropped: readonly RedshiftColumn[]
  /** No statement changes types or layouts within a transaction: the table must be copied. */
  readonly mustCopy: boolean
}

/** Compares the table that is there, as the last delivery left it, with what the target has. */
export function columnChanges(delivery: Delivery, present: readonly RedshiftColumn[]): ColumnChanges {
  const { target, base } = delivery
  const wanted = columnsOf(target)
  const there = new Set(present.map((c) => c.name))
  const names = new Set(wanted.map((c) => c.name))
  const removed = present.filter((c) => !names.has(c.name))
  const before = new Map(
    base?.schema.map((f) => ({ ...f, name: lower(f.name) })).map((f) => [f.name, formOf(target, f).type]),
  )
  const drops = target.removedColumns === 'drop'
  return {
    added: wanted.filter((c) => !there.has(c.name)),
    kept: drops ? [] : removed,
    dropped: drops ? removed : [],
    mustCopy:
      base?.layout !== layoutMark(target) ||
      wanted.some((c) => there.has(c.name) && (before.get(c.name) ?? c.type) !== c.type),
  }
}

/** Prints the statements that add and drop columns; each takes one. */
export function printAlterations(target: TargetTable, { added, dropped }: ColumnChanges): readonly string[] {
  const alter = `ALTER TABLE ${relationOf(target)}`
  return [
    ...added.map((c) => `${alter} ADD COLUMN ${quoteName(c.name)} ${c.type}`),
    ...dropped.map((c) => `${alter} DROP COLUMN ${quoteName(c.name)}`),
  ]
}
