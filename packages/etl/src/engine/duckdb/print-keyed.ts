import { quoteName } from '../../function/dialect.ts'
import { printSortKey } from '../../function/print.ts'
import type { DedupeNode, SessionizeNode } from '../../plan/node.ts'
import type { Schema } from '../../plan/type.ts'

/** Sort keys over all columns that have an order: they make any order total up to rows equal in every column. */
export function tieBreakers(schema: Schema): string[] {
  return schema.map((f) =>
    f.type.kind === 'map' || f.type.kind === 'json'
      ? `CAST(${quoteName(f.name)} AS VARCHAR) ASC NULLS LAST`
      : `${quoteName(f.name)} ASC NULLS LAST`,
  )
}

/** The order by which a dedupe keeps the first row of a key, ties broken by all columns. */
export function dedupeOrder(node: DedupeNode): string {
  return [...node.order.map((k) => printSortKey(k, 'duckdb')), ...tieBreakers(node.schema)].join(', ')
}

/** Prints a dedupe as one window pass; right for small inputs, the staged passes of `dedupe.ts` for others. */
export function printDedupe(node: DedupeNode, from: string): string {
  const keys = node.by.map(quoteName).join(', ')
  return `SELECT * FROM ${from} QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${dedupeOrder(node)}) = 1`
}

/** Prints sessions as two window passes over the same order: a new session starts after a gap longer than `gapMs`. */
export function printSessionize(node: SessionizeNode, from: string): string {
  const at = quoteName(node.at)
  const by = node.by.map(quoteName).join(', ')
  const input = node.schema.filter((f) => f.name !== node.as && f.name !== node.startAs)
  const order = [`${at} ASC NULLS LAST`, ...tieBreakers(input.filter((f) => f.name !== node.at))].join(', ')
  const window = `(PARTITION BY ${by} ORDER BY ${order})`
  const frame = `(PARTITION BY ${by} ORDER BY ${order} ROWS UNBOUNDED PRECEDING)`
  const starts = `CASE WHEN lag(${at}) OVER ${window} IS NULL OR epoch_us(${at}) - epoch_us(lag(${at}) OVER ${window}) > ${node.gapMs * 1000} THEN 1 ELSE 0 END`
  const columns = node.schema.map((f) => {
    if (f.name === node.as) return `CAST(sum("__starts") OVER ${frame} AS BIGINT) AS ${quoteName(f.name)}`
    if (f.name === node.startAs) {
      return `max(CASE WHEN "__starts" = 1 THEN ${at} END) OVER ${frame} AS ${quoteName(f.name)}`
    }
    return quoteName(f.name)
  })
  return `SELECT ${columns.join(', ')} FROM (SELECT *, ${starts} AS "__starts" FROM ${from})`
}
