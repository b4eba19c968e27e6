import { quoteName } from '../function/dialect.ts'
import type { TargetTable } from './contract.ts'

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

const sameKey = ({ key }: TargetTable): string =>
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
          `UPDATE ${at.into} AS t SET ${set} FROM ${at.stage} AS s WHERE ${sameKey(target)}${printNotOlder(target)}`,
          doing,
        )
  const inserted = await sql.run(
    `INSERT INTO ${at.into} (${namesOf(target)}) SELECT ${namesOf(target, 's.')} FROM ${at.stage} AS s
     WHERE NOT EXISTS (SELECT 1 FROM ${at.into} AS t WHERE ${sameKey(target)})`,
    doing,
  )
  return { inserted, updated, deleted: 0 }
}

/** Puts the staged rows in the place of those of their keys, whatever their order is: they are what the table holds now. */
export const replaceKeys = (sql: Statements, target: TargetTable, at: Places): Promise<Applied> =>
  merge(sql, { ...target, order: [] }, at)

/** Deletes the rows whose keys are staged. */
export function deleteKeys(sql: Statements, target: TargetTable, at: Places): Promise<number> {
  return sql.run(
    `DELETE FROM ${at.into} AS t WHERE EXISTS (SELECT 1 FROM ${at.stage} AS s WHERE ${sameKey(target)})`,
    `deleting from ${target.schema}.${target.name}`,
  )
}

/** Column by column, NULL being older than any value: `a > b OR (a = b AND …)`. */
function printNotOlder({ order }: TargetTable): string {
  if (order.length === 0) return ''
  const older = order.toReversed().reduce((rest, c) => {
    const [t, s] = [`t.${quoteName(c)}`, `s.${quoteName(c)}`]
    return `(${t} > ${s} OR (${t} IS NOT NULL AND ${s} IS NULL) OR (${t} IS NOT DISTINCT FROM ${s} AND ${rest}))`
  }, 'false')
  return ` AND NOT ${older}`
}

/**
 * Brings a history to the staged rows: versions that differ are closed and followed by new ones; with `complete`, so are those
 * whose key is not staged. `asOf` is a literal of the time at which the new state holds; `comparable` prints a column so that it has an equality.
 */
export async function addVersions(
  sql: Statements,
  target: TargetTable,
  at: Places & {
    readonly asOf: string
    readonly complete: boolean
    readonly comparable: (column: string) => string
  },
): Promise<Applied> {
  const doing = `adding versions to ${target.schema}.${target.name}`
  const others = target.columns.filter((f) => !target.key.includes(f.name))
  const differs = others
    .map((f) => {
      const name = quoteName(f.name)
      return `${at.comparable(`t.${name}`)} IS DISTINCT FROM ${at.comparable(`s.${name}`)}`
    })
    .join(' OR ')
  const close = `UPDATE ${at.into} AS t SET "valid_to" = ${at.asOf}, "is_current" = false`
  const deleted = at.complete
    ? await sql.run(
        `${close} WHERE t."is_current" AND NOT EXISTS (SELECT 1 FROM ${at.stage} AS s WHERE ${sameKey(target)})`,
        doing,
      )
    : 0
  const updated =
    others.length === 0
      ? 0
      : await sql.run(
          `${close} FROM ${at.stage} AS s WHERE t."is_current" AND ${sameKey(target)} AND (${differs})`,
          doing,
        )
  const added = await sql.run(
    `INSERT INTO ${at.into} (${namesOf(target)}, "valid_from", "is_current") SELECT ${namesOf(target, 's.')}, ${at.asOf}, true
     FROM ${at.stage} AS s WHERE NOT EXISTS (SELECT 1 FROM ${at.into} AS t WHERE t."is_current" AND ${sameKey(target)})`,
    doing,
  )
  return { inserted: added - updated, updated, deleted }
}

/** Inserts the staged rows. */
export async function insertAll(sql: Statements, target: TargetTable, at: Places): Promise<number> {
  return sql.run(
    `INSERT INTO ${at.into} (${namesOf(target)}) SELECT ${namesOf(target)} FROM ${at.stage}`,
    `inserting into ${target.schema}.${target.name}`,
  )
}
