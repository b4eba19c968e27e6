import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import { conjunctsOf, type ExpressionAst, type SelectAst } from './ast.ts'
import { filtered, projected, schemaOf } from './build.ts'
import type { Environment } from './environment.ts'
import { type Context, translate } from './expression.ts'
import { translateFrom } from './from.ts'
import { groupKeys, isGrouped, overGroups } from './group.ts'
import { dedupeByRowNumber } from './keep-first.ts'
import { applyModifiers, orderTargets, type OrderTargets } from './order.ts'
import { duckdbOnly } from './portability.ts'
import type { Relation } from './scope.ts'
import { type Calls, collectCalls, finalNames, renamed } from './select-calls.ts'
import { aliasesOf, type SelectItem, selectItems } from './select-list.ts'
import { applyWhere } from './where.ts'

/** Everything of a SELECT that is computed from its rows, translated but not yet put into nodes. */
interface Body {
  readonly keys: readonly NamedExpression[] | undefined
  readonly calls: Calls
  readonly outputs: readonly NamedExpression[]
  readonly targets: OrderTargets
  readonly having: readonly Expression[]
  readonly qualify: readonly Expression[]
}

function translateBody(
  select: SelectAst,
  items: readonly SelectItem[],
  columns: Context['columns'],
  qualify: ExpressionAst | null,
): Body {
  const aliases = aliasesOf(select.select_list)
  const keys = isGrouped(select)
    ? groupKeys(select, items, { columns, aliases, columnsFirst: false })
    : undefined
  const finish = (e: Expression): Expression => (keys === undefined ? e : overGroups(e, keys))
  const calls: Calls = { aggregates: [], windows: [] }
  const context: Context = { columns, aliases, columnsFirst: false, special: collectCalls(calls, finish) }
  const value = (ast: ExpressionAst): Expression => finish(translate(ast, context))
  const output = (ast: ExpressionAst): Expression =>
    finish(translate(ast, { ...context, columnsFirst: true }))
  const outputs = items.map(({ name, source }): NamedExpression => ({
    name,
    expression: 'value' in source ? finish(source.value) : output(source.ast),
  }))
  return {
    keys,
    calls,
    outputs,
    targets: orderTargets(select.modifiers, items, outputs, value),
    having: conjunctsOf(select.having).map(value),
    qualify: conjunctsOf(qualify).map(value),
  }
}

function grouped(
  from: Node,
  body: Body,
): { readonly node: Node; readonly names: ReadonlyMap<string, string> } {
  const { keys, calls, outputs } = body
  if (keys === undefined) return { node: from, names: new Map() }
  const taken = new Set(keys.map((k) => k.name.toLowerCase()))
  const names = finalNames(calls.aggregates, outputs, taken)
  const aggregates = calls.aggregates.map((a) => ({
    name: names.get(a.name) ?? a.name,
    expression: a.expression,
  }))
  const node: Node = { kind: 'aggregate', from, keys, aggregates, schema: schemaOf([...keys, ...aggregates]) }
  return {
    node: filtered(
      node,
      body.having.map((e) => renamed(e, names)),
    ),
    names,
  }
}

function windowed(
  from: Node,
  body: Body,
  given: ReadonlyMap<string, string>,
): { readonly node: Node; readonly names: ReadonlyMap<string, string> } {
  const { windows } = body.calls
  if (windows.length === 0) return { node: from, names: given }
  const names = new Map([
    ...given,
    ...finalNames(windows, body.outputs, new Set(from.schema.map((f) => f.name.toLowerCase()))),
  ])
  const columns = windows.map((w) => ({
    name: names.get(w.name) ?? w.name,
    expression: renamed(w.expression, given),
  }))
  const node: Node = { kind: 'window', from, columns, schema: [...from.schema, ...schemaOf(columns)] }
  return {
    node: filtered(
      node,
      body.qualify.map((e) => renamed(e, names)),
    ),
    names,
  }
}

function uniqueNames(items: readonly SelectItem[]): void {
  const seen = new Set<string>()
  for (const { name } of items) {
    if (seen.has(name)) duckdbOnly(`two output columns of a nested query are called "${name}"`, 0)
    seen.add(name)
  }
}

/** Translates a SELECT with everything that belongs to it. `names` are the output names, where they are known. */
export function translateSelect(
  select: SelectAst,
  environment: Environment,
  names?: readonly string[],
): Node {
  if (select.sample !== null) return duckdbOnly('USING SAMPLE', 0)
  const from = translateFrom(select.from_table, environment, conjunctsOf(select.where_clause))
  const aliases = aliasesOf(select.select_list)
  const relation: Relation = applyWhere(from.relation, from.rest, environment, aliases)
  const items = selectItems(select.select_list, relation.columns, names)
  uniqueNames(items)
  const kept = isGrouped(select) ? undefined : dedupeByRowNumber(select.qualify, relation, aliases)
  const body = translateBody(select, items, relation.columns, kept === undefined ? select.qualify : null)
  const afterGroups = grouped(kept ?? relation.node, body)
  const { node, names: final } = windowed(afterGroups.node, body, afterGroups.names)
  const columns = [...body.outputs, ...body.targets.hidden].map((c) => ({
    ...c,
    expression: renamed(c.expression, final),
  }))
  return applyModifiers(
    select.modifiers,
    projected(node, columns),
    items.map((i) => i.name),
    body.targets,
  )
}
