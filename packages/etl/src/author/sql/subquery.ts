import { findFunction } from '../../function/catalogue.ts'
import { type Expression, mapExpression, type NamedExpression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import { bool, int64 } from '../../plan/type.ts'
import type { ExpressionAst, QueryAst, SelectAst, SubqueryAst } from './ast.ts'
import { columnsOfNode, schemaOf } from './build.ts'
import { conjunctsOf } from './conjuncts.ts'
import type { Environment } from './environment.ts'
import { callFunction, type Context, translate } from './expression.ts'
import { translateFrom } from './from.ts'
import { isGrouped, overGroups } from './group.ts'
import { filterRelation, joinRelations, type KeyPair, keyPair, splitConditions } from './join.ts'
import { literal } from './literal.ts'
import { duckdbOnly, duckdbOnlyReason } from './portability.ts'
import { columnOf, freshName, type Relation, relationOf } from './scope.ts'
import { type Calls, collectCalls } from './select-calls.ts'
import { resolveAggregate } from '../../function/resolve.ts'

/** A relation that grows: subqueries join what they find to its rows, one row to each. */
export interface Growing {
  node: Node
}

const none: ReadonlyMap<string, ExpressionAst> = new Map()

/** Joins a relation to the growing one; gives its columns over the wider rows, in order. */
export function grow(
  growing: Growing,
  type: 'inner' | 'left',
  right: Node,
  on: readonly KeyPair[],
): Expression[] {
  const joined = joinRelations(type, { node: growing.node, columns: [] }, relationOf(right, ''), on)
  growing.node = joined.node
  return joined.right.map((c) => c.value)
}

/** Whether a query is nothing but FROM and WHERE, so that EXISTS speaks of those rows. */
export function isPlain(query: QueryAst): query is SelectAst {
  return (
    query.type === 'SELECT_NODE' &&
    query.modifiers.length === 0 &&
    query.group_expressions.length === 0 &&
    query.having === null &&
    query.qualify === null &&
    query.cte_map.map.length === 0 &&
    query.sample === null &&
    query.select_list.every((e) => ['CONSTANT', 'STAR', 'COLUMN_REF'].includes(e.class))
  )
}

/** Groups by nothing or by `keys`, with one aggregate per call. */
function aggregateNode(
  from: Node,
  keys: readonly NamedExpression[],
  aggregates: readonly NamedExpression[],
): Node {
  return { kind: 'aggregate', from, keys, aggregates, schema: schemaOf([...keys, ...aggregates]) }
}

function aggregateOf(name: string, args: readonly Expression[]): Expression {
  const resolved = resolveAggregate(name, args)
  return 'problem' in resolved ? duckdbOnly(resolved.problem, 0) : resolved.expression
}

/** The different keys of a relation, each marked as found. */
function marked(from: Node, values: readonly Expression[]): Node {
  const keys = values.map((expression, i) => ({ name: `key_${i + 1}`, expression }))
  const distinct = aggregateNode(from, keys, [])
  const columns = [...columnsOfNode(distinct), { name: 'found', expression: literal(true, bool) }]
  return { kind: 'project', from: distinct, columns, schema: schemaOf(columns) }
}

/** Marks the rows of the growing relation that have a partner; never NULL. */
function markFound(growing: Growing, from: Node, on: readonly KeyPair[]): Expression {
  const right = marked(
    from,
    on.map((p) => p.right),
  )
  const pairs = on.map((p, i) => ({ left: p.left, right: columnOf(right.schema, `key_${i + 1}`) }))
  const found = grow(growing, 'left', right, pairs).at(-1)
  return found === undefined
    ? duckdbOnly('a subquery without columns', 0)
    : callFunction('is_not_null', [found], 0)
}

function existsMark(
  ast: SubqueryAst,
  context: Context,
  environment: Environment,
  growing: Growing,
): Expression {
  const query = ast.subquery.node
  if (!isPlain(query)) return duckdbOnly('an EXISTS over more than FROM and WHERE', ast.query_location)
  const inner = translateFrom(query.from_table, environment, conjunctsOf(query.where_clause))
  const outer: Relation = { node: growing.node, columns: context.columns }
  const split = splitConditions(inner.rest, outer, inner.relation, 'right')
  if (split.leftOnly.length + split.other.length > 0 || split.on.length === 0) {
    return duckdbOnly('an EXISTS inside a condition that is not tied by equal keys alone', ast.query_location)
  }
  return markFound(growing, filterRelation(inner.relation, split.rightOnly).node, split.on)
}

/** `exact` says whether a NULL of SQL's IN may become false here. */
function inMark(
  ast: SubqueryAst,
  context: Context,
  environment: Environment,
  growing: Growing,
  falseForNull: boolean,
): Expression {
  if (ast.child === null) return duckdbOnly('an IN without a value', ast.query_location)
  const right = environment.query(ast.subquery.node, environment)
  const column = relationOf(right, '').columns[0]
  if (column === undefined || right.schema.length !== 1) {
    return duckdbOnly('an IN over several columns', ast.query_location)
  }
  const pair = keyPair(translate(ast.child, context), column.value, ast.query_location)
  if (!falseForNull && (pair.left.nullable || pair.right.nullable)) {
    return duckdbOnly('an IN that may be NULL inside an expression', ast.query_location)
  }
  return markFound(growing, right, [pair])
}

/** How many rows a query gives for sure: exactly one, at most one, or nobody knows. */
function rowsOf(node: Node): 'one' | 'at most one' | 'many' {
  switch (node.kind) {
    case 'aggregate':
      return node.keys.length === 0 ? 'one' : 'many'
    case 'project':
    case 'window':
    case 'sort':
      return rowsOf(node.from)
    case 'filter':
      return rowsOf(node.from) === 'many' ? 'many' : 'at most one'
    case 'limit':
      return node.count <= 1 || rowsOf(node.from) !== 'many' ? 'at most one' : 'many'
    default:
      return 'many'
  }
}

/** A query in the place of a value as a relation of at most one row; more rows fail the run, as in SQL. */
export interface SingleRow {
  readonly node: Node
  readonly join: 'inner' | 'left'
  readonly value: Expression
}

/** Translates an uncorrelated query in the place of a value. */
export function singleRow(ast: SubqueryAst, environment: Environment): SingleRow {
  const node = environment.query(ast.subquery.node, environment)
  const [column] = columnsOfNode(node)
  if (column === undefined || node.schema.length !== 1) {
    return duckdbOnly('a subquery of several columns', ast.query_location)
  }
  const rows = rowsOf(node)
  if (rows !== 'many') return { node, join: rows === 'one' ? 'inner' : 'left', value: column.expression }
  const value = { name: column.name, expression: aggregateOf('single_value', [column.expression]) }
  const single = aggregateNode(node, [], [value])
  return { node: single, join: 'inner', value: columnOf(single.schema, column.name) }
}

/** A value over no rows: what counts gives 0, everything else NULL. */
const overNothing = (value: Expression, call: Expression): Expression =>
  call.kind === 'aggregate' && findFunction(call.function)?.nulls === 'never'
    ? callFunction('coalesce', [value, literal('0', int64)], 0)
    : value

/**
 * A correlated aggregate, `(select max(x) from t where t.k = outer.k)`: the aggregates of all keys at once, joined by key.
 * Rows without partner see the aggregates over nothing.
 */
function correlatedValue(
  ast: SubqueryAst,
  context: Context,
  environment: Environment,
  growing: Growing,
): Expression | undefined {
  const query = ast.subquery.node
  const item = query.type === 'SELECT_NODE' ? query.select_list[0] : undefined
  if (query.type !== 'SELECT_NODE' || item === undefined || query.select_list.length !== 1) return undefined
  if (!isPlain({ ...query, select_list: [] }) || !isGrouped(query)) return undefined
  const inner = translateFrom(query.from_table, environment, conjunctsOf(query.where_clause))
  const outer: Relation = { node: growing.node, columns: context.columns }
  const split = splitConditions(inner.rest, outer, inner.relation, 'right')
  if (split.on.length === 0 || split.leftOnly.length + split.other.length > 0) return undefined
  const relation = filterRelation(inner.relation, split.rightOnly)
  const calls: Calls = { aggregates: [], windows: [] }
  const special = collectCalls(calls, (e) => e)
  const value = overGroups(translate(item, { columns: relation.columns, aliases: none, special }), [])
  const taken = new Set<string>()
  const keys = split.on.map((p) => ({ name: freshName('key', taken), expression: p.right }))
  const aggregates = calls.aggregates.map((a) => ({ ...a, name: freshName('value', taken) }))
  const right = aggregateNode(relation.node, keys, aggregates)
  const pairs = split.on.map((p, i) => ({ left: p.left, right: columnOf(right.schema, keys[i]?.name ?? '') }))
  const found = grow(growing, 'left', right, pairs).slice(keys.length)
  const values = new Map(
    calls.aggregates.map((a, i) => [a.name, overNothing(found[i] ?? a.expression, a.expression)]),
  )
  return mapExpression(value, (e) => (e.kind === 'column' ? (values.get(e.name) ?? e) : e))
}

function scalar(ast: SubqueryAst, context: Context, environment: Environment, growing: Growing): Expression {
  try {
    const { node, join } = singleRow(ast, environment)
    return grow(growing, join, node, [])[0] ?? duckdbOnly('a subquery without columns', ast.query_location)
  } catch (error) {
    // A name of the outer query ends the translation; then it may be a correlated aggregate.
    if (duckdbOnlyReason(error) === undefined) throw error
    const value = correlatedValue(ast, context, environment, growing)
    if (value === undefined) throw error
    return value
  }
}

/**
 * Makes the hook that joins subqueries of expressions to a growing relation: a single value by a join with its one row, a
 * correlated aggregate by its keys, EXISTS and IN as a mark. `positive` holds the subqueries for which NULL is as good as
 * false: those that WHERE combines by AND and OR alone.
 */
export function joinSubqueries(
  environment: Environment,
  growing: Growing,
  positive: ReadonlySet<ExpressionAst> = new Set(),
): NonNullable<Context['subquery']> {
  return (ast, context) => {
    switch (ast.subquery_type) {
      case 'SCALAR':
        return scalar(ast, context, environment, growing)
      case 'EXISTS':
        return existsMark(ast, context, environment, growing)
      case 'NOT_EXISTS':
        return callFunction('not', [existsMark(ast, context, environment, growing)], ast.query_location)
      case 'ANY':
        if (ast.comparison_type === 'COMPARE_EQUAL')
          return inMark(ast, context, environment, growing, positive.has(ast))
    }
    return duckdbOnly('ANY and ALL over a subquery', ast.query_location)
  }
}
