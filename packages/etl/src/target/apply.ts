import { quoteName } from '../function/dialect.ts'
import type { Delivery, TargetTable } from './contract.ts'

/** Where statements of PostgreSQL's and DuckDB's common SQL run; gives the count of rows that a statement changed. */
export interface Statements {
  run(sql: string, doing: string): Promise<number>
}

/** What putting staged rows into a target's table changed. */
export interface Applied {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

export interface Places {
  /** The quoted table of the target. */
  readonly into: string
  /** The quoted table of the new rows, which has the delivered columns and one row a key. */
  readonly stage: string
}

/** Whether two values differ, NULL being a value, where there is `IS DISTINCT FROM`. */
const isDistinct = (a: string, b: string): string => `${a} IS DISTINCT FROM ${b}`

/** Prints that a row `t` and a staged row `s` have the same key. */
export const printSameKey = ({ key }: Pick<TargetTable, 'key'>): string =>
  key.map((c) => `t.${quoteName(c)} = s.${quoteName(c)}`).join(' AND ')

const namesOf = (target: TargetTable, prefix = ''): string =>
  target.columns.map((f) => `${prefix}${quoteName(f.name)}`).join(', ')

/**
 * Updates the rows whose keys are staged and inserts the others. With `order`, a staged row that is older than the one that is
 * there changes nothing.
 */
export async function merge(sql: Statements, target: TargetTable, at: Places): Promise<Applied> {
  const doing = `merging into ${target.schema}.${target.name}`
  const others = target.columns.filter((f) => !target.key.includes(f.name))
  const set = others.map((f) => `${quoteName(f.name)} = s.${quoteName(f.name)}`).join(', ')
  const updated =
    others.length === 0
      ? 0
      : await sql.run(
          `UPDATE ${at.into} AS t SET ${set} FROM ${at.stage} AS s WHERE ${printSameKey(target)}${target.order.length === 0 ? '' : ` AND NOT ${printOlder(target)}`}`,
          doing,
        )
  const inserted = await sql.run(
    `INSERT INTO ${at.into} (${namesOf(target)}) SELECT ${namesOf(target, 's.')} FROM ${at.stage} AS s
     WHERE NOT EXISTS (SELECT 1 FROM ${at.into} AS t WHERE ${printSameKey(target)})`,
    doing,
  )
  return { inserted, updated, deleted: 0 }
}

/** Puts the staged rows in the place of those of their keys, whatever their order is: they are what the table holds now. */
export const replaceKeys = (sql: Statements, target: TargetTable, at: Places): Promise<Applied> =>
  merge(sql, { ...target, order: [] }, at)

/**
 * Prints what empties the columns that were kept when the table lost them and that it has again: rows that a delivery does not
 * touch would go on showing what they held. `present` are the columns of the target before the delivery; undefined where
 * none has returned.
 */
export function printEmptied(
  target: TargetTable,
  base: Delivery['base'],
  present: readonly { readonly name: string }[],
  into: string,
): string | undefined {
  const delivered = new Set(base?.schema.map((f) => f.name.toLowerCase()))
  const there = new Set(present.map((c) => c.name))
  const returned = target.columns.filter((f) => there.has(f.name) && !delivered.has(f.name.toLowerCase()))
  if (returned.length === 0) return undefined
  return `UPDATE ${into} SET ${returned.map((f) => `${quoteName(f.name)} = NULL`).join(', ')}`
}

/** Empties columns that have returned, see `printEmptied`. */
export async function emptyReturned(
  sql: Statements,
  { target, base }: Delivery,
  present: readonly { readonly name: string }[],
  into: string,
): Promise<void> {
  const statement = printEmptied(target, base, present, into)
  if (statement !== undefined) await sql.run(statement, `emptying columns of ${target.schema}.${target.name}`)
}

/** Deletes the rows whose keys are staged. */
export function deleteKeys(sql: Statements, target: TargetTable, at: Places): Promise<number> {
  return sql.run(
    `DELETE FROM ${at.into} AS t WHERE EXISTS (SELECT 1 FROM ${at.stage} AS s WHERE ${printSameKey(target)})`,
    `deleting from ${target.schema}.${target.name}`,
  )
}

/**
 * Prints that a staged row `s` is older than the row `t` that is there, column by column of the order, NULL being older than
 * any value: `a > b OR (a = b AND …)`.
 */
export function printOlder({ order }: Pick<TargetTable, 'order'>, differs = isDistinct): string {
  return order.toReversed().reduce((rest, c) => {
    const [t, s] = [`t.${quoteName(c)}`, `s.${quoteName(c)}`]
    return `(${t} > ${s} OR (${t} IS NOT NULL AND ${s} IS NULL) OR (NOT (${differs(t, s)}) AND ${rest}))`
  }, 'false')
}

/** How a history is brought to the staged rows. */
export interface Versioning extends Places {
  /** A literal of the time at which the new state holds. */
  readonly asOf: string
  /** Keys that are not staged have gone. */
  readonly complete: boolean
  /** Prints whether two columns (`t."a"`, `s."a"`) differ, NULL being a value. */
  readonly differs?: (a: string, b: string) => string
}

/** The statements that bring a history to the staged rows, in order. */
export interface VersionStatements {
  /** Closes the versions of keys that have gone. */
  readonly closeGone: string | undefined
  /** Closes the versions that differ. */
  readonly closeChanged: string | undefined
  /** Adds versions for keys that have no open one. */
  readonly add: string
}

/** Prints that a staged row `s` differs from the row `t` of its key; undefined where there is nothing but the key. */
export function printDiffers(target: TargetTable, differs = isDistinct): string | undefined {
  const others = target.columns.filter((f) => !target.key.includes(f.name)).map((f) => quoteName(f.name))
  return others.length === 0
    ? undefined
    : others.map((name) => `(${differs(`t.${name}`, `s.${name}`)})`).join(' OR ')
}

/** Prints how a history is brought to the staged rows. */
export function printVersions(target: TargetTable, at: Versioning): VersionStatements {
  const differs = printDiffers(target, at.differs)
  const close = `UPDATE ${at.into} AS t SET "valid_to" = ${at.asOf}, "is_current" = false`
  return {
    closeGone: at.complete
      ? `${close} WHERE t."is_current" AND NOT EXISTS (SELECT 1 FROM ${at.stage} AS s WHERE ${printSameKey(target)})`
      : undefined,
    closeChanged:
      differs === undefined
        ? undefined
        : `${close} FROM ${at.stage} AS s WHERE t."is_current" AND ${printSameKey(target)} AND (${differs})`,
    add: `INSERT INTO ${at.into} (${namesOf(target)}, "valid_from", "is_current") SELECT ${namesOf(target, 's.')}, ${at.asOf}, true
     FROM ${at.stage} AS s WHERE NOT EXISTS (SELECT 1 FROM ${at.into} AS t WHERE t."is_current" AND ${printSameKey(target)})`,
  }
}

/**
 * Brings a history to the staged rows: versions that differ are closed and followed by new ones; with `complete`, so are those
 * whose key is not staged.
 */
export async function addVersions(sql: Statements, target: TargetTable, at: Versioning): Promise<Applied> {
  const doing = `adding versions to ${target.schema}.${target.name}`
  const { closeGone, closeChanged, add } = printVersions(target, at)
  const deleted = closeGone === undefined ? 0 : await sql.run(closeGone, doing)
  const updated = closeChanged === undefined ? 0 : await sql.run(closeChanged, doing)
  const added = await sql.run(add, doing)
  return { inserted: added - updated, updated, deleted }
}

/** Inserts the staged rows. */
export async function insertAll(sql: Statements, target: TargetTable, at: Places): Promise<number> {
  return sql.run(
    `INSERT INTO ${at.into} (${namesOf(target)}) SELECT ${namesOf(target)} FROM ${at.stage}`,
    `inserting into ${target.schema}.${target.name}`,
  )
}
