import { resolveAggregate } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import { int64 } from '../../plan/type.ts'
import { type ExpressionAst, type SubqueryAst, walkAst } from './ast.ts'
import { filtered, schemaOf } from './build.ts'
import { conjunctsOf } from './conjuncts.ts'
import type { Environment } from './environment.ts'
import { callFunction, type Context, translate } from './expression.ts'
import { translateFrom } from './from.ts'
import { filterRelation, joinRelations, keyPair, splitConditions } from './join.ts'
import { literal } from './literal.ts'
import { duckdbOnly } from './portability.ts'
import { type Relation, relationOf } from './scope.ts'
import { isPlain, joinSubqueries } from './subquery.ts'

/** A condition that a semi or anti join can express. */
interface Membership {
  readonly ast: SubqueryAst
  readonly negated: boolean
}

function membershipOf(ast: ExpressionAst): Membership | undefined {
  if (ast.class === 'OPERATOR' && ast.type === 'OPERATOR_NOT') {
    const inner = ast.children[0] === undefined ? undefined : membershipOf(ast.children[0])
    return inner === undefined ? undefined : { ast: inner.ast, negated: !inner.negated }
  }
  if (ast.class !== 'SUBQUERY') return undefined
  if (ast.subquery_type === 'NOT_EXISTS') return { ast, negated: true }
  const isIn = ast.subquery_type === 'ANY' && ast.comparison_type === 'COMPARE_EQUAL'
  return isIn || ast.subquery_type === 'EXISTS' ? { ast, negated: false } : undefined
}

function countOf(name: 'count' | 'count_value', args: readonly Expression[]): Expression {
  const resolved = resolveAggregate(name, args)
  return 'problem' in resolved ? duckdbOnly(resolved.problem, 0) : resolved.expression
}

/** NOT IN is true of no row when the list holds a NULL, and of every row when the list is empty. */
function withoutNulls(relation: Relation, left: Expression, list: Relation, value: Expression): Relation {
  const counts = [
    { name: 'rows', expression: countOf('count', []) },
    { name: 'values', expression: countOf('count_value', [value]) },
  ]
  const node: Node = {
    kind: 'aggregate',
    from: list.node,
    keys: [],
    aggregates: counts,
    schema: schemaOf(counts),
  }
  const joined = joinRelations('inner', relation, relationOf(node, ''), [])
  const [rows, values] = joined.right.map((c) => c.value)
  if (rows === undefined || values === undefined) return duckdbOnly('a NOT IN without a list', 0)
  const sure = callFunction(
    'and',
    [callFunction('is_not_null', [left], 0), callFunction('eq', [rows, values], 0)],
    0,
  )
  const isEmpty = callFunction('eq', [rows, literal('0', int64)], 0)
  return { node: filtered(joined.node, [callFunction('or', [isEmpty, sure], 0)]), columns: joined.left }
}

function applyIn(
  { ast, negated }: Membership,
  relation: Relation,
  environment: Environment,
  context: Context,
): Relation {
  if (ast.child === null) return duckdbOnly('an IN without a value', ast.query_location)
  const list = relationOf(environment.query(ast.subquery.node, environment), '')
  const column = list.columns[0]
  if (column === undefined || list.columns.length !== 1) {
    return duckdbOnly('an IN over several columns', ast.query_location)
  }
  const pair = keyPair(translate(ast.child, context), column.value, ast.query_location)
  const joined = joinRelations(negated ? 'anti' : 'semi', relation, list, [pair])
  const result = { node: joined.node, columns: joined.left }
  const mayBeNull = pair.left.nullable || pair.right.nullable
  return negated && mayBeNull ? withoutNulls(result, pair.left, list, pair.right) : result
}

function applyExists({ ast, negated }: Membership, relation: Relation, environment: Environment): Relation {
  const query = ast.subquery.node
  if (!isPlain(query)) return duckdbOnly('an EXISTS over more than FROM and WHERE', ast.query_location)
  const inner = translateFrom(query.from_table, environment, conjunctsOf(query.where_clause))
  const split = splitConditions(inner.rest, relation, inner.relation, 'right')
  const right = filterRelation(inner.relation, split.rightOnly)
  const conditions = [...split.leftOnly, ...split.other]
  const type = negated ? 'anti' : 'semi'
  const joined = joinRelations(type, relation, right, split.on, { conditions, first: 'right' })
  return { node: joined.node, columns: joined.left }
}

function holdsSubquery(ast: ExpressionAst): boolean {
  let found = false
  walkAst(ast, (part) => {
    if (part['class'] === 'SUBQUERY') found = true
  })
  return found
}

/** The subqueries that a condition combines by AND and OR alone. */
function positives(ast: ExpressionAst): readonly ExpressionAst[] {
  if (ast.class === 'CONJUNCTION') return ast.children.flatMap(positives)
  return ast.class === 'SUBQUERY' ? [ast] : []
}

/**
 * Applies the conditions of WHERE: plain ones as one filter, then those that need what a subquery finds, then memberships
 * as semi and anti joins.
 */
export function applyWhere(
  relation: Relation,
  conditions: readonly ExpressionAst[],
  environment: Environment,
  aliases: Context['aliases'],
): Relation {
  const context: Context = { columns: relation.columns, aliases }
  const others = conditions.filter((c) => membershipOf(c) === undefined)
  const plain = others.filter((c) => !holdsSubquery(c)).map((c) => translate(c, context))
  const growing = { node: filtered(relation.node, plain) }
  const needy = others.filter(holdsSubquery)
  const subquery = joinSubqueries(environment, growing, new Set(needy.flatMap(positives)))
  const found = needy.map((c) => translate(c, { ...context, subquery }))
  let result: Relation = { node: filtered(growing.node, found), columns: relation.columns }
  for (const condition of conditions) {
    const membership = membershipOf(condition)
    if (membership === undefined) continue
    result =
      membership.ast.subquery_type === 'ANY'
        ? applyIn(membership, result, environment, { ...context, columns: result.columns })
        : applyExists(membership, result, environment)
  }
  return result
}
