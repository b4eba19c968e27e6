import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { TargetTable } from '../contract.ts'
import type { Connection } from './connect.ts'
import { columnsOf, type PostgresColumn, relationOf } from './table.ts'
import { canAlter } from './type.ts'

/** The columns of the table that is there; undefined when there is none. Fails with `target.foreign` on anything else. */
export async function presentColumns(
  connection: Connection,
  target: TargetTable,
): Promise<readonly PostgresColumn[] | undefined> {
  const doing = `looking at ${target.schema}.${target.name}`
  const relation = quoteText(relationOf(target))
  const [found] = await connection.rows(
    `SELECT relkind FROM pg_class WHERE oid = to_regclass(${relation})`,
    doing,
  )
  if (found === undefined) return undefined
  if (found[0] !== 'r' && found[0] !== 'p')
    throw foreign(target, 'what has its name in the warehouse is no table')
  const rows = await connection.rows(
    `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
     WHERE attrelid = to_regclass(${relation}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    doing,
  )
  return rows.map(([name, type]) => ({ name: name ?? '', type: type ?? '' }))
}

/** The refusal to touch what the target did not make. */
export const foreign = (target: TargetTable, why: string): EtlError =>
  new EtlError('target.foreign', `${target.schema}.${target.name}: ${why}`, {
    hint: 'Give the target another name, or rename or drop what is there.',
  })

/** What must change so that a table has the columns of its target. */
export interface ColumnChanges {
  /** Clauses of one ALTER TABLE. */
  readonly clauses: readonly string[]
  /** Columns that no statement can change without changing values: the table must be built anew. */
  readonly impossible: readonly string[]
  /** Columns that the target no longer has. */
  readonly removed: readonly PostgresColumn[]
}

/** Compares the columns that are there with those that the target has. */
export function columnChanges(target: TargetTable, present: readonly PostgresColumn[]): ColumnChanges {
  const wanted = columnsOf(target)
  const there = new Map(present.map((c) => [c.name, c.type]))
  const clauses: string[] = []
  const impossible: string[] = []
  for (const { name, type } of wanted) {
    const now = there.get(name)
    if (now === type) continue
    if (now === undefined) clauses.push(`ADD COLUMN ${quoteName(name)} ${type}`)
    else if (canAlter(now, type)) clauses.push(`ALTER COLUMN ${quoteName(name)} TYPE ${type}`)
    else if (!canAlter(type, now)) impossible.push(`${name} is ${now}, not ${type}`)
  }
  const names = new Set(wanted.map((c) => c.name))
  const removed = present.filter((c) => !names.has(c.name))
  if (target.removedColumns === 'drop')
    clauses.push(...removed.map((c) => `DROP COLUMN ${quoteName(c.name)}`))
  return { clauses, impossible, removed: target.removedColumns === 'drop' ? [] : removed }
}
