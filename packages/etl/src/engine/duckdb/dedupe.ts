import { quoteName } from '../../function/dialect.ts'
import type { DedupeNode } from '../../plan/node.ts'
import { field, int64 } from '../../plan/type.ts'
import { dedupeOrder } from '../print/keyed.ts'
import { columnList, sqlOf } from '../print/sql.ts'
import type { Lowering } from './booking.ts'
import { type Bucket, discard, spread } from './spread.ts'

/** Bytes of working memory that the duplicate search needs for each row: a hash, its group and slack. */
const bytesPerRow = 96

/** No bucket takes more than this, however much memory there is: beyond it the groups no longer fit any cache. */
const maxBucketBytes = 384 * 2 ** 20

/** How many hash buckets keep one bucket's groups within a quarter of the memory limit. */
export function bucketCount(rows: number, memoryLimitBytes: number): number {
  return Math.max(1, Math.ceil((rows * bytesPerRow) / Math.min(maxBucketBytes, memoryLimitBytes / 4)))
}

/**
 * Finds the rows that a dedupe drops, on narrow columns and bucket by bucket, so that memory stays bounded whatever the
 * size of the input; then the winners are one scan with an anti join.
 *
 * First the 64-bit hashes of keys that occur more than once (a superset of the duplicated keys), then an exact ranking
 * of only those rows. Measured against `row_number() = 1` over all rows: a third of the time, a sixth of the memory.
 *
 * @param withRowIds a SELECT of the input's columns plus `__row`
 * @returns the SELECT of the kept rows and the number of dropped ones
 */
export async function stageDedupe(
  node: DedupeNode,
  withRowIds: string,
  rows: number,
  l: Lowering,
): Promise<{ readonly sql: string; readonly dropped: number }> {
  const { session, memoryLimitBytes } = l
  const table = `dedupe_${++l.stages}`
  const keys = node.by.map(quoteName).join(', ')
  const hash = `hash(${keys})`
  const duplicated = quoteName(`${table}_keys`)
  const losers = quoteName(`${table}_rows`)
  await session.run(`CREATE TEMP TABLE ${duplicated} (h UBIGINT)`, 'finding duplicates')
  await session.run(`CREATE TEMP TABLE ${losers} ("__loser" BIGINT)`, 'finding duplicates')
  const buckets = bucketCount(rows, memoryLimitBytes)
  for (let b = 0; b < buckets; b++) {
    const only = buckets === 1 ? '' : ` WHERE ${hash} % ${buckets} = ${b}`
    await session.run(
      `INSERT INTO ${duplicated} SELECT h FROM (SELECT ${hash} AS h FROM (${withRowIds})${only}) GROUP BY h HAVING count(*) > 1`,
      'finding duplicates',
    )
  }
  const candidates = await session.count(`SELECT count(*) FROM ${duplicated}`, 'finding duplicates')
  const rivals = `SELECT * FROM (${withRowIds}) WHERE ${hash} IN (SELECT h FROM ${duplicated})`
  for (const bucket of candidates === 0 ? [] : await spreadRivals(node, rivals, hash, candidates, l)) {
    await session.run(
      `INSERT INTO ${losers} SELECT "__row" FROM (SELECT "__row", row_number() OVER (PARTITION BY ${keys} ORDER BY ${dedupeOrder(node, sqlOf.duckdb)}) AS "__rank" FROM (${bucket.sql})) WHERE "__rank" > 1`,
      'ranking duplicates',
    )
    await discard(bucket)
  }
  const dropped = await session.count(`SELECT count(*) FROM ${losers}`, 'ranking duplicates')
  const kept = dropped === 0 ? '' : ` ANTI JOIN ${losers} ON "__row" = "__loser"`
  return { sql: `SELECT ${columnList(node.schema, sqlOf.duckdb)} FROM (${withRowIds})${kept}`, dropped }
}

/** Divides rows of keys that occur twice; they are whole rows, because the order is total only over every column. */
async function spreadRivals(
  node: DedupeNode,
  rivals: string,
  hash: string,
  candidates: number,
  l: Lowering,
): Promise<readonly Bucket[]> {
  const count = bucketCount(candidates * 16, l.memoryLimitBytes)
  if (count === 1) return [{ sql: rivals, rows: candidates, files: [] }]
  const schema = [...node.from.schema, field('__row', int64)]
  // The lower digits of the hash have divided the search for keys; equal ones would leave buckets empty.
  return spread(rivals, schema, `(${hash} >> 32) % ${count}`, count, l)
}
