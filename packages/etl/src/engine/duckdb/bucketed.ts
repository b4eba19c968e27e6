import { canonicalJson } from '../../base/json.ts'
import { printSortKey } from '../../function/print.ts'
import { columnsOf, type Expression } from '../../plan/expression.ts'
import type {
  AggregateNode,
  DedupeNode,
  PivotNode,
  SessionizeNode,
  SortNode,
  WindowNode,
} from '../../plan/node.ts'
import { field, int64, type Schema } from '../../plan/type.ts'
import { printAggregate, printPivot } from '../print/aggregate.ts'
import { tieBreakers } from '../print/keyed.ts'
import { printNode } from '../print/node.ts'
import { columnList, sqlOf } from '../print/sql.ts'
import { book, type Lowering } from './booking.ts'
import type { Relation } from './relation.ts'
import { type Bucket, gather, spread } from './spread.ts'

const s = sqlOf.duckdb

/** Rows so few that every operator holds them: a KiB each fits a sixteenth of the limit. */
export function isSmall(relation: Relation, l: Lowering): boolean {
  if (relation.rows === undefined) return false
  const onlyRemoves = relation.pending.every((p) => p.node.kind === 'filter' || p.node.kind === 'expect')
  return onlyRemoves && relation.rows * 1024 <= l.memoryLimitBytes / 16
}

const rowsOf = (buckets: readonly Bucket[]): number => buckets.reduce((sum, b) => sum + b.rows, 0)

/** Books everything up to rows that have just been spread. */
export async function settled(relation: Relation, buckets: readonly Bucket[], l: Lowering): Promise<void> {
  await book(relation, rowsOf(buckets), l)
}

/** Whether passes over this input are divided at all. */
const divides = (input: Relation, l: Lowering): boolean => l.buckets > 1 && !isSmall(input, l)

const hashOf = (keys: readonly string[], buckets: number): string => `hash(${keys.join(', ')}) % ${buckets}`

/** Aggregates that keep every value they are given, which DuckDB neither spills nor counts in full. */
const keeping: ReadonlySet<string> = new Set(['list_agg', 'string_agg'])

/** Into how many buckets a grouping begins: those whose states would hold most of a large input never go whole. */
function groupBuckets(node: AggregateNode | PivotNode, input: Relation, l: Lowering): number {
  if (l.buckets > 1) return isSmall(input, l) ? 1 : l.buckets
  const keeps = (e: Expression): boolean => e.kind === 'aggregate' && keeping.has(e.function)
  const holds =
    node.kind === 'pivot'
      ? node.aggregate.type.kind === 'text' || keeps(node.aggregate)
      : node.aggregates.some((a) => keeps(a.expression))
  // A kept value takes 128 bytes and more: its text, its place in a list, and the list's slack.
  return holds && (input.rows ?? 0) * 128 > l.memoryLimitBytes ? 16 : 1
}

/**
 * Groups bucket by bucket, over the columns that the groups are made of. Undefined where that cannot be: without keys
 * there is one group, and grouping sets have several keys.
 *
 * The result has `__rows` behind the node's columns: how many rows each group was made of.
 */
export async function groupInBuckets(
  node: AggregateNode | PivotNode,
  input: Relation,
  l: Lowering,
): Promise<Relation | undefined> {
  const whole = node.keys.length === 0 || (node.kind === 'aggregate' && node.sets !== undefined)
  const count = groupBuckets(node, input, l)
  if (count === 1 || whole) return undefined
  const keys = node.kind === 'aggregate' ? node.keys.map((k) => s.expr(k.expression)) : node.keys.map(s.name)
  const read = new Set<string>(node.kind === 'aggregate' ? columnsRead(node) : pivotColumns(node))
  const schema = input.schema.filter((f) => read.has(f.name))
  if (schema.length === 0) return undefined
  const narrow = `SELECT ${columnList(schema, s)} FROM (${input.sql})`
  const buckets = await spread(narrow, schema, hashOf(keys, count), count, l)
  const rowCount = ['count(*) AS "__rows"']
  const shares = buckets.map((b) => ({
    select:
      node.kind === 'aggregate'
        ? printAggregate(node, `(${b.sql})`, rowCount, s)
        : printPivot(node, `(${b.sql})`, rowCount, s),
    of: [b],
  }))
  return gather(shares, [...node.schema, field('__rows', int64)], l, 'grouping rows')
}

const columnsRead = (node: AggregateNode): string[] =>
  [...node.keys, ...node.aggregates].flatMap((c) => columnsOf(c.expression))

const pivotColumns = (node: PivotNode): string[] => [...node.keys, node.on, ...columnsOf(node.aggregate)]

/** The partition that all columns of a window node share; rows of other partitions never meet. */
function sharedPartition(node: WindowNode): Expression[] {
  const lists = node.columns.map((c) => (c.expression.kind === 'window' ? c.expression.partition : []))
  const [first = [], ...others] = lists
  const among = (list: readonly Expression[], e: Expression): boolean =>
    list.some((o) => canonicalJson(o) === canonicalJson(e))
  return first.filter((e) => others.every((list) => among(list, e)))
}

/** Computes windows or sessions bucket by bucket; undefined where all rows are one partition. */
export async function windowInBuckets(
  node: WindowNode | SessionizeNode,
  input: Relation,
  l: Lowering,
  spine: boolean,
): Promise<Relation | undefined> {
  const keys = node.kind === 'window' ? sharedPartition(node).map(s.expr) : node.by.map(s.name)
  if (!divides(input, l) || keys.length === 0) return undefined
  const buckets = await spread(input.sql, input.schema, hashOf(keys, l.buckets), l.buckets, l)
  if (spine) await settled(input, buckets, l)
  const shares = buckets.map((b) => ({
    select: printNode(node, (n) => (n === node.from ? b.sql : undefined), 'duckdb'),
    of: [b],
  }))
  return gather(shares, node.schema, l, 'computing windows')
}

/** Keeps the first row of each key bucket by bucket; undefined for inputs that need no division. */
export async function dedupeInBuckets(
  node: DedupeNode,
  input: Relation,
  l: Lowering,
  spine: boolean,
): Promise<Relation | undefined> {
  if (!divides(input, l)) return undefined
  const buckets = await spread(input.sql, input.schema, hashOf(node.by.map(s.name), l.buckets), l.buckets, l)
  if (spine) await settled(input, buckets, l)
  const shares = buckets.map((b) => ({
    select: printNode(node, (n) => (n === node.from ? b.sql : undefined), 'duckdb'),
    of: [b],
  }))
  const kept = await gather(shares, node.schema, l, 'keeping one row of each key')
  if (spine) l.tally.deduplicated += rowsOf(buckets) - (kept.rows ?? 0)
  return kept
}

/** How many rows tell where the values of a sort key lie. */
const sampleRows = 20_000

/**
 * Sorts range by range of the first key, so that only one range is compared at a time; the position of each row among
 * all is kept, and what is left to sort by is that one number.
 */
export async function sortInBuckets(
  node: SortNode,
  input: Relation,
  l: Lowering,
  spine: boolean,
): Promise<Relation | undefined> {
  const [first] = node.order
  if (!divides(input, l) || first === undefined) return undefined
  const sample = `SELECT ${s.expr(first.expression)} AS k FROM (${input.sql}) USING SAMPLE reservoir(${sampleRows} ROWS) REPEATABLE (1)`
  const table = `"bounds_${++l.stages}"`
  const ends = `SELECT max(k) AS bound FROM (SELECT k, ntile(${l.buckets}) OVER (ORDER BY k) AS part FROM (${sample}) WHERE k IS NOT NULL) GROUP BY part`
  await l.session.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT list(DISTINCT bound ORDER BY bound) AS bounds FROM (${ends})`,
    'sorting rows',
  )
  const key = s.expr(first.expression)
  // A value above every bound of the sample belongs to the last range.
  const above = `least(len(list_filter((SELECT bounds FROM ${table}), lambda b: b < ${key})), ${l.buckets - 1})`
  const buckets = await spread(
    input.sql,
    input.schema,
    `coalesce(CASE WHEN ${key} IS NOT NULL THEN ${above} END, ${l.buckets})`,
    l.buckets + 1,
    l,
  )
  if (spine) await settled(input, buckets, l)
  return numbered(node, inOrder(buckets, first), l)
}

/** Ranges in the order of the sort; the last one holds the NULLs. */
function inOrder(buckets: readonly Bucket[], key: SortNode['order'][number]): readonly Bucket[] {
  const values = buckets.slice(0, -1)
  const nulls = buckets.slice(-1)
  const sorted = key.direction === 'asc' ? values : values.toReversed()
  return key.nulls === 'first' ? [...nulls, ...sorted] : [...sorted, ...nulls]
}

async function numbered(node: SortNode, ranges: readonly Bucket[], l: Lowering): Promise<Relation> {
  const order = [...node.order.map((k) => printSortKey(k, 'duckdb')), ...tieBreakers(node.schema, s)]
  let before = 0
  const shares = ranges.map((b) => {
    const select = `SELECT *, row_number() OVER (ORDER BY ${order.join(', ')}) + ${before} AS "__position" FROM (${b.sql})`
    before += b.rows
    return { select, of: [b] }
  })
  const schema: Schema = [...node.schema, field('__position', int64)]
  const sorted = await gather(shares, schema, l, 'sorting rows')
  return {
    ...sorted,
    schema: node.schema,
    sql: `SELECT ${columnList(node.schema, s)} FROM (${sorted.sql}) ORDER BY "__position"`,
  }
}
