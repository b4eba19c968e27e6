import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import {
  type Applied,
  printDiffers,
  printEmptied,
  printOlder,
  printSameKey,
  printVersions,
} from '../apply.ts'
import { isByChangedKeys } from '../changed-keys.ts'
import type { PartitionValue } from '../contract.ts'
import { columnChanges, type ColumnChanges, presentColumns, printAlterations } from './columns.ts'
import { printReplacement } from './full.ts'
import { assertKeys } from './keys.ts'
import { changedPartitions, printInPartitions } from './partition.ts'
import { printRedshiftDiffers, relationOf } from './sql.ts'
import { loadStage, type Staged, stagedGoneKeys, stagedRows, stageFiles } from './stage.ts'
import { columnsOf, printCreate } from './table.ts'
import { asOfLiteral, ownTables, type Prepared, type Work } from './work.ts'

/** Stages the rows that are added to or change the table that is there, and prints what brings them into it. */
export async function prepareIncrement(work: Work): Promise<Prepared> {
  const { connection, delivery } = work
  const { target, action } = delivery
  const present = await presentColumns(connection, target)
  if (present === undefined)
    throw new EtlError('target.failed', `${target.schema}.${target.name} is gone from the warehouse`, {
      hint: 'Run it with --full to build it anew.',
    })
  const changes = columnChanges(delivery, present)
  const partitions = action === 'partition' ? await changedPartitions(work) : undefined
  const { files, changed } = delivery.rows
  const isEmpty = files.length === 0 && !delivery.complete && changed === undefined
  const staged = isEmpty ? 0 : await stage(work, partitions)
  const own = ownTables(work)
  if (changes.mustCopy) {
    await copyBeside(
      work,
      changes,
      present.map((c) => c.name),
    )
    const { statements, ...counts } = await apply(work, {
      into: own.beside,
      staged,
      isEmpty,
      partitions,
      missing: [],
      present,
    })
    for (const sql of statements)
      await connection.run(sql, `delivering ${target.schema}.${target.name}`, delivery.signal)
    return { ...counts, statements: await printReplacement(work, own.beside, changes) }
  }
  const missing = changes.added.map((c) => c.name)
  const prepared = await apply(work, {
    into: relationOf(target),
    staged,
    isEmpty,
    partitions,
    missing,
    present,
  })
  return { ...prepared, statements: [...printAlterations(target, changes), ...prepared.statements] }
}

async function stage(work: Work, partitions: readonly PartitionValue[] | undefined): Promise<number> {
  const { delivery } = work
  const { stage, raw, gone, rawGone } = ownTables(work)
  const rows = await stageAs(work, stagedRows(delivery, partitions), { stage, raw })
  if (delivery.action === 'merge' || delivery.action === 'history') await assertKeys(work, stage)
  if (isByChangedKeys(delivery.target, delivery.rows))
    await stageAs(work, stagedGoneKeys(delivery), { stage: gone, raw: rawGone })
  return rows
}

async function stageAs(work: Work, staged: Staged, names: Parameters<typeof loadStage>[3]): Promise<number> {
  const files = await stageFiles(work, staged)
  await loadStage(work, staged, files, names)
  return files.rows
}

/** Copies the table that is there into one with the columns, types and layout of the target. */
async function copyBeside(work: Work, changes: ColumnChanges, present: readonly string[]): Promise<void> {
  const { connection, delivery } = work
  const { target } = delivery
  const { beside } = ownTables(work)
  const doing = `changing the columns of ${target.schema}.${target.name}`
  await connection.run(printCreate(target, beside, changes.kept), doing)
  const columns = [...columnsOf(target), ...changes.kept].filter((c) => present.includes(c.name))
  const names = columns.map((c) => quoteName(c.name)).join(', ')
  // Without casts: one to a shorter text would cut it, where the assignment fails.
  await connection.run(
    `INSERT INTO ${beside} (${names}) SELECT ${names} FROM ${relationOf(target)}`,
    doing,
    delivery.signal,
  )
}

interface Into {
  /** The quoted table that the staged rows go into. */
  readonly into: string
  readonly staged: number
  readonly isEmpty: boolean
  readonly partitions: readonly PartitionValue[] | undefined
  /** Columns that the table gets in the same transaction: it cannot be asked for them before. */
  readonly missing: readonly string[]
  /** Columns of the target before the delivery. */
  readonly present: readonly { readonly name: string }[]
}

async function apply(work: Work, at: Into): Promise<Prepared> {
  const { action } = work.delivery
  const nothing: Applied = { inserted: 0, updated: 0, deleted: 0 }
  if (at.isEmpty) return { copied: 0, ...nothing, statements: [] }
  switch (action) {
    case 'merge':
      return isByChangedKeys(work.delivery.target, work.delivery.rows)
        ? replaceKeys(work, at)
        : merge(work, at, work.delivery.target.order)
    case 'history':
      return addVersions(work, at)
    default:
      return replacePartitions(work, at)
  }
}

const namesOf = ({ delivery }: Work, prefix = ''): string =>
  delivery.target.columns.map((f) => `${prefix}${quoteName(f.name)}`).join(', ')

async function count({ connection, delivery }: Work, from: string): Promise<number> {
  const { schema, name } = delivery.target
  const [row] = await connection.rows(`SELECT COUNT(*) FROM ${from}`, `comparing rows of ${schema}.${name}`)
  return Number(row?.[0])
}

/** Appends rows, or replaces the partitions that they are of. */
async function replacePartitions(work: Work, { into, staged, partitions = [] }: Into): Promise<Prepared> {
  const { stage } = ownTables(work)
  const conditions = printInPartitions(work.delivery.target, partitions)
  let deleted = 0
  for (const where of conditions) deleted += await count(work, `${into} WHERE ${where}`)
  const statements = [
    ...conditions.map((where) => `DELETE FROM ${into} WHERE ${where}`),
    `INSERT INTO ${into} (${namesOf(work)}) SELECT ${namesOf(work)} FROM ${stage}`,
  ]
  return { copied: staged, inserted: staged, updated: 0, deleted, statements }
}

/**
 * MERGE takes no condition besides that keys are equal, so staged rows that are older than those that are there leave the
 * stage before it.
 */
async function merge(
  work: Work,
  { into, staged, missing }: Into,
  ordered: readonly string[],
): Promise<Prepared> {
  const { connection, delivery } = work
  const { target } = delivery
  const { stage } = ownTables(work)
  const [table = ''] = /"(?:[^"]|"")*"$/.exec(into) ?? []
  const order = ordered.filter((c) => !missing.includes(c))
  if (order.length > 0) {
    const key = target.key.map(quoteName)
    const older = printOlder({ order }, printRedshiftDiffers)
    await connection.run(
      `DELETE FROM ${stage} WHERE (${key.join(', ')}) IN (SELECT ${key.map((k) => `s.${k}`).join(', ')} FROM ${stage} AS s
       JOIN ${into} AS t ON ${printSameKey(target)} WHERE ${older})`,
      `leaving out older rows of ${target.schema}.${target.name}`,
    )
  }
  const left = order.length > 0 ? await count(work, stage) : staged
  const matched = await count(work, `${stage} AS s JOIN ${into} AS t ON ${printSameKey(target)}`)
  const others = target.columns.filter((f) => !target.key.includes(f.name)).map((f) => quoteName(f.name))
  // MERGE needs something to update; the key, which stays the same, does where there is nothing else.
  const set = (others.length > 0 ? others : target.key.map(quoteName)).map((c) => `${c} = s.${c}`)
  const on = target.key.map((c) => `${table}.${quoteName(c)} = s.${quoteName(c)}`).join(' AND ')
  const statement = `MERGE INTO ${into} USING ${stage} AS s ON ${on} WHEN MATCHED THEN UPDATE SET ${set.join(', ')}
    WHEN NOT MATCHED THEN INSERT (${namesOf(work)}) VALUES (${namesOf(work, 's.')})`
  const updated = others.length > 0 ? matched : 0
  return { copied: staged, inserted: left - matched, updated, deleted: 0, statements: [statement] }
}

/** Puts the staged rows in the place of those of their keys, whatever their order is, and deletes keys that have none. */
async function replaceKeys(work: Work, at: Into): Promise<Prepared> {
  const { target, base } = work.delivery
  const { into } = at
  const key = target.key.map(quoteName).join(', ')
  const isGone = `${into} WHERE (${key}) IN (SELECT ${key} FROM ${ownTables(work).gone})`
  const deleted = await count(work, isGone)
  const merged = await merge(work, at, [])
  const emptied = printEmptied(target, base, at.present, into)
  const statements = [
    ...(emptied === undefined ? [] : [emptied]),
    `DELETE FROM ${isGone}`,
    ...merged.statements,
  ]
  return { ...merged, deleted, statements }
}

async function addVersions(work: Work, { into, staged, missing }: Into): Promise<Prepared> {
  const { delivery } = work
  const { target, complete, position } = delivery
  const { stage } = ownTables(work)
  const asOf = asOfLiteral(position.asOfMicros)
  const { closeGone, closeChanged, add } = printVersions(target, {
    into,
    stage,
    asOf,
    complete,
    differs: differsIn(work, []),
  })
  const differs = printDiffers(target, differsIn(work, missing)) ?? 'false'
  const open = `${stage} AS s JOIN ${into} AS t ON ${printSameKey(target)} WHERE t."is_current"`
  const known = await count(work, open)
  const updated = closeChanged === undefined ? 0 : await count(work, `${open} AND (${differs})`)
  const deleted = complete ? (await count(work, `${into} AS t WHERE t."is_current"`)) - known : 0
  return {
    copied: staged,
    inserted: staged - known,
    updated,
    deleted,
    statements: [closeGone, closeChanged, add].filter((s) => s !== undefined),
  }
}

/** Values of SUPER are compared as their JSON text. A column that is not there yet is NULL. */
function differsIn({ delivery }: Work, missing: readonly string[]): (a: string, b: string) => string {
  const types = new Map(columnsOf(delivery.target).map((c) => [`t.${quoteName(c.name)}`, c.type]))
  const absent = new Set(missing.map((name) => `t.${quoteName(name)}`))
  return (a, b) => {
    if (absent.has(a)) return `${b} IS NOT NULL`
    const text = (x: string): string => (types.get(a) === 'SUPER' ? `JSON_SERIALIZE_TO_VARBYTE(${x})` : x)
    return printRedshiftDiffers(text(a), text(b))
  }
}
