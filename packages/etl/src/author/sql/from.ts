import type { BaseTableAst, ExpressionAst, JoinAst, TableAst } from './ast.ts'
import { conjunctsOf } from './ast.ts'
import type { Environment, Filtered } from './environment.ts'
import { callFunction } from './expression.ts'
import { filterRelation, joinRelations, type KeyPair, keyPair, noKeys, splitConditions } from './join.ts'
import { duckdbOnly } from './portability.ts'
import { findColumn, type Relation, relationOf, type ScopeColumn } from './scope.ts'

function translateTable(ast: BaseTableAst, environment: Environment): Relation {
  const node = environment.relations.get(ast.table_name.toLowerCase())
  if (node === undefined) return duckdbOnly(`no relation ${ast.table_name}`, ast.query_location)
  return relationOf(node, ast.alias === '' ? ast.table_name : ast.alias, ast.column_name_alias)
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The columns that NATURAL compares. */
function commonNames(left: Relation, right: Relation): readonly string[] {
  const visible = (r: Relation): ScopeColumn[] => r.columns.filter((c) => c.visible)
  return visible(left)
    .filter((l) => visible(right).some((r) => sameName(l.name, r.name)))
    .map((c) => c.name)
}

function usingPairs(
  names: readonly string[],
  left: Relation,
  right: Relation,
  location: number,
): readonly KeyPair[] {
  return names.map((name) => {
    const l = findColumn(left.columns, [name])
    const r = findColumn(right.columns, [name])
    if (l === undefined || r === undefined) return duckdbOnly(`USING (${name}) has no such column`, location)
    return keyPair(l.value, r.value, location)
  })
}

/** The columns of a join in SQL's order: USING columns stand once, where the left side has them. */
function mergeUsing(
  names: readonly string[],
  left: readonly ScopeColumn[],
  right: readonly ScopeColumn[],
  type: 'inner' | 'left' | 'right' | 'full',
): readonly ScopeColumn[] {
  const isUsed = (c: ScopeColumn): boolean => c.visible && names.some((n) => sameName(n, c.name))
  const merged = left.flatMap((l): ScopeColumn[] => {
    if (!isUsed(l)) return [l]
    if (type === 'inner' || type === 'left') return [l]
    const r = findColumn(right, [l.name]) ?? l
    const value = type === 'right' ? r.value : callFunction('coalesce', [l.value, r.value], 0)
    return [
      { name: l.name, value, visible: true },
      { ...l, visible: false },
    ]
  })
  return [...merged, ...right.map((r) => (isUsed(r) ? { ...r, visible: false } : r))]
}

function outerJoin(ast: JoinAst, left: Relation, right: Relation, using: readonly string[]): Relation {
  const at = ast.query_location
  if (ast.join_type === 'RIGHT') {
    const split = splitConditions(conjunctsOf(ast.condition), right, left)
    const on = using.length > 0 ? usingPairs(using, right, left, at) : split.on
    if (split.leftOnly.length + split.other.length > 0)
      return duckdbOnly('an outer join on more than equal keys', at)
    if (on.length === 0) return noKeys(at)
    const joined = joinRelations('left', right, filterRelation(left, split.rightOnly), on)
    return { node: joined.node, columns: mergeUsing(using, joined.right, joined.left, 'right') }
  }
  const type = ast.join_type === 'LEFT' ? 'left' : 'full'
  const split = splitConditions(conjunctsOf(ast.condition), left, right)
  const on = using.length > 0 ? usingPairs(using, left, right, at) : split.on
  const extra = split.leftOnly.length + split.other.length + (type === 'full' ? split.rightOnly.length : 0)
  if (extra > 0) return duckdbOnly('an outer join on more than equal keys', at)
  if (on.length === 0) return noKeys(at)
  const joined = joinRelations(type, left, filterRelation(right, split.rightOnly), on)
  return { node: joined.node, columns: mergeUsing(using, joined.left, joined.right, type) }
}

function semiJoin(ast: JoinAst, left: Relation, right: Relation, using: readonly string[]): Relation {
  const at = ast.query_location
  const split = splitConditions(conjunctsOf(ast.condition), left, right)
  const on = using.length > 0 ? usingPairs(using, left, right, at) : split.on
  if (on.length === 0) return noKeys(at)
  if (split.leftOnly.length + split.other.length > 0)
    return duckdbOnly('a semi join on more than equal keys', at)
  const type = ast.join_type === 'SEMI' ? 'semi' : 'anti'
  const joined = joinRelations(type, left, filterRelation(right, split.rightOnly), on)
  return { node: joined.node, columns: joined.left }
}

/** Inner joins may take their keys from WHERE, as in `from a, b where a.id = b.id`. */
function innerJoin(
  ast: JoinAst,
  left: Relation,
  right: Relation,
  using: readonly string[],
  where: readonly ExpressionAst[],
): Filtered {
  const own = splitConditions(conjunctsOf(ast.condition), left, right)
  const given = splitConditions(where, left, right)
  const on = [...usingPairs(using, left, right, ast.query_location), ...own.on, ...given.on]
  if (on.length === 0) return noKeys(ast.query_location)
  const joined = joinRelations('inner', left, right, on)
  const relation = { node: joined.node, columns: mergeUsing(using, joined.left, joined.right, 'inner') }
  // Nothing is lost by filtering after an inner join; later passes push filters down.
  const extra = [...own.leftOnly, ...own.rightOnly, ...own.other]
  const rest = [...given.leftOnly, ...given.rightOnly, ...given.other]
  return { relation: filterRelation(relation, extra), rest }
}

function translateJoin(ast: JoinAst, environment: Environment, where: readonly ExpressionAst[]): Filtered {
  if (!['REGULAR', 'NATURAL', 'CROSS'].includes(ast.ref_type)) {
    return duckdbOnly(`${ast.ref_type.toLowerCase()} joins`, ast.query_location)
  }
  const inner = ast.join_type === 'INNER'
  const left = translateFrom(ast.left, environment, inner ? where : [])
  const right = translateFrom(ast.right, environment, inner ? left.rest : [])
  const using = ast.ref_type === 'NATURAL' ? commonNames(left.relation, right.relation) : ast.using_columns
  if (inner) return innerJoin(ast, left.relation, right.relation, using, right.rest)
  const join = ['SEMI', 'ANTI'].includes(ast.join_type) ? semiJoin : outerJoin
  if (!['SEMI', 'ANTI', 'LEFT', 'RIGHT', 'OUTER', 'FULL'].includes(ast.join_type)) {
    return duckdbOnly(`${ast.join_type.toLowerCase()} joins`, ast.query_location)
  }
  return { relation: join(ast, left.relation, right.relation, using), rest: where }
}

/**
 * Translates a FROM clause. `where` are the conjuncts of WHERE; inner joins take equalities of their two sides from them
 * as keys, and `rest` is what remains to be applied.
 */
export function translateFrom(
  ast: TableAst,
  environment: Environment,
  where: readonly ExpressionAst[],
): Filtered {
  switch (ast.type) {
    case 'BASE_TABLE':
      return { relation: translateTable(ast, environment), rest: where }
    case 'SUBQUERY': {
      const node = environment.query(ast.subquery.node, environment)
      return { relation: relationOf(node, ast.alias, ast.column_name_alias), rest: where }
    }
    case 'JOIN':
      return translateJoin(ast, environment, where)
    case 'EMPTY':
      return duckdbOnly('a SELECT without FROM', ast.query_location)
    default:
      return duckdbOnly(`${ast.type.toLowerCase().replaceAll('_', ' ')} in FROM`, ast.query_location)
  }
}
