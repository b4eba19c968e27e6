import { columnsOf, type Expression, mapExpression } from '../../plan/expression.ts'
import type { JoinNode } from '../../plan/node.ts'
import type { ComparisonAst, ExpressionAst } from './ast.ts'
import { walkAst } from './ast.ts'
import { allOf, filtered } from './build.ts'
import { compare, translate } from './expression.ts'
import { findColumn, freshName, type Relation, type ScopeColumn } from './scope.ts'

/** One pair of equal keys. */
export type KeyPair = JoinNode['on'][number]

/** A join's conditions by what they speak of. */
export interface Conditions {
  readonly on: readonly KeyPair[]
  readonly leftOnly: readonly ExpressionAst[]
  readonly rightOnly: readonly ExpressionAst[]
  readonly other: readonly ExpressionAst[]
}

type Side = 'left' | 'right' | 'both' | 'neither'

/** Which inputs an expression reads; names are looked up in `first` before the other. */
function sideOf(ast: ExpressionAst, left: Relation, right: Relation, first: 'left' | 'right'): Side {
  const sides = new Set<Side>()
  walkAst(ast, (part) => {
    if (part['class'] === 'SUBQUERY') sides.add('neither')
    if (part['class'] !== 'COLUMN_REF') return
    const names = part['column_names'] as readonly string[]
    const inLeft = findColumn(left.columns, names) !== undefined
    const inRight = findColumn(right.columns, names) !== undefined
    if (inLeft && inRight) sides.add(first)
    else sides.add(inLeft ? 'left' : inRight ? 'right' : 'neither')
  })
  if (sides.has('neither') || sides.size === 0) return 'neither'
  return sides.size > 1 ? 'both' : ([...sides][0] ?? 'neither')
}

const none: ReadonlyMap<string, ExpressionAst> = new Map()

/** Translates an expression over one relation. */
export function over(ast: ExpressionAst, relation: Relation): Expression {
  return translate(ast, { columns: relation.columns, aliases: none })
}

/** Makes a pair of keys; ends the translation when the catalogue does not compare their types. */
export function keyPair(left: Expression, right: Expression, location: number): KeyPair {
  const equal = compare('eq', [left, right], location)
  const [l = left, r = right] = equal.kind === 'call' ? equal.args : []
  return { left: l, right: r }
}

function pairOf(
  ast: ComparisonAst,
  left: Relation,
  right: Relation,
  first: 'left' | 'right',
): KeyPair | undefined {
  const a = sideOf(ast.left, left, right, first)
  const b = sideOf(ast.right, left, right, first)
  if (a === 'left' && b === 'right')
    return keyPair(over(ast.left, left), over(ast.right, right), ast.query_location)
  if (a === 'right' && b === 'left')
    return keyPair(over(ast.right, left), over(ast.left, right), ast.query_location)
  return undefined
}

/** Sorts conditions into key pairs and the rest. `first` names the input whose columns hide the other's. */
export function splitConditions(
  conditions: readonly ExpressionAst[],
  left: Relation,
  right: Relation,
  first: 'left' | 'right' = 'left',
): Conditions {
  const on: KeyPair[] = []
  const rest: Record<Side, ExpressionAst[]> = { left: [], right: [], both: [], neither: [] }
  for (const ast of conditions) {
    const equal = ast.class === 'COMPARISON' && ast.type === 'COMPARE_EQUAL'
    const pair = equal ? pairOf(ast, left, right, first) : undefined
    if (pair === undefined) rest[sideOf(ast, left, right, first)].push(ast)
    else on.push(pair)
  }
  return { on, leftOnly: rest.left, rightOnly: rest.right, other: [...rest.both, ...rest.neither] }
}

/** Keeps the rows of a relation for which the conditions hold. */
export function filterRelation(relation: Relation, conditions: readonly ExpressionAst[]): Relation {
  const predicates = conditions.map((c) => over(c, relation))
  return { node: filtered(relation.node, predicates), columns: relation.columns }
}

/** Moves a value to the output of a join: columns renamed, everything nullable where the join may leave it empty. */
function moved(value: Expression, names: ReadonlyMap<string, string>, empty: boolean): Expression {
  return mapExpression(value, (e) => {
    const renamed = e.kind === 'column' ? { ...e, name: names.get(e.name) ?? e.name } : e
    return empty && e.kind !== 'literal' ? { ...renamed, nullable: true } : renamed
  })
}

const movedColumns = (
  columns: readonly ScopeColumn[],
  names: ReadonlyMap<string, string>,
  empty: boolean,
): ScopeColumn[] => columns.map((c) => ({ ...c, value: moved(c.value, names, empty) }))

/** A join with what the columns of both inputs are in its output. */
export interface Joined {
  readonly node: JoinNode
  readonly left: readonly ScopeColumn[]
  readonly right: readonly ScopeColumn[]
}

/** Conditions of a join that are no pairs of keys; names are looked up in `first` before the other input. */
export interface Residual {
  readonly conditions: readonly ExpressionAst[]
  readonly first: 'left' | 'right'
}

/** Builds a join; pairs of rows must meet `residual` as well (not for full joins). */
export function joinRelations(
  type: JoinNode['type'],
  left: Relation,
  right: Relation,
  on: readonly KeyPair[],
  residual: Residual = { conditions: [], first: 'left' },
): Joined {
  const alone = type === 'semi' || type === 'anti'
  const taken = new Set(left.node.schema.map((f) => f.name.toLowerCase()))
  const renamed = right.node.schema.map((f) => ({ column: f.name, as: freshName(f.name, taken) }))
  const names = new Map(renamed.map((k) => [k.column, k.as]))
  const columns = {
    left: movedColumns(left.columns, new Map(), type === 'full'),
    right: movedColumns(right.columns, names, type !== 'inner'),
  }
  const seen =
    residual.first === 'left' ? [...columns.left, ...columns.right] : [...columns.right, ...columns.left]
  const condition = allOf(residual.conditions.map((c) => translate(c, { columns: seen, aliases: none })))
  const used = new Set(condition === undefined ? [] : columnsOf(condition))
  const leftFields = left.node.schema.map((f) => (type === 'full' ? { ...f, nullable: true } : f))
  const rightFields = right.node.schema.map((f) => ({
    ...f,
    name: names.get(f.name) ?? f.name,
    nullable: f.nullable || type !== 'inner',
  }))
  return {
    node: {
      kind: 'join',
      type,
      left: left.node,
      right: right.node,
      on,
      ...(condition === undefined ? {} : { residual: condition }),
      keepRight: alone ? renamed.filter((k) => used.has(k.as)) : renamed,
      schema: alone ? leftFields : [...leftFields, ...rightFields],
    },
    left: columns.left,
    right: alone ? [] : columns.right,
  }
}
