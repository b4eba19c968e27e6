import type { Expression, NamedExpression, SortKey } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import { astKey, type ExpressionAst, type ModifierAst } from './ast.ts'
import { columnsOfNode, projected } from './build.ts'
import { sameExpression } from './expression.ts'
import { duckdbOnly } from './portability.ts'
import { freshName } from './scope.ts'
import { sortKeys } from './select-calls.ts'
import type { SelectItem } from './select-list.ts'

/** What the keys of ORDER BY and DISTINCT ON are: the column that holds each, some computed for it alone. */
export interface OrderTargets {
  readonly columns: ReadonlyMap<string, string>
  readonly hidden: readonly NamedExpression[]
}

const isAll = (ast: ExpressionAst): boolean => ast.class === 'STAR' && ast.columns

/** Finds the output column that a key names: by position, by alias, or by being the same expression. */
function outputOf(ast: ExpressionAst, items: readonly SelectItem[]): string | undefined {
  if (ast.class === 'CONSTANT') return items[Number(ast.value.value) - 1]?.name
  if (ast.class === 'COLUMN_REF' && ast.column_names.length === 1) {
    const name = (ast.column_names[0] ?? '').toLowerCase()
    if (items.some((i) => i.name === name)) return name
  }
  const key = astKey(ast)
  return items.find((i) => 'ast' in i.source && astKey(i.source.ast) === key)?.name
}

const keysOf = (modifier: ModifierAst): readonly ExpressionAst[] => {
  if (modifier.type === 'ORDER_MODIFIER') return modifier.orders.map((o) => o.expression)
  return modifier.type === 'DISTINCT_MODIFIER' ? modifier.distinct_on_targets : []
}

/** Finds or computes the columns that ORDER BY and DISTINCT ON need. */
export function orderTargets(
  modifiers: readonly ModifierAst[],
  items: readonly SelectItem[],
  outputs: readonly NamedExpression[],
  value: (ast: ExpressionAst) => Expression,
): OrderTargets {
  const taken = new Set(items.map((i) => i.name))
  const columns = new Map<string, string>()
  const hidden: NamedExpression[] = []
  for (const ast of modifiers.flatMap(keysOf)) {
    if (isAll(ast)) continue
    const output = outputOf(ast, items)
    if (output !== undefined) {
      columns.set(astKey(ast), output)
      continue
    }
    const expression = value(ast)
    const known = [...outputs, ...hidden].find((o) => sameExpression(o.expression, expression))
    if (known === undefined) hidden.push({ name: freshName('sort_key', taken), expression })
    columns.set(astKey(ast), known?.name ?? hidden.at(-1)?.name ?? '')
  }
  return { columns, hidden }
}

function columnFor(node: Node, targets: OrderTargets, ast: ExpressionAst): Expression {
  const name = targets.columns.get(astKey(ast))
  const column = columnsOfNode(node).find((c) => c.name === name)
  return column?.expression ?? duckdbOnly('an ORDER BY key that is no column', ast.query_location)
}

const allKeys = (node: Node, visible: readonly string[]): SortKey[] =>
  columnsOfNode(node)
    .filter((c) => visible.includes(c.name))
    .map((c) => ({ expression: c.expression, direction: 'asc', nulls: 'last' }))

function constantOf(ast: ExpressionAst | null, otherwise: number): number {
  if (ast === null) return otherwise
  const value = ast.class === 'CONSTANT' ? Number(ast.value.value) : Number.NaN
  return Number.isInteger(value) && value >= 0
    ? value
    : duckdbOnly('a LIMIT that is no constant', ast.query_location)
}

function applyDistinct(
  node: Node,
  on: readonly ExpressionAst[],
  order: readonly SortKey[],
  targets: OrderTargets,
): Node {
  if (on.length === 0) {
    if (targets.hidden.length > 0)
      return duckdbOnly('DISTINCT with ORDER BY columns that it does not show', 0)
    return { kind: 'dedupe', from: node, by: node.schema.map((f) => f.name), order: [], schema: node.schema }
  }
  const keys = on.map((ast) => columnFor(node, targets, ast))
  const by = keys.flatMap((k) => (k.kind === 'column' ? [k.name] : []))
  return { kind: 'dedupe', from: node, by, order, schema: node.schema }
}

/** Applies DISTINCT, ORDER BY and LIMIT over the output columns, then drops what was computed for them alone. */
export function applyModifiers(
  modifiers: readonly ModifierAst[],
  from: Node,
  visible: readonly string[],
  targets: OrderTargets,
): Node {
  let node = from
  const orderOf = (m: ModifierAst): SortKey[] => {
    if (m.type !== 'ORDER_MODIFIER') return []
    if (m.orders.some((o) => isAll(o.expression))) {
      const [first] = sortKeys(m.orders, () => ({
        kind: 'literal',
        value: null,
        type: { kind: 'bool' },
        nullable: true,
      }))
      return allKeys(node, visible).map((k) => ({
        ...k,
        direction: first?.direction ?? 'asc',
        nulls: first?.nulls ?? 'last',
      }))
    }
    return sortKeys(m.orders, (ast) => columnFor(node, targets, ast))
  }
  const order = modifiers.flatMap(orderOf)
  const sorted = (n: Node, keys: readonly SortKey[]): Node => ({
    kind: 'sort',
    from: n,
    order: keys,
    schema: n.schema,
  })
  for (const modifier of modifiers) {
    if (modifier.type === 'DISTINCT_MODIFIER')
      node = applyDistinct(node, modifier.distinct_on_targets, order, targets)
    else if (modifier.type === 'ORDER_MODIFIER') node = sorted(node, order)
    else if (modifier.type === 'LIMIT_MODIFIER') {
      // SQL leaves open which rows an unordered LIMIT takes; ordering by everything makes the choice the same each run.
      const ordered = node.kind === 'sort' ? node : sorted(node, allKeys(node, visible))
      const count = constantOf(modifier.limit, Number.MAX_SAFE_INTEGER)
      node = {
        kind: 'limit',
        from: ordered,
        count,
        offset: constantOf(modifier.offset, 0),
        schema: node.schema,
      }
    } else return duckdbOnly('LIMIT in percent', 0)
  }
  return projected(
    node,
    columnsOfNode(node).filter((c) => visible.includes(c.name)),
  )
}
