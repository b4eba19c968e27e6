import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import { int64 } from '../../plan/type.ts'
import type { ExpressionAst, SelectAst } from './ast.ts'
import { filtered, projected, schemaOf } from './build.ts'
import { conjunctsOf } from './conjuncts.ts'
import type { Environment } from './environment.ts'
import { type Context, translate } from './expression.ts'
import { translateFrom } from './from.ts'
import { groupingCall, groupingOf, type Grouping, isGrouped, overGroups, setsMarker } from './group.ts'
import { dedupeByRowNumber } from './keep-first.ts'
import { applyModifiers, orderTargets, type OrderTargets } from './order.ts'
import { duckdbOnly } from './portability.ts'
import { freshName, type Relation } from './scope.ts'
import { type Calls, collectCalls, finalNames, renamed } from './select-calls.ts'
import { aliasesOf, type SelectItem, selectItems } from './select-list.ts'
import { type Growing, grow, joinSubqueries, type SingleRow, singleRow } from './subquery.ts'
import { applyWhere } from './where.ts'

/** Everything of a SELECT that is computed from its rows, translated but not yet put into nodes. */
interface Body {
  readonly grouping: Grouping | undefined
  readonly calls: Calls
  /** Single values that stand beside aggregates, by the marker of their column. */
  readonly values: readonly (SingleRow & { readonly marker: string })[]
  readonly outputs: readonly NamedExpression[]
  readonly targets: OrderTargets
  readonly having: readonly Expression[]
  readonly qualify: readonly Expression[]
}

/** Translates a subquery over groups: its one value joins them when they are there. */
const valueOverGroups =
  (values: (SingleRow & { readonly marker: string })[], environment: Environment): Context['subquery'] =>
  (ast) => {
    if (ast.subquery_type !== 'SCALAR') return duckdbOnly('EXISTS or IN over groups', ast.query_location)
    const single = singleRow(ast, environment)
    const marker = `\u0000value${values.length}`
    values.push({ ...single, marker })
    return { kind: 'column', name: marker, type: single.value.type, nullable: true }
  }

function translateBody(
  select: SelectAst,
  items: readonly SelectItem[],
  columns: Context['columns'],
  qualify: ExpressionAst | null,
  site: { readonly environment: Environment; readonly rows: Growing },
): Body {
  const aliases = aliasesOf(select.select_list)
  const subquery = joinSubqueries(site.environment, site.rows)
  const grouping = isGrouped(select) ? groupingOf(select, items, { columns, aliases, subquery }) : undefined
  const finish = (e: Expression): Expression => (grouping === undefined ? e : overGroups(e, grouping.keys))
  const calls: Calls = { aggregates: [], windows: [] }
  const values: (SingleRow & { readonly marker: string })[] = []
  const overGroupsToo = grouping === undefined ? subquery : valueOverGroups(values, site.environment)
  const collect = collectCalls(calls, finish, subquery)
  const context: Context = {
    columns,
    aliases,
    ...(overGroupsToo && { subquery: overGroupsToo }),
    special: (ast, at) =>
      ast.class === 'OPERATOR' && ast.type === 'GROUPING_FUNCTION' && grouping !== undefined
        ? groupingCall(ast, grouping, at)
        : collect(ast, at),
  }
  const value = (ast: ExpressionAst): Expression => finish(translate(ast, context))
  const outputs = items.map(({ name, source }): NamedExpression => ({
    name,
    expression: 'value' in source ? finish(source.value) : value(source.ast),
  }))
  return {
    grouping,
    calls,
    values,
    outputs,
    targets: orderTargets(select.modifiers, items, outputs, value),
    having: conjunctsOf(select.having).map(value),
    qualify: conjunctsOf(qualify).map(value),
  }
}

/** Groups rows, then joins the single values that stand beside aggregates, then applies HAVING. */
function grouped(
  from: Node,
  body: Body,
): { readonly node: Node; readonly names: ReadonlyMap<string, string> } {
  const { grouping, calls, outputs } = body
  if (grouping === undefined) return { node: from, names: new Map() }
  const { keys, sets } = grouping
  const taken = new Set(keys.map((k) => k.name.toLowerCase()))
  const names = new Map(finalNames(calls.aggregates, outputs, taken))
  const aggregates = calls.aggregates.map((a) => ({
    name: names.get(a.name) ?? a.name,
    expression: a.expression,
  }))
  const keyFields = keys.map((k) => ({
    name: k.name,
    type: k.expression.type,
    nullable: k.expression.nullable || k.optional,
  }))
  const as = sets === undefined ? undefined : freshName('grouping', taken)
  if (as !== undefined) names.set(setsMarker, as)
  const growing: Growing = {
    node: {
      kind: 'aggregate',
      from,
      keys: keys.map(({ name, expression }) => ({ name, expression })),
      aggregates,
      ...(sets === undefined || as === undefined ? {} : { sets: { groups: sets, as } }),
      schema: [
        ...keyFields,
        ...schemaOf(aggregates),
        ...(as === undefined ? [] : [{ name: as, type: int64, nullable: false }]),
      ],
    },
  }
  for (const single of body.values) {
    const [found] = grow(growing, single.join, single.node, [])
    if (found?.kind === 'column') names.set(single.marker, found.name)
  }
  return {
    node: filtered(
      growing.node,
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
  const rows: Growing = { node: kept ?? relation.node }
  const qualify = kept === undefined ? select.qualify : null
  const body = translateBody(select, items, relation.columns, qualify, { environment, rows })
  const afterGroups = grouped(rows.node, body)
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
