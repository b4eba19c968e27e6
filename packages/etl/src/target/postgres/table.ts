import { fingerprint } from '../../base/json.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { PartitionValue, TargetTable } from '../contract.ts'
import { historyColumns } from '../history-columns.ts'
import { postgresType } from './type.ts'

/** The quoted `schema.table` of a target. */
export const relationOf = (target: Pick<TargetTable, 'schema' | 'name'>): string =>
  `${quoteName(target.schema)}.${quoteName(target.name)}`

/** A name of at most 63 bytes that no other thing has. */
const ownName = (target: TargetTable, what: unknown): string =>
  `${target.name.slice(0, 40)}$${fingerprint(what).slice(0, 16)}`

export interface PostgresColumn {
  readonly name: string
  /** As `format_type` writes it. */
  readonly type: string
}

/** The columns that a target's table has: the delivered ones, and those that keep its versions. */
export function columnsOf(target: TargetTable): readonly PostgresColumn[] {
  return [
    ...target.columns.map((f) => ({ name: f.name, type: postgresType(f.type) })),
    ...(target.mode === 'history'
      ? historyColumns.map((f) => ({ name: f.name, type: postgresType(f.type) }))
      : []),
  ]
}

const kept = (target: TargetTable): boolean => target.mode === 'merge' && target.key.length > 0

/** Prints the statement that makes the table of a target under a name, empty and without its indexes. */
export function printCreate(
  target: TargetTable,
  relation: string,
  removed: readonly PostgresColumn[],
): string {
  const key = new Set(target.key)
  const columns = [...columnsOf(target), ...removed].map(
    (c) => `${quoteName(c.name)} ${c.type}${key.has(c.name) ? ' NOT NULL' : ''}`,
  )
  const { partition } = target
  const by =
    partition === undefined
      ? ''
      : ` PARTITION BY ${partition.transform.kind === 'identity' ? 'LIST' : 'RANGE'} (${quoteName(partition.column)})`
  return `CREATE TABLE ${relation} (${columns.join(', ')})${by}`
}

/** Prints the statements that make one partition where it is not there yet. `of` is the partitioned table. */
export function printPartitionTable(
  target: TargetTable,
  of: string,
  value: PartitionValue,
  generation: string,
): string {
  const name = `${quoteName(target.schema)}.${quoteName(ownName(target, ['partition', generation, value]))}`
  return `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${of} ${printBound(target, value)}`
}

const era = (text: string): string => text.replace(' (BC)', ' BC')

function printBound(target: TargetTable, value: PartitionValue): string {
  const kind = target.partition?.transform.kind
  if (kind === 'identity') return `FOR VALUES IN (${value === null ? 'NULL' : quoteText(era(value))})`
  if (value === null) return 'DEFAULT'
  return `FOR VALUES FROM (${quoteText(era(value))}) TO (${printNext(target, value)})`
}

/** The first value of the partition after a given one. A bound of a partition may be any expression without columns. */
export function printNext(target: TargetTable, value: string): string {
  const type = columnsOf(target).find((c) => c.name === target.partition?.column)?.type ?? 'date'
  return `CAST(CAST(${quoteText(era(value))} AS timestamp) + interval '1 ${target.partition?.transform.kind ?? 'day'}' AS ${type})`
}

/** Prints the condition that picks the rows of one partition. */
export function printInPartition(target: TargetTable, value: PartitionValue): string {
  const column = quoteName(target.partition?.column ?? '')
  if (target.partition?.transform.kind === 'identity')
    return value === null ? `${column} IS NULL` : `${column} = ${quoteText(era(value))}`
  if (value === null) return `(${column} IS NULL OR NOT isfinite(${column}))`
  return `(${column} >= ${quoteText(era(value))} AND ${column} < ${printNext(target, value)})`
}

/** An index that a target's table has. */
export interface PostgresIndex {
  /** Unquoted; the same for the same columns of one generation. */
  readonly name: string
  /** Makes it on a relation. */
  create(relation: string): string
}

/** The key and the declared indexes of a target's table. */
export function indexesOf(target: TargetTable, generation: string): readonly PostgresIndex[] {
  const quoted = (columns: readonly string[]): string => columns.map(quoteName).join(', ')
  const made: PostgresIndex[] = target.indexes.map((columns) => {
    const name = ownName(target, ['index', generation, columns])
    return {
      name,
      create: (relation) =>
        `CREATE INDEX IF NOT EXISTS ${quoteName(name)} ON ${relation} (${quoted(columns)})`,
    }
  })
  if (kept(target)) {
    const name = ownName(target, ['key', generation, target.key])
    const create = (relation: string): string =>
      `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteName(name)} PRIMARY KEY (${quoted(target.key)})`
    return [{ name, create }, ...made]
  }
  if (target.mode !== 'history') return made
  const name = ownName(target, ['key', generation, target.key])
  const create = (relation: string): string =>
    `CREATE UNIQUE INDEX IF NOT EXISTS ${quoteName(name)} ON ${relation} (${quoted(target.key)}) WHERE "is_current"`
  return [{ name, create }, ...made]
}
