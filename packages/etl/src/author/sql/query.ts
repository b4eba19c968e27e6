import { resolveAggregate } from '../../function/resolve.ts'
import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { Node, UnionNode } from '../../plan/node.ts'
import { type Field, int32, type Schema } from '../../plan/type.ts'
import type { QueryAst, SetOperationAst } from './ast.ts'
import { columnsOfNode, filtered, projected, schemaOf } from './build.ts'
import type { Environment } from './environment.ts'
import { callFunction } from './expression.ts'
import { literal } from './literal.ts'
import { widerType } from './literal-align.ts'
import { applyModifiers, orderTargets } from './order.ts'
import { duckdbOnly } from './portability.ts'
import { columnOf, freshName } from './scope.ts'
import { translateSelect } from './select.ts'

/** Columns that are nothing but NULL; SQL gives them the type of the other branch. */
function isOnlyNull(node: Node, name: string): boolean {
  if (node.kind === 'union') return node.inputs.every((n) => isOnlyNull(n, name))
  if (node.kind === 'dedupe') return isOnlyNull(node.from, name)
  const column = node.kind === 'project' ? node.columns.find((c) => c.name === name) : undefined
  return column?.expression.kind === 'literal' && column.expression.value === null
}

function commonField(left: Field, right: Field, a: Node, b: Node): Field {
  const nullable = left.nullable || right.nullable
  if (isOnlyNull(b, right.name)) return { name: left.name, type: left.type, nullable }
  if (isOnlyNull(a, left.name)) return { name: left.name, type: right.type, nullable }
  const type = widerType(left.type, right.type)
  if (type === undefined) return duckdbOnly(`a UNION of two types in column "${left.name}"`, 0)
  return { name: left.name, type, nullable }
}

/** Writes NULL columns in the type that the union gives them. */
function typedNulls(node: Node, schema: Schema): Node {
  const own = node.schema.map((f) =>
    isOnlyNull(node, f.name) ? (schema.find((s) => s.name === f.name) ?? f) : f,
  )
  if (node.kind === 'union')
    return { ...node, inputs: node.inputs.map((n) => typedNulls(n, schema)), schema: own }
  if (node.kind === 'dedupe') return { ...node, from: typedNulls(node.from, schema), schema: own }
  if (node.kind !== 'project') return node
  const columns = node.columns.map((c) => {
    const field = schema.find((f) => f.name === c.name)
    return field !== undefined && isOnlyNull(node, c.name)
      ? { name: c.name, expression: literal(null, field.type) }
      : c
  })
  return { ...node, columns, schema: own }
}

/** Gives the columns of a node other names, by position. */
function withNames(node: Node, names: readonly (string | undefined)[]): Node {
  const rename = <T extends { readonly name: string }>(c: T, i: number): T => ({
    ...c,
    name: names[i] ?? c.name,
  })
  if (node.kind !== 'project') return projected(node, columnsOfNode(node).map(rename))
  return { ...node, columns: node.columns.map(rename), schema: node.schema.map(rename) }
}

function unionByPosition(left: Node, right: Node): UnionNode {
  const renamed = withNames(
    right,
    left.schema.map((f) => f.name),
  )
  const schema = left.schema.map((f, i) => commonField(f, renamed.schema[i] ?? f, left, renamed))
  return { kind: 'union', inputs: [typedNulls(left, schema), typedNulls(renamed, schema)], schema }
}

function unionByName(left: Node, right: Node): UnionNode {
  const other = new Map(right.schema.map((f) => [f.name, f]))
  const shared = left.schema.map((f) => {
    const field = other.get(f.name)
    return field === undefined ? { ...f, nullable: true } : commonField(f, field, left, right)
  })
  const names = new Set(left.schema.map((f) => f.name))
  const added = right.schema.filter((f) => !names.has(f.name)).map((f) => ({ ...f, nullable: true }))
  const schema = [...shared, ...added]
  return { kind: 'union', inputs: [typedNulls(left, schema), typedNulls(right, schema)], schema }
}

/** The different rows of a union: all, those of both inputs, or those of the first alone. */
function distinctOf(operation: SetOperationAst['setop_type'], all: UnionNode): Node {
  const columns = columnsOfNode(all)
  if (operation !== 'INTERSECT' && operation !== 'EXCEPT')
    return { kind: 'dedupe', from: all, by: columns.map((c) => c.name), order: [], schema: all.schema }
  const taken = new Set(columns.map((c) => c.name))
  const side = freshName('side', taken)
  const inputs = all.inputs.map((n, i) =>
    projected(n, [...columnsOfNode(n), { name: side, expression: literal(String(i + 1), int32) }]),
  )
  const both: Node = {
    kind: 'union',
    inputs,
    schema: [...all.schema, { name: side, type: int32, nullable: false }],
  }
  const of = (name: 'min' | 'max'): NamedExpression => {
    const resolved = resolveAggregate(name, [columnOf(both.schema, side)])
    if ('problem' in resolved) return duckdbOnly(resolved.problem, 0)
    return { name: freshName(name, taken), expression: resolved.expression }
  }
  const aggregates = [of('min'), of('max')]
  const schema = schemaOf([...columns, ...aggregates])
  const groups: Node = { kind: 'aggregate', from: both, keys: columns, aggregates, schema }
  const is = (index: number, value: string): Expression =>
    callFunction('eq', [columnOf(schema, aggregates[index]?.name ?? ''), literal(value, int32)], 0)
  const kept = operation === 'INTERSECT' ? [is(0, '1'), is(1, '2')] : [is(1, '1')]
  return projected(filtered(groups, kept), columns)
}

function translateSetOperation(
  ast: SetOperationAst,
  environment: Environment,
  names?: readonly string[],
): Node {
  const { setop_type: operation } = ast
  if (operation !== 'UNION' && operation !== 'UNION_BY_NAME' && ast.setop_all)
    return duckdbOnly(`${operation} ALL`, 0)
  const byName = ast.setop_type === 'UNION_BY_NAME'
  const left = translateQuery(ast.left, environment, byName ? undefined : names)
  // The first input names the columns; an ORDER BY of the second speaks of its own names.
  const given = byName || ast.right.modifiers.length > 0 ? undefined : left.schema.map((f) => f.name)
  const right = translateQuery(ast.right, environment, given)
  const all = byName ? unionByName(left, right) : unionByPosition(left, right)
  const columns = all.schema.map((f) => f.name)
  const node = ast.setop_all ? all : distinctOf(operation, all)
  const items = columnsOfNode(node).map((c) => ({ name: c.name, source: { value: c.expression } }))
  const targets = orderTargets(ast.modifiers, items, [], (key) =>
    duckdbOnly('ORDER BY something else than a column of the UNION', key.query_location),
  )
  return applyModifiers(ast.modifiers, node, columns, targets)
}

/** The relations that a query sees: those around it and its own WITH, each seeing the ones before. */
function withTables(ast: QueryAst, environment: Environment): Environment {
  return ast.cte_map.map.reduce<Environment>((seen, { key, value }) => {
    const node = translateQuery(value.query.node, seen)
    const named = withNames(
      node,
      value.aliases.map((a) => a.toLowerCase()),
    )
    return { ...seen, relations: new Map([...seen.relations, [key.toLowerCase(), named]]) }
  }, environment)
}

/** Translates a query of any shape. `names` are its output names, where they are known; all are lower case. */
export function translateQuery(ast: QueryAst, environment: Environment, names?: readonly string[]): Node {
  const inner = withTables(ast, environment)
  switch (ast.type) {
    case 'SELECT_NODE':
      return translateSelect(ast, inner, names)
    case 'SET_OPERATION_NODE':
      return translateSetOperation(ast, inner, names)
    default:
      return duckdbOnly('WITH RECURSIVE', 0)
  }
}
