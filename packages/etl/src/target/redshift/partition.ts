import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { PartitionValue, TargetTable } from '../contract.ts'
import { filesOfBoth, printPartitions } from '../selection.ts'
import { quoteRedshiftText } from './sql.ts'
import type { Work } from './work.ts'

const maxPartitions = 5_000
/** A statement of the Data API has at most 100 KB; a transaction at most 40 statements. */
const [maxConditionBytes, maxConditions] = [80_000, 30]

/** The partitions that a delivery replaces. Fails with `target.failed` when there are too many to be sensible. */
export async function changedPartitions({ session, delivery }: Work): Promise<readonly PartitionValue[]> {
  const { target, rows } = delivery
  if (target.partition === undefined || rows.changed === undefined) return []
  const found = await session.rows(
    printPartitions(target.partition, filesOfBoth(rows.changed), rows.schema),
    `listing the partitions of ${target.schema}.${target.name}`,
  )
  if (found.length > maxPartitions) throw tooMany(target, found.length)
  return found.map(([value]) => (value === null || value === undefined ? null : String(value)))
}

const tooMany = (target: TargetTable, count: number): EtlError =>
  new EtlError(
    'target.failed',
    `${target.schema}.${target.name}: ${count} partitions would be replaced at once`,
    {
      hint: 'Partition the target by a coarser value, or run it with --full.',
    },
  )

/** Prints the condition that picks the rows of one partition. */
function printInPartition(target: TargetTable, value: PartitionValue): string {
  const { column = '', transform } = target.partition ?? {}
  const name = quoteName(column)
  if (value === null) return `${name} IS NULL`
  const text = quoteRedshiftText(value)
  if (transform === undefined || transform.kind === 'identity') return `${name} = ${text}`
  const first = `CAST(${text} AS TIMESTAMP)`
  return `(${name} >= ${first} AND ${name} < DATEADD(${transform.kind}, 1, ${first}))`
}

/** Prints conditions that together pick the rows of partitions, each short enough for a statement. */
export function printInPartitions(target: TargetTable, values: readonly PartitionValue[]): readonly string[] {
  const conditions: string[] = []
  let now = ''
  for (const value of values) {
    const one = printInPartition(target, value)
    if (now !== '' && Buffer.byteLength(now) + Buffer.byteLength(one) > maxConditionBytes) {
      conditions.push(now)
      now = ''
    }
    now = now === '' ? one : `${now} OR ${one}`
  }
  if (now !== '') conditions.push(now)
  if (conditions.length > maxConditions) throw tooMany(target, values.length)
  return conditions
}
