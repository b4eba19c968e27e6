import { microsPostgres } from '../../function/time/epoch.ts'
import { printSortKey } from '../../function/print.ts'
import type { BucketNode, DedupeNode, SessionizeNode } from '../../plan/node.ts'
import type { LogicalType, Schema } from '../../plan/type.ts'
import { columnList, sourceOf, type Sql } from './sql.ts'

/** Sort keys over all columns that have an order: they make any order total up to rows equal in every column. */
export function tieBreakers(schema: Schema, s: Sql): string[] {
  return schema.map((f) => `${orderValue(s.name(f.name), f.type, s)} ASC NULLS LAST`)
}

function orderValue(column: string, type: LogicalType, s: Sql): string {
  if (s.dialect === 'spark') return sparkOrder(column, type)
  if (type.kind === 'map' || type.kind === 'json')
    return s.dialect === 'duckdb' ? `CAST(${column} AS VARCHAR)` : `CAST(${column} AS TEXT) COLLATE "C"`
  return s.dialect === 'postgres' && type.kind === 'text' ? `${column} COLLATE "C"` : column
}

/** Spark puts NULLs inside lists and structs first, the others last: a mark before each value says whether it is NULL. */
function sparkOrder(value: string, type: LogicalType): string {
  switch (type.kind) {
    case 'list':
      return `transform(${value}, e -> struct(e IS NULL, ${sparkOrder('e', type.element)}))`
    case 'struct': {
      const members = type.fields.map((f) => {
        const member = `${value}.\`${f.name.replaceAll('`', '``')}\``
        return `${member} IS NULL, ${sparkOrder(member, f.type)}`
      })
      return `CASE WHEN ${value} IS NOT NULL THEN struct(${members.join(', ')}) END`
    }
    default:
      return value
  }
}

/** The order by which a dedupe keeps the first row of a key, ties broken by all columns. */
export function dedupeOrder(node: DedupeNode, s: Sql): string {
  return [...node.order.map((k) => printSortKey(k, s.dialect)), ...tieBreakers(node.schema, s)].join(', ')
}

/** Prints a dedupe as one window pass. */
export function printDedupe(node: DedupeNode, from: string, s: Sql): string {
  const keys = node.by.map(s.name).join(', ')
  const rank = `row_number() OVER (PARTITION BY ${keys} ORDER BY ${dedupeOrder(node, s)}) AS ${s.name('__rank')}`
  const ranked = sourceOf(`(SELECT *, ${rank} FROM ${sourceOf(from, s)})`, s)
  return `SELECT ${columnList(node.schema, s)} FROM ${ranked} WHERE ${s.name('__rank')} = 1`
}

/** Prints the microseconds since the epoch of a timestamp. */
export function microsOf(timestamp: string, s: Sql): string {
  switch (s.dialect) {
    case 'duckdb':
      return `epoch_us(${timestamp})`
    case 'postgres':
      return microsPostgres(timestamp)
    case 'spark':
      // The session's zone is UTC, so the detour over the zoned type changes nothing.
      return `unix_micros(CAST(${timestamp} AS TIMESTAMP_LTZ))`
  }
}

function timestampOf(micros: string, s: Sql): string {
  switch (s.dialect) {
    case 'duckdb':
      return `make_timestamp(${micros})`
    case 'postgres':
      return `(TIMESTAMP '1970-01-01' + (${micros}) * INTERVAL '1 microsecond')`
    case 'spark':
      return `CAST(timestamp_micros(${micros}) AS TIMESTAMP_NTZ)`
  }
}

/** Prints sessions as two window passes over the same order: a new session starts after a gap longer than `gapMs`. */
export function printSessionize(node: SessionizeNode, from: string, s: Sql): string {
  const at = s.name(node.at)
  const starts = s.name('__starts')
  const by = node.by.map(s.name).join(', ')
  const input = node.schema.filter((f) => f.name !== node.as && f.name !== node.startAs)
  const others = input.filter((f) => f.name !== node.at)
  const order = [`${at} ASC NULLS LAST`, ...tieBreakers(others, s)].join(', ')
  const window = `(PARTITION BY ${by} ORDER BY ${order})`
  const frame = `(PARTITION BY ${by} ORDER BY ${order} ROWS UNBOUNDED PRECEDING)`
  const before = `lag(${at}) OVER ${window}`
  const gap = `${microsOf(at, s)} - ${microsOf(before, s)} > ${node.gapMs * 1000}`
  const isStart = `CASE WHEN ${before} IS NULL OR ${gap} THEN 1 ELSE 0 END AS ${starts}`
  const columns = node.schema.map((f) => {
    const name = s.name(f.name)
    if (f.name === node.as) return `CAST(sum(${starts}) OVER ${frame} AS BIGINT) AS ${name}`
    if (f.name === node.startAs) return `max(CASE WHEN ${starts} = 1 THEN ${at} END) OVER ${frame} AS ${name}`
    return name
  })
  return `SELECT ${columns.join(', ')} FROM ${sourceOf(`(SELECT *, ${isStart} FROM ${sourceOf(from, s)})`, s)}`
}

/** Prints the column with the start of each row's time bucket. */
export function printBucket(node: BucketNode, from: string, s: Sql): string {
  const width = node.widthMs * 1000
  const us = microsOf(s.name(node.at), s)
  const start = timestampOf(`${us} - ((${us} % ${width}) + ${width}) % ${width}`, s)
  return `SELECT *, ${start} AS ${s.name(node.as)} FROM ${sourceOf(from, s)}`
}
