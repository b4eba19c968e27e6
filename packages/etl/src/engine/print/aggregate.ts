import type { Expression } from '../../plan/expression.ts'
import type { AggregateNode, GroupingSets, PivotNode } from '../../plan/node.ts'
import { bool, findField, text } from '../../plan/type.ts'
import { namedList, sourceOf, type Sql } from './sql.ts'

/** Prints an aggregation; `extra` are further columns of the SELECT list, such as a row count. */
export function printAggregate(node: AggregateNode, from: string, extra: readonly string[], s: Sql): string {
  if (node.sets !== undefined) return printGroupingSets(node, node.sets, from, extra, s)
  const columns = [...[...node.keys, ...node.aggregates].map((c) => namedList([c], s)), ...extra].join(', ')
  const groups = node.keys.map((_, i) => i + 1).join(', ')
  return `SELECT ${columns} FROM ${sourceOf(from, s)}${groups === '' ? '' : ` GROUP BY ${groups}`}`
}

/** Grouping sets name columns computed below: they take constants for positions and equal keys for one. */
function printGroupingSets(
  node: AggregateNode,
  sets: GroupingSets,
  from: string,
  extra: readonly string[],
  s: Sql,
): string {
  const key = (i: number): string => s.name(`__key${i}`)
  const computed = node.keys.map((k, i) => `${s.expr(k.expression)} AS ${key(i)}`)
  const keys = node.keys.map((k, i) => `${key(i)} AS ${s.name(k.name)}`)
  const grouping = s.dialect === 'spark' ? 'grouping_id' : 'GROUPING'
  const mask = `CAST(${grouping}(${node.keys.map((_, i) => key(i)).join(', ')}) AS BIGINT) AS ${s.name(sets.as)}`
  const aggregates = node.aggregates.map((c) => namedList([c], s))
  const columns = [...keys, ...aggregates, mask, ...extra]
  const groups = sets.groups.map((set) => `(${set.map(key).join(', ')})`)
  const source = sourceOf(`(SELECT *, ${computed.join(', ')} FROM ${sourceOf(from, s)})`, s)
  const grouped = `SELECT ${columns.join(', ')} FROM ${source} GROUP BY GROUPING SETS (${groups.join(', ')})`
  if (s.dialect !== 'spark' || sets.groups.every((set) => set.length > 0)) return grouped
  const nulls = node.keys.map((k) => `CAST(NULL AS ${s.type(k.expression.type)}) AS ${s.name(k.name)}`)
  const all = `CAST(${2 ** node.keys.length - 1} AS BIGINT) AS ${s.name(sets.as)}`
  const none = `SELECT ${[...nulls, ...aggregates, all, ...extra].join(', ')} FROM ${sourceOf(from, s)} WHERE FALSE`
  // Of no rows Spark makes no group at all, not even the one of the empty set; the scan for a row ends at the first.
  return `${grouped} UNION ALL SELECT * FROM ${sourceOf(`(${none})`, s)} WHERE NOT EXISTS (SELECT 1 FROM ${sourceOf(from, s)})`
}

/** Prints a pivot as one grouped pass with a filtered aggregate per listed value. */
export function printPivot(node: PivotNode, from: string, extra: readonly string[], s: Sql): string {
  const aggregates = node.values.map(
    ({ value, as }) => `${s.expr(pivotAggregate(node, value))} AS ${s.name(as)}`,
  )
  const columns = [...node.keys.map(s.name), ...aggregates, ...extra].join(', ')
  const groups = node.keys.map((_, i) => i + 1).join(', ')
  return `SELECT ${columns} FROM ${sourceOf(from, s)}${groups === '' ? '' : ` GROUP BY ${groups}`}`
}

/** The aggregate over the rows with one value, which its own function must print: it knows where a filter belongs. */
function pivotAggregate(node: PivotNode, value: string | null): Expression {
  const { aggregate } = node
  if (aggregate.kind !== 'aggregate') return aggregate
  const type = findField(node.from.schema, node.on)?.type ?? text
  const column: Expression = { kind: 'column', name: node.on, type, nullable: true }
  const literal: Expression = { kind: 'literal', value, type, nullable: false }
  const test: Expression =
    value === null
      ? { kind: 'call', function: 'is_null', args: [column], type: bool, nullable: false }
      : { kind: 'call', function: 'eq', args: [column, literal], type: bool, nullable: true }
  const filter: Expression =
    aggregate.filter === undefined
      ? test
      : { kind: 'call', function: 'and', args: [test, aggregate.filter], type: bool, nullable: true }
  return { ...aggregate, filter }
}
