import { conjunctsOf, type ExpressionAst, type QueryAst, type SubqueryAst } from './ast.ts'
import { filtered } from './build.ts'
import type { Environment } from './environment.ts'
import { type Context, translate } from './expression.ts'
import { translateFrom } from './from.ts'
import { filterRelation, joinRelations, keyPair, splitConditions } from './join.ts'
import { duckdbOnly } from './portability.ts'
import { type Relation, relationOf } from './scope.ts'

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

function applyIn(
  { ast, negated }: Membership,
  relation: Relation,
  environment: Environment,
  context: Context,
): Relation {
  if (ast.child === null) return duckdbOnly('an IN without a value', ast.query_location)
  const right = environment.query(ast.subquery.node, environment)
  const column = relationOf(right, '').columns[0]
  if (column === undefined || right.schema.length !== 1) {
    return duckdbOnly('an IN over several columns', ast.query_location)
  }
  const pair = keyPair(translate(ast.child, context), column.value, ast.query_location)
  if (negated && (pair.left.nullable || pair.right.nullable)) {
    return duckdbOnly('NOT IN over values that may be NULL; write NOT EXISTS', ast.query_location)
  }
  const joined = joinRelations(negated ? 'anti' : 'semi', relation, relationOf(right, ''), [pair])
  return { node: joined.node, columns: joined.left }
}

/** Whether a query is nothing but FROM and WHERE, so that EXISTS can be a join with its rows. */
function isPlain(query: QueryAst): boolean {
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

function applyExists({ ast, negated }: Membership, relation: Relation, environment: Environment): Relation {
  const query = ast.subquery.node
  if (!isPlain(query) || query.type !== 'SELECT_NODE') {
    return duckdbOnly('an EXISTS over more than FROM and WHERE', ast.query_location)
  }
  const inner = translateFrom(query.from_table, environment, conjunctsOf(query.where_clause))
  const split = splitConditions(inner.rest, relation, inner.relation, 'right')
  if (split.leftOnly.length + split.other.length > 0 || split.on.length === 0) {
    return duckdbOnly('an EXISTS that is not tied by equal keys alone', ast.query_location)
  }
  const right = filterRelation(inner.relation, split.rightOnly)
  const joined = joinRelations(negated ? 'anti' : 'semi', relation, right, split.on)
  return { node: joined.node, columns: joined.left }
}

/** Applies the conditions of WHERE: plain ones as one filter, then memberships as semi and anti joins. */
export function applyWhere(
  relation: Relation,
  conditions: readonly ExpressionAst[],
  environment: Environment,
  aliases: Context['aliases'],
): Relation {
  const context: Context = { columns: relation.columns, aliases, columnsFirst: true }
  const plain = conditions.filter((c) => membershipOf(c) === undefined)
  const predicates = plain.map((c) => translate(c, context))
  let result: Relation = { node: filtered(relation.node, predicates), columns: relation.columns }
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
