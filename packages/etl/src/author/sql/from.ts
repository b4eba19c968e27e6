import type { BaseTableAst, ExpressionAst, JoinAst, TableAst } from './ast.ts'
import { conjunctsOf } from './conjuncts.ts'
import { joinListed } from './comma.ts'
import type { Environment, Filtered } from './environment.ts'
import { callFunction } from './expression.ts'
import { filterRelation, type Joined, joinRelations, type KeyPair, keyPair, splitConditions } from './join.ts'
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

/** An outer, semi or anti join: its own conditions decide which rows meet, those of WHERE come after it. */
function onlyOwnConditions(ast: JoinAst, left: Relation, right: Relation, using: readonly string[]): Joined {
  const at = ast.query_location
  const type = joinTypes[ast.join_type] ?? duckdbOnly(`${ast.join_type.toLowerCase()} joins`, at)
  const split = splitConditions(conjunctsOf(ast.condition), left, right)
  const on = using.length > 0 ? usingPairs(using, left, right, at) : split.on
  if (type !== 'full') {
    const conditions = [...split.leftOnly, ...split.other]
    return joinRelations(type, left, filterRelation(right, split.rightOnly), on, {
      conditions,
      first: 'left',
    })
  }
  if (on.length === 0 || split.leftOnly.length + split.rightOnly.length + split.other.length > 0)
    return duckdbOnly('a full join on more than equal keys', at)
  return joinRelations(type, left, right, on)
}

const joinTypes: Readonly<Record<string, 'left' | 'full' | 'semi' | 'anti'>> = {
  LEFT: 'left',
  OUTER: 'full',
  FULL: 'full',
  SEMI: 'semi',
  ANTI: 'anti',
}

function outerJoin(ast: JoinAst, left: Relation, right: Relation, using: readonly string[]): Relation {
  if (ast.join_type === 'RIGHT') {
    const joined = onlyOwnConditions({ ...ast, join_type: 'LEFT' }, right, left, using)
    return { node: joined.node, columns: mergeUsing(using, joined.right, joined.left, 'right') }
  }
  const joined = onlyOwnConditions(ast, left, right, using)
  const { type } = joined.node
  if (type === 'semi' || type === 'anti') return { node: joined.node, columns: joined.left }
  const kind = type === 'full' ? 'full' : 'left'
  return { node: joined.node, columns: mergeUsing(using, joined.left, joined.right, kind) }
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
  const joined = joinRelations(
    'inner',
    filterRelation(left, [...own.leftOnly, ...given.leftOnly]),
    filterRelation(right, [...own.rightOnly, ...given.rightOnly]),
    on,
  )
  const relation = { node: joined.node, columns: mergeUsing(using, joined.left, joined.right, 'inner') }
  return { relation: filterRelation(relation, own.other), rest: given.other }
}

const isComma = (ast: JoinAst): boolean => ast.ref_type === 'CROSS' && ast.join_type === 'INNER'

/** The relations of a comma list, or of CROSS JOINs, in order. */
const listed = (ast: TableAst): readonly TableAst[] =>
  ast.type === 'JOIN' && isComma(ast) ? [...listed(ast.left), ...listed(ast.right)] : [ast]

function translateList(ast: JoinAst, environment: Environment, where: readonly ExpressionAst[]): Filtered {
  let rest = where
  const relations = listed(ast).map((part) => {
    const found = translateFrom(part, environment, rest)
    rest = found.rest
    return found.relation
  })
  return joinListed(relations, rest)
}

function translateJoin(ast: JoinAst, environment: Environment, where: readonly ExpressionAst[]): Filtered {
  if (isComma(ast)) return translateList(ast, environment, where)
  if (!['REGULAR', 'NATURAL'].includes(ast.ref_type)) {
    return duckdbOnly(`${ast.ref_type.toLowerCase()} joins`, ast.query_location)
  }
  const inner = ast.join_type === 'INNER'
  // What WHERE says of the left rows alone holds before such a join as well as after it.
  const keepsLeft = ['LEFT', 'SEMI', 'ANTI'].includes(ast.join_type)
  const left = translateFrom(ast.left, environment, inner || keepsLeft ? where : [])
  const right = translateFrom(ast.right, environment, inner ? left.rest : [])
  const using = ast.ref_type === 'NATURAL' ? commonNames(left.relation, right.relation) : ast.using_columns
  if (inner) return innerJoin(ast, left.relation, right.relation, using, right.rest)
  const relation = outerJoin(ast, left.relation, right.relation, using)
  return { relation, rest: keepsLeft ? left.rest : where }
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
