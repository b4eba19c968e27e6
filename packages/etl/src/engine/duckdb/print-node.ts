import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText, sqlType } from '../../function/dialect.ts'
import { printExpression, printSortKey } from '../../function/print.ts'
import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type {
  AggregateNode,
  ApplyNode,
  GroupingSets,
  Node,
  PivotNode,
  UnionNode,
  UnnestNode,
  UnpivotNode,
} from '../../plan/node.ts'
import { findField, type LogicalType, type Schema } from '../../plan/type.ts'
import { type Hoisted, hoistRepeated, shareCalls } from './hoist.ts'
import { printDedupe, printSessionize, tieBreakers } from './print-keyed.ts'
import { applyName, crossingType, isNested } from './crossing.ts'
import { printJoin } from './print-join.ts'

/** Prints the SELECT that a node's input stands for: a scan's files, or a staged relation. */
export type PrintInput = (node: Node) => string | undefined

export const expr = (e: Expression): string => printExpression(e, 'duckdb')
export const columnList = (schema: Schema): string => schema.map((f) => quoteName(f.name)).join(', ')
const named = (columns: readonly NamedExpression[]): string =>
  columns.map((c) => `${expr(c.expression)} AS ${quoteName(c.name)}`).join(', ')

/** The condition under which a row passes: true, not merely "not false". */
export const holds = (predicate: Expression): string => `(${expr(predicate)}) IS TRUE`

/**
 * Prints a node as one SELECT with exactly the columns of its schema, in order.
 *
 * `input` is asked first for every node: what it prints replaces the whole subtree (staged relations, scans).
 * Rows that an `expect` refuses are left out; the engine collects them by a statement of its own.
 */
export function printNode(node: Node, input: PrintInput): string {
  const given = input(node)
  if (given !== undefined) return given
  const from = (n: Node): string => `(${printNode(n, input)})`
  switch (node.kind) {
    case 'scan':
      throw new EtlError('bug.unreachable', `scan of "${node.input}" is not bound`)
    case 'filter':
    case 'expect':
      return printFiltered(node.predicate, node.schema, from(node.from))
    case 'project':
      return printProject(node.columns, from(node.from))
    case 'join':
      return printJoin(node, from(node.left), from(node.right))
    case 'aggregate':
      return printAggregate(node, from(node.from), [])
    case 'window':
      return `SELECT *, ${named(node.columns)} FROM ${from(node.from)}`
    case 'union':
      return printUnion(node, from)
    case 'sort': {
      const keys = [...node.order.map((k) => printSortKey(k, 'duckdb')), ...tieBreakers(node.schema)]
      return `SELECT * FROM ${from(node.from)} ORDER BY ${keys.join(', ')}`
    }
    case 'limit':
      return `SELECT * FROM ${from(node.from)} LIMIT ${node.count} OFFSET ${node.offset}`
    case 'unnest':
      return printUnnest(node, from(node.from))
    case 'pivot':
      return printPivot(node, from(node.from), [])
    case 'unpivot':
      return printUnpivot(node, from(node.from))
    case 'apply':
      return printApply(node, from(node.from))
    case 'dedupe':
      return printDedupe(node, from(node.from))
    case 'sessionize':
      return printSessionize(node, from(node.from))
    case 'bucket': {
      const width = node.widthMs * 1000
      const us = `epoch_us(${quoteName(node.at)})`
      return `SELECT *, make_timestamp(${us} - ((${us} % ${width}) + ${width}) % ${width}) AS ${quoteName(node.as)} FROM ${from(node.from)}`
    }
    case 'sql':
      return printSql(
        node.sql,
        node.inputs.map((i) => [i.name, from(i.node)] as const),
        node.schema,
      )
  }
}

/** Wraps a relation in projections that compute hoisted arguments, innermost level last in the list. */
function withLevels(levels: Hoisted['levels'], from: string): string {
  return levels.toReversed().reduce((inner, level) => `(SELECT *, ${named(level)} FROM ${inner})`, from)
}

function printFiltered(predicate: Expression, schema: Schema, from: string): string {
  const { levels, expressions } = hoistRepeated([predicate])
  const columns = levels.length === 0 ? '*' : columnList(schema)
  return `SELECT ${columns} FROM ${withLevels(levels, from)} WHERE ${holds(expressions[0] ?? predicate)}`
}

function printProject(columns: readonly NamedExpression[], from: string): string {
  const { levels, expressions } = hoistRepeated(columns.map((c) => c.expression))
  const hoisted = columns.map((c, i) => ({ name: c.name, expression: expressions[i] ?? c.expression }))
  return `SELECT ${named(hoisted)} FROM ${withLevels(levels, from)}`
}

/**
 * Prints an `expect` and the projection over it together, so that calls of both (a parse and the check that it worked)
 * are evaluated once. Undefined when they share none.
 */
export function printGuardedProject(
  guard: { readonly predicate: Expression; readonly from: string },
  columns: readonly NamedExpression[],
): string | undefined {
  const { shared, predicate, columns: outer } = shareCalls(guard.predicate, columns)
  if (shared.length === 0) return undefined
  const { levels, expressions } = hoistRepeated(shared.map((s) => s.expression))
  const inner = shared.map((s, i) => ({ name: s.name, expression: expressions[i] ?? s.expression }))
  const computed = `(SELECT *, ${named(inner)} FROM ${withLevels(levels, guard.from)})`
  // `random()` keeps the optimizer from computing the shared calls a second time inside a filter pushed down.
  return printProject(outer, `(SELECT * FROM ${computed} WHERE ${holds(predicate)} OR random() < 0)`)
}

/** Prints an aggregation; `extra` are further columns of the SELECT list, such as a row count. */
export function printAggregate(node: AggregateNode, from: string, extra: readonly string[]): string {
  if (node.sets !== undefined) return printGroupingSets(node, node.sets, from, extra)
  const columns = [...[...node.keys, ...node.aggregates].map((c) => named([c])), ...extra].join(', ')
  const groups = node.keys.map((_, i) => i + 1).join(', ')
  return `SELECT ${columns} FROM ${from}${groups === '' ? '' : ` GROUP BY ${groups}`}`
}

/** Grouping sets name columns computed below: they take constants for positions and equal keys for one. */
function printGroupingSets(
  node: AggregateNode,
  sets: GroupingSets,
  from: string,
  extra: readonly string[],
): string {
  const key = (i: number): string => quoteName(`__key${i}`)
  const computed = node.keys.map((k, i) => `${expr(k.expression)} AS ${key(i)}`)
  const keys = node.keys.map((k, i) => `${key(i)} AS ${quoteName(k.name)}`)
  const mask = `GROUPING(${node.keys.map((_, i) => key(i)).join(', ')}) AS ${quoteName(sets.as)}`
  const columns = [...keys, ...node.aggregates.map((c) => named([c])), mask, ...extra]
  const groups = sets.groups.map((set) => `(${set.map(key).join(', ')})`)
  return `SELECT ${columns.join(', ')} FROM (SELECT *, ${computed.join(', ')} FROM ${from}) GROUP BY GROUPING SETS (${groups.join(', ')})`
}

function printUnion(node: UnionNode, from: (n: Node) => string): string {
  const branch = (n: Node): string => {
    const columns = node.schema.map((f) => {
      const own = findField(n.schema, f.name)
      const value = own === undefined ? 'NULL' : quoteName(own.name)
      return `CAST(${value} AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`
    })
    return `SELECT ${columns.join(', ')} FROM ${from(n)}`
  }
  return node.inputs.map(branch).join(' UNION ALL ')
}

function printUnnest(node: UnnestNode, from: string): string {
  const column = quoteName(node.column)
  const source = findField(inputSchema(node), node.column)
  const list = source?.type.kind === 'map' ? `map_entries(${column})` : column
  const filled = node.keepEmpty ? `CASE WHEN len(${list}) > 0 THEN ${list} ELSE [NULL] END` : list
  const columns = node.schema.map((f) => {
    if (f.name === node.as) return `unnest(${filled}) AS ${quoteName(f.name)}`
    if (f.name === node.position) return `unnest(range(1, len(${filled}) + 1)) AS ${quoteName(f.name)}`
    return quoteName(f.name)
  })
  return `SELECT ${columns.join(', ')} FROM ${from}`
}

const inputSchema = (node: UnnestNode | PivotNode | UnpivotNode | ApplyNode): Schema => node.from.schema

/** Prints a pivot as one grouped pass with a filtered aggregate per listed value. */
export function printPivot(node: PivotNode, from: string, extra: readonly string[]): string {
  const aggregates = node.values.map(
    ({ value, as }) => `${expr(pivotAggregate(node, value))} AS ${quoteName(as)}`,
  )
  const columns = [...node.keys.map(quoteName), ...aggregates, ...extra].join(', ')
  const groups = node.keys.map((_, i) => i + 1).join(', ')
  return `SELECT ${columns} FROM ${from}${groups === '' ? '' : ` GROUP BY ${groups}`}`
}

/** The aggregate over the rows with one value, which its own function must print: it knows where a filter belongs. */
function pivotAggregate(node: PivotNode, value: string | null): Expression {
  const { aggregate } = node
  if (aggregate.kind !== 'aggregate') return aggregate
  const on = findField(inputSchema(node), node.on)
  const type: LogicalType = on?.type ?? { kind: 'text' }
  const column: Expression = { kind: 'column', name: node.on, type, nullable: true }
  const test: Expression =
    value === null
      ? { kind: 'call', function: 'is_null', args: [column], type: { kind: 'bool' }, nullable: false }
      : {
          kind: 'call',
          function: 'eq',
          args: [column, { kind: 'literal', value, type, nullable: false }],
          type: { kind: 'bool' },
          nullable: true,
        }
  const filter: Expression =
    aggregate.filter === undefined
      ? test
      : {
          kind: 'call',
          function: 'and',
          args: [test, aggregate.filter],
          type: { kind: 'bool' },
          nullable: true,
        }
  return { ...aggregate, filter }
}

function printUnpivot(node: UnpivotNode, from: string): string {
  const names = node.columns.map(quoteText).join(', ')
  const values = node.columns.map(quoteName).join(', ')
  const columns = node.schema.map((f) => {
    if (f.name === node.nameTo) return `unnest([${names}]) AS ${quoteName(f.name)}`
    if (f.name === node.valueTo) return `unnest([${values}]) AS ${quoteName(f.name)}`
    return quoteName(f.name)
  })
  const all = `SELECT ${columns.join(', ')} FROM ${from}`
  return node.keepNulls ? all : `SELECT * FROM (${all}) WHERE ${quoteName(node.valueTo)} IS NOT NULL`
}

function printApply(node: ApplyNode, from: string): string {
  const args = node.reads.map((name) => {
    const type = findField(inputSchema(node), name)?.type
    const cross = type === undefined ? 'VARCHAR' : crossingType(type)
    const nested = type !== undefined && isNested(type)
    return `CAST(${nested ? `to_json(${quoteName(name)})` : quoteName(name)} AS ${cross})`
  })
  const produced = new Map(node.produces.map((p) => [p.name, p]))
  const columns = node.schema.map((f) => {
    if (!produced.has(f.name)) return quoteName(f.name)
    const value = `"__applied".${quoteName(f.name)}`
    const json = isNested(f.type) ? `CAST(${value} AS JSON)` : value
    return `CAST(${json} AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`
  })
  const call = `${applyName(node.function)}(${args.join(', ')})`
  return `SELECT ${columns.join(', ')} FROM (SELECT *, ${call} AS "__applied" FROM ${from}) WHERE "__applied" IS NOT NULL`
}

function printSql(sql: string, inputs: readonly (readonly [string, string])[], schema: Schema): string {
  const relations = inputs.map(([name, select]) => `${quoteName(name)} AS ${select}`).join(', ')
  const columns = schema.map(
    (f) => `CAST(${quoteName(f.name)} AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`,
  )
  const body = `SELECT ${columns.join(', ')} FROM (${sql})`
  return inputs.length === 0 ? body : `WITH ${relations} ${body}`
}
