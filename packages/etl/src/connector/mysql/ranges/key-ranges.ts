import type { MysqlConnection } from '../connect.ts'
import { quoteMysqlName } from '../select.ts'

const integers = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint']
/** A range is not worth a query of its own below so many keys. */
const leastKeys = 10_000n

/**
 * Conditions that divide the rows of a connection's snapshot into about `count` ranges of the first column of the primary
 * key, which together hold each row once. Undefined where it is no integer, or there are few of them.
 */
export async function keyRanges(
  connection: MysqlConnection,
  table: string,
  count: number,
): Promise<readonly string[] | undefined> {
  const [found] = await connection.rows(
    `SELECT s.column_name, c.data_type FROM information_schema.statistics s JOIN information_schema.columns c
       ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
     WHERE s.table_schema = DATABASE() AND BINARY s.table_name = ? AND s.index_name = 'PRIMARY' AND s.seq_in_index = 1`,
    [table],
  )
  const [name, type] = found ?? []
  if (name === undefined || name === null || !integers.includes(type?.toLowerCase() ?? '')) return undefined
  const key = quoteMysqlName(name)
  const [ends] = await connection.rows(`SELECT MIN(${key}), MAX(${key}) FROM ${quoteMysqlName(table)}`)
  const [least, most] = ends ?? []
  if (typeof least !== 'string' || typeof most !== 'string') return undefined
  return dividedRange(BigInt(least), BigInt(most), BigInt(count)).map(
    ([from, to]) => `${key} BETWEEN ${from} AND ${to}`,
  )
}

/** Divides whole numbers from `least` to `most` (inclusive) into at most `count` ranges (inclusive) of about equal width. */
export function dividedRange(
  least: bigint,
  most: bigint,
  count: bigint,
): readonly (readonly [from: bigint, to: bigint])[] {
  const width = (most - least) / count + 1n
  const step = width < leastKeys ? leastKeys : width
  const ranges: [bigint, bigint][] = []
  for (let from = least; from <= most; from += step)
    ranges.push([from, from + step - 1n < most ? from + step - 1n : most])
  return ranges
}
