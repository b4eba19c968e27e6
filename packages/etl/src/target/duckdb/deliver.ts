import { EtlError } from '../../base/errors.ts'
import type { Session } from '../../engine/duckdb/session.ts'
import { quoteName, quoteText, sqlType } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import {
  addVersions,
  type Applied,
  deleteKeys,
  emptyReturned,
  insertAll,
  merge,
  type Places,
  replaceKeys,
  type Statements,
} from '../apply.ts'
import { isByChangedKeys } from '../changed-keys.ts'
import type { Delivery, PartitionValue, TargetTable } from '../contract.ts'
import { assertNotShrunk } from '../counts.ts'
import { historyColumns } from '../history-columns.ts'
import { filesOfBoth, printGoneKeys, printPartition, printPartitions, printRows } from '../selection.ts'
import { database } from './attach.ts'

/** What a delivery did, before the ledger is written. */
export interface Done extends Applied {
  readonly copied: number
}

interface Work {
  readonly session: Session
  readonly sql: Statements
  readonly delivery: Delivery
}

const stage = 'temp."securecart_stage"'

const relationOf = ({ schema, name }: TargetTable): string =>
  `${database}.${quoteName(schema)}.${quoteName(name)}`

const columnsOf = (target: TargetTable): Schema => [
  ...target.columns,
  ...(target.mode === 'history' ? historyColumns : []),
]

const defined = (columns: Schema): string =>
  columns.map((c) => `${quoteName(c.name)} ${sqlType(c.type, 'duckdb')}`).join(', ')

interface Column {
  readonly name: string
  readonly type: string
}

async function presentColumns({ session, delivery }: Work): Promise<readonly Column[] | undefined> {
  const { schema, name } = delivery.target
  const rows = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = '${database}'
     AND schema_name = ${quoteText(schema)} AND table_name = ${quoteText(name)} ORDER BY column_index`,
    `looking at ${schema}.${name}`,
  )
  return rows.length === 0 ? undefined : rows.map(([n, t]) => ({ name: String(n), type: String(t) }))
}

/** Fails with `target.key` when a key is NULL or not unique. DuckDB's own keys cannot be replaced within a transaction. */
async function assertKeys({ session, delivery }: Work, relation: string): Promise<void> {
  const { target } = delivery
  const key = target.key.map(quoteName)
  const doing = `checking the keys of ${target.schema}.${target.name}`
  const [row] = await session.rows(
    `SELECT ${key.map((k) => `CAST(${k} AS VARCHAR)`).join(', ')} FROM ${relation} GROUP BY ${key.join(', ')}
     HAVING count(*) > 1 OR ${key.map((k) => `${k} IS NULL`).join(' OR ')} LIMIT 1`,
    doing,
  )
  if (row === undefined) return
  const shown = target.key.map((name, i) => `${name} = ${String(row[i] ?? 'NULL')}`).join(', ')
  const what = row.includes(null) ? 'a row has no key' : 'two rows have the same key'
  throw new EtlError('target.key', `${target.schema}.${target.name}: ${what}: ${shown}`, {
    hint: 'Make the key unique in the table, or give the target an `order`.',
  })
}

/** Brings the columns of the table to those of the target, by a copy: any change of columns, in one way. */
async function evolve(work: Work, present: readonly Column[]): Promise<void> {
  const { session, delivery } = work
  const { target } = delivery
  const doing = `changing the columns of ${target.schema}.${target.name}`
  const there = new Map(present.map((c) => [c.name, c.type]))
  let isSame = true
  for (const { name, type } of columnsOf(target)) {
    const now = there.get(name)
    isSame &&= now !== undefined && (await sameType(session, now, sqlType(type, 'duckdb')))
  }
  const removed = removedOf(target, present)
  if (isSame && there.size === columnsOf(target).length + removed.length) return
  const kept = [...columnsOf(target), ...removed].filter((c) => there.has(c.name))
  const names = kept.map((c) => quoteName(c.name)).join(', ')
  const into = relationOf(target)
  await session.run(`CREATE OR REPLACE TEMP TABLE "securecart_before" AS SELECT ${names} FROM ${into}`, doing)
  await session.run(`DROP TABLE ${into}`, doing)
  await session.run(`CREATE TABLE ${into} (${printColumns(target, removed)})`, doing)
  await session.run(`INSERT INTO ${into} (${names}) SELECT ${names} FROM temp."securecart_before"`, doing)
}

/** The columns that are there, and that the target no longer has but keeps. */
function removedOf(target: TargetTable, present: readonly Column[]): readonly Column[] {
  const names = new Set(columnsOf(target).map((c) => c.name))
  return target.removedColumns === 'drop' ? [] : present.filter((c) => !names.has(c.name))
}

const printColumns = (target: TargetTable, removed: readonly Column[]): string =>
  [defined(columnsOf(target)), ...removed.map((c) => `${quoteName(c.name)} ${c.type}`)].join(', ')

/** DuckDB shows types in its own spelling. */
async function sameType(session: Session, shown: string, wanted: string): Promise<boolean> {
  if (shown === wanted) return true
  const [row] = await session.rows(`SELECT typeof(CAST(NULL AS ${wanted}))`, 'comparing types')
  return row?.[0] === shown
}

const asOfLiteral = (micros: string): string => `make_timestamp(${micros})`

/** Builds the table anew. The transaction keeps the old one for all who read it until the commit. */
export async function deliverFull(work: Work): Promise<Done> {
  const { session, sql, delivery } = work
  const { target, rows, base, position } = delivery
  const doing = `building ${target.schema}.${target.name}`
  const into = relationOf(target)
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${database}.${quoteName(target.schema)}`, doing)
  const present = await presentColumns(work)
  if (present !== undefined && base?.relation !== `${target.schema}.${target.name}`)
    throw new EtlError(
      'target.foreign',
      `${target.schema}.${target.name}: a table of its name is there, which it did not make`,
      { hint: 'Give the target another name, or rename or drop what is there.' },
    )
  await session.run(`DROP TABLE IF EXISTS ${into}`, doing)
  await session.run(`CREATE TABLE ${into} (${printColumns(target, removedOf(target, present ?? []))})`, doing)
  const copied = await insertAll(sql, target, { into, stage: `(${printRows(target, rows)})` })
  assertNotShrunk(delivery, copied)
  if (target.key.length > 0) await assertKeys(work, into)
  if (target.mode === 'history')
    await session.run(
      `UPDATE ${into} SET valid_from = ${asOfLiteral(position.asOfMicros)}, is_current = true`,
      doing,
    )
  return { copied, inserted: copied, updated: 0, deleted: base?.rows ?? 0 }
}

async function partitionsOf({ session, delivery }: Work): Promise<readonly PartitionValue[] | undefined> {
  const { target, rows } = delivery
  if (target.partition === undefined || rows.changed === undefined) return undefined
  const found = await session.rows(
    printPartitions(target.partition, filesOfBoth(rows.changed), rows.schema),
    `listing the partitions of ${target.schema}.${target.name}`,
  )
  return found.map(([value]) => (value === null || value === undefined ? null : String(value)))
}

/** Adds to or changes the table that is there. */
export async function deliverIncrement(work: Work): Promise<Done> {
  const { session, sql, delivery } = work
  const { target, action, rows, complete } = delivery
  const doing = `delivering ${target.schema}.${target.name}`
  const into = relationOf(target)
  const present = await presentColumns(work)
  if (present === undefined)
    throw new EtlError('target.failed', `${target.schema}.${target.name} is gone from the warehouse`, {
      hint: 'Run it with --full to build it anew.',
    })
  await evolve(work, present)
  if (isByChangedKeys(target, rows)) await emptyReturned(sql, delivery, present, into)
  if (rows.files.length === 0 && !complete && rows.changed === undefined)
    return { copied: 0, inserted: 0, updated: 0, deleted: 0 }
  const partitions = action === 'partition' ? await partitionsOf(work) : undefined
  await session.run(`CREATE OR REPLACE TEMP TABLE "securecart_stage" (${defined(target.columns)})`, doing)
  const at = { into, stage }
  const from = { into: stage, stage: `(${printRows(target, rows, partitions)})` }
  const copied = await insertAll(sql, target, from)
  if (action === 'append')
    return { copied, inserted: await insertAll(sql, target, at), updated: 0, deleted: 0 }
  if (action === 'partition') {
    const deleted = await deletePartitions(work, into, partitions ?? [])
    return { copied, inserted: await insertAll(sql, target, at), updated: 0, deleted }
  }
  await assertKeys(work, stage)
  const applied =
    action === 'merge'
      ? await mergeInto(work, at)
      : await addVersions(sql, target, {
          ...at,
          asOf: asOfLiteral(delivery.position.asOfMicros),
          complete,
        })
  return { copied, ...applied }
}

async function mergeInto({ sql, delivery }: Work, at: Places): Promise<Applied> {
  const { target, rows } = delivery
  if (!isByChangedKeys(target, rows)) return merge(sql, target, at)
  const gone = `(${printGoneKeys(target, rows)})`
  const deleted = await deleteKeys(sql, target, { into: at.into, stage: gone })
  return { ...(await replaceKeys(sql, target, at)), deleted }
}

async function deletePartitions(
  { sql, delivery }: Work,
  into: string,
  values: readonly PartitionValue[],
): Promise<number> {
  const { target } = delivery
  if (target.partition === undefined || values.length === 0) return 0
  const list = values.map((v) => (v === null ? '(NULL)' : `(${quoteText(v)})`)).join(', ')
  return sql.run(
    `DELETE FROM ${into} WHERE EXISTS (SELECT 1 FROM (VALUES ${list}) AS p(value)
     WHERE p.value IS NOT DISTINCT FROM ${printPartition(target.partition)})`,
    `replacing partitions of ${target.schema}.${target.name}`,
  )
}
