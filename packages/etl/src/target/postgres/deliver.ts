import { EtlError } from '../../base/errors.ts'
import type { Session } from '../../engine/duckdb/session.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import {
  addVersions,
  type Applied,
  deleteKeys,
  emptyReturned,
  insertAll,
  merge,
  replaceKeys,
} from '../apply.ts'
import { isByChangedKeys } from '../changed-keys.ts'
import type { Delivery, PartitionValue } from '../contract.ts'
import { assertNotShrunk } from '../counts.ts'
import { filesOfBoth, printGoneKeys, printPartitions, printRows } from '../selection.ts'
import { columnChanges, foreign, presentColumns } from './columns.ts'
import type { Connection } from './connect.ts'
import { copyRows } from './copy.ts'
import { hasDependents, swap } from './swap.ts'
import {
  columnsOf,
  indexesOf,
  type PostgresColumn,
  printCreate,
  printInPartition,
  printPartitionTable,
  relationOf,
} from './table.ts'

/** What a delivery works with, inside its transaction. */
export interface Work {
  readonly connection: Connection
  readonly session: Session
  readonly delivery: Delivery
  readonly scratch: string
  /** Locks the ledger and fails unless the delivery may still commit. Comes before every lock that keeps readers waiting. */
  readonly claim: () => Promise<void>
}

/** What a delivery did, before the ledger is written. */
export interface Done extends Applied {
  readonly copied: number
}

const stage = 'pg_temp."securecart_stage"'
const goneStage = 'pg_temp."securecart_gone"'

/** The partitions of the rows to deliver. */
async function partitionsOf({ session, delivery }: Work): Promise<readonly PartitionValue[]> {
  const { target, rows } = delivery
  if (target.partition === undefined) return []
  const found = await session.rows(
    printPartitions(
      target.partition,
      rows.changed === undefined ? rows.files : filesOfBoth(rows.changed),
      rows.schema,
    ),
    `listing the partitions of ${target.schema}.${target.name}`,
  )
  if (found.length > maxPartitions)
    throw new EtlError(
      'target.failed',
      `${target.schema}.${target.name} would get ${found.length} partitions at once; at most ${maxPartitions} are sensible`,
      { hint: 'Partition the target by a coarser value.' },
    )
  return found.map(([value]) => (value === null || value === undefined ? null : String(value)))
}

const maxPartitions = 5_000

async function makePartitions(
  { connection, delivery }: Work,
  values: readonly PartitionValue[],
  of: string,
): Promise<void> {
  const { target, position } = delivery
  for (const value of values)
    await connection.run(
      printPartitionTable(target, of, value, position.generation),
      `making a partition of ${target.schema}.${target.name}`,
    )
}

function copyInto(
  work: Work,
  into: string,
  partitions: readonly PartitionValue[] | undefined,
): Promise<number> {
  const { connection, session, delivery, scratch } = work
  const { target, rows, signal } = delivery
  return copyRows(connection, session, {
    rows: printRows(target, rows, partitions),
    into,
    target,
    scratch,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Copies the rows into a temporary table, which vanishes with the transaction. */
async function copyToStage(
  work: Work,
  partitions: readonly PartitionValue[] | undefined,
  keyed: boolean,
): Promise<number> {
  const { connection, delivery } = work
  const { target } = delivery
  const columns = columnsOf({ ...target, mode: 'append' }).map((c) => `${quoteName(c.name)} ${c.type}`)
  const doing = `staging rows of ${target.schema}.${target.name}`
  await connection.run(`CREATE TEMP TABLE "securecart_stage" (${columns.join(', ')}) ON COMMIT DROP`, doing)
  const copied = await copyInto(work, stage, partitions)
  if (keyed)
    await connection.run(
      `ALTER TABLE ${stage} ADD PRIMARY KEY (${target.key.map(quoteName).join(', ')})`,
      doing,
    )
  await connection.run(`ANALYZE ${stage}`, doing)
  return copied
}

/** Copies the changed keys that have no row any more into another temporary table. */
async function copyGoneKeys({ connection, session, delivery, scratch }: Work): Promise<void> {
  const { target, rows, signal } = delivery
  const columns = columnsOf({ ...target, mode: 'append' }).filter((c) => target.key.includes(c.name))
  const defined = columns.map((c) => `${quoteName(c.name)} ${c.type}`).join(', ')
  const doing = `staging keys of ${target.schema}.${target.name}`
  await connection.run(`CREATE TEMP TABLE "securecart_gone" (${defined}) ON COMMIT DROP`, doing)
  await copyRows(connection, session, {
    rows: printGoneKeys(target, rows),
    into: goneStage,
    target: { ...target, columns: target.columns.filter((f) => target.key.includes(f.name)) },
    scratch,
    ...(signal === undefined ? {} : { signal }),
  })
  await connection.run(`ANALYZE ${goneStage}`, doing)
}

/** The time of a history's new state, as a literal. */
const asOfLiteral = (micros: string): string =>
  `(timestamptz '1970-01-01 00:00:00+00' + ${quoteText(`${micros} microseconds`)}::interval)`

/** Builds the table anew: beside the old one, and in its place at the end. */
export async function deliverFull(work: Work): Promise<Done> {
  const { connection, delivery } = work
  const { target, position } = delivery
  const doing = `building ${target.schema}.${target.name}`
  const present = await presentColumns(connection, target)
  if (present !== undefined && delivery.base?.relation !== `${target.schema}.${target.name}`) {
    // Another run may have made it since the position was read: that is a conflict.
    await work.claim()
    throw foreign(target, 'a table of its name is there, which it did not make')
  }
  const beside = `${quoteName(target.schema)}.${quoteName(`securecart$${position.delivery}`)}`
  const removed: readonly PostgresColumn[] =
    present === undefined ? [] : columnChanges(target, present).removed
  await connection.run(printCreate(target, beside, removed), doing)
  const partitions = await partitionsOf(work)
  await makePartitions(work, partitions, beside)
  if (target.mode === 'history')
    await connection.run(
      `ALTER TABLE ${beside} ALTER COLUMN "valid_from" SET DEFAULT ${asOfLiteral(position.asOfMicros)}, ALTER COLUMN "is_current" SET DEFAULT true`,
      doing,
    )
  const copied = await copyInto(work, beside, undefined)
  assertNotShrunk(delivery, copied)
  for (const index of indexesOf(target, position.generation))
    await connection.run(index.create(beside), doing)
  await connection.run(`ANALYZE ${beside}`, doing)
  await work.claim()
  await replaceTable(work, beside, present)
  return { copied, inserted: copied, updated: 0, deleted: delivery.base?.rows ?? 0 }
}

async function replaceTable(
  work: Work,
  beside: string,
  present: readonly PostgresColumn[] | undefined,
): Promise<void> {
  const { connection, delivery } = work
  const { target, base } = delivery
  const own = base === undefined ? [] : indexesOf({ ...target, indexes: base.indexes }, base.generation)
  const isHung =
    present !== undefined &&
    (await hasDependents(
      connection,
      target,
      own.map((i) => i.name),
    ))
  if (!isHung) return swap(connection, target, beside, present !== undefined)
  await exchangeRows(work, beside, present)
}

/** Puts the rows of a table built beside into the one that is there, because views and the like hang on that one. */
async function exchangeRows(
  { connection, delivery }: Work,
  beside: string,
  present: readonly PostgresColumn[],
): Promise<void> {
  const { target } = delivery
  const into = relationOf(target)
  const { clauses, impossible } = columnChanges(target, present)
  const doing = `exchanging the rows of ${target.schema}.${target.name}`
  if (impossible.length > 0 || target.partition !== undefined)
    throw new EtlError(
      'target.failed',
      `${target.schema}.${target.name} must be replaced (${impossible.join(', ') || 'it is partitioned'}), but views or the like hang on it`,
      { hint: 'Drop what hangs on the table, run again, and make it anew.' },
    )
  if (clauses.length > 0) await connection.run(`ALTER TABLE ${into} ${clauses.join(', ')}`, doing)
  const columns = columnsOf(target)
    .map((c) => quoteName(c.name))
    .join(', ')
  await connection.run(`DELETE FROM ${into}`, doing)
  await connection.run(`INSERT INTO ${into} (${columns}) SELECT ${columns} FROM ${beside}`, doing)
  await connection.run(`DROP TABLE ${beside}`, doing)
}

/** Adds to or changes the table that is there. */
export async function deliverIncrement(work: Work): Promise<Done> {
  const { connection, delivery } = work
  const { target, action } = delivery
  const into = relationOf(target)
  const doing = `delivering ${target.schema}.${target.name}`
  const present = await presentColumns(connection, target)
  if (present === undefined)
    throw new EtlError('target.failed', `${target.schema}.${target.name} is gone from the warehouse`, {
      hint: 'Run it with --full to build it anew.',
    })
  const changes = columnChanges(target, present)
  if (changes.impossible.length > 0)
    throw foreign(target, `its columns were changed: ${changes.impossible.join(', ')}`)
  const partitions = await partitionsOf(work)
  const { files, changed } = delivery.rows
  const isEmpty = files.length === 0 && !delivery.complete && changed === undefined
  const isDirect = action === 'append' && changes.clauses.length === 0 && partitions.length === 0 && !isEmpty
  const alter = async (): Promise<void> => {
    if (changes.clauses.length > 0)
      await connection.run(`ALTER TABLE ${into} ${changes.clauses.join(', ')}`, doing)
    await makePartitions(work, partitions, into)
    await matchIndexes(work)
  }
  if (isEmpty) {
    await work.claim()
    await alter()
    return { copied: 0, inserted: 0, updated: 0, deleted: 0 }
  }
  if (isDirect) {
    const copied = await copyInto(work, into, undefined)
    await work.claim()
    await alter()
    return { copied, inserted: copied, updated: 0, deleted: 0 }
  }
  const keyed = action === 'merge' || action === 'history'
  const copied = await copyToStage(work, action === 'partition' ? partitions : undefined, keyed)
  const byKeys = isByChangedKeys(target, delivery.rows)
  if (byKeys) await copyGoneKeys(work)
  await work.claim()
  await alter()
  if (byKeys) await emptyReturned(connection, delivery, present, into)
  return { copied, ...(await apply(work, partitions)) }
}

async function apply(work: Work, partitions: readonly PartitionValue[]): Promise<Applied> {
  const { connection, delivery } = work
  const { target, action, position, complete } = delivery
  const at = { into: relationOf(target), stage }
  switch (action) {
    case 'merge': {
      if (!isByChangedKeys(target, delivery.rows)) return merge(connection, target, at)
      const deleted = await deleteKeys(connection, target, { into: at.into, stage: goneStage })
      return { ...(await replaceKeys(connection, target, at)), deleted }
    }
    case 'history':
      return addVersions(connection, target, {
        ...at,
        asOf: asOfLiteral(position.asOfMicros),
        complete,
        differs: differsIn(delivery),
      })
    default: {
      let deleted = 0
      for (const value of action === 'partition' ? partitions : [])
        deleted += await connection.run(
          `DELETE FROM ${at.into} WHERE ${printInPartition(target, value)}`,
          `replacing partitions of ${target.schema}.${target.name}`,
        )
      return { inserted: await insertAll(connection, target, at), updated: 0, deleted }
    }
  }
}

/** Documents of the type json have no equality; their text has. */
function differsIn({ target }: Delivery): (a: string, b: string) => string {
  const documents = new Set(
    columnsOf(target)
      .filter((c) => c.type === 'json')
      .map((c) => `t.${quoteName(c.name)}`),
  )
  return (a, b) =>
    documents.has(a) ? `CAST(${a} AS text) IS DISTINCT FROM CAST(${b} AS text)` : `${a} IS DISTINCT FROM ${b}`
}

/** Makes declared indexes that are not there, and drops those that are no longer declared. */
async function matchIndexes({ connection, delivery }: Work): Promise<void> {
  const { target, base, position } = delivery
  if (base === undefined || JSON.stringify(base.indexes) === JSON.stringify(target.indexes)) return
  const doing = `indexing ${target.schema}.${target.name}`
  const plain = { ...target, mode: 'append' as const }
  const wanted = indexesOf(plain, position.generation)
  const names = new Set(wanted.map((i) => i.name))
  for (const { name } of indexesOf({ ...plain, indexes: base.indexes }, base.generation))
    if (!names.has(name))
      await connection.run(`DROP INDEX IF EXISTS ${quoteName(target.schema)}.${quoteName(name)}`, doing)
  for (const index of wanted) await connection.run(index.create(relationOf(target)), doing)
}
