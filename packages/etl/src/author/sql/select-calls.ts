import { resolveAggregate, resolveWindow } from '../../function/resolve.ts'
import {
  type Expression,
  mapExpression,
  type NamedExpression,
  type SortKey,
  type WindowFrame,
} from '../../plan/expression.ts'
import type { ExpressionAst, FunctionAst, OrderAst, WindowAst } from './ast.ts'
import { type Context, sameExpression, translate } from './expression.ts'
import { aggregateRules, windowRules } from './names.ts'
import { duckdbOnly } from './portability.ts'
import { freshName } from './scope.ts'

/**
 * Aggregates and window calls found while a SELECT is translated. Until all are known they are referred to by marker
 * columns; `rename` replaces the markers by the columns' final names.
 */
export interface Calls {
  readonly aggregates: NamedExpression[]
  readonly windows: NamedExpression[]
}

const markerOf = (kind: 'aggregate' | 'window', index: number): string => `\u0000${kind}${index}`

function register(list: NamedExpression[], kind: 'aggregate' | 'window', expression: Expression): Expression {
  let index = list.findIndex((c) => sameExpression(c.expression, expression))
  if (index < 0) index = list.push({ name: markerOf(kind, list.length), expression }) - 1
  const name = markerOf(kind, index)
  return { kind: 'column', name, type: expression.type, nullable: expression.nullable }
}

/** Whether a column is a marker of this module. */
export const isMarker = (name: string): boolean => name.startsWith('\u0000')

/** Translates sort keys; NULLs go last unless written otherwise, as in DuckDB. */
export function sortKeys(
  orders: readonly OrderAst[],
  translateKey: (ast: ExpressionAst) => Expression,
): SortKey[] {
  return orders.map((o) => ({
    expression: translateKey(o.expression),
    direction: o.type === 'DESCENDING' ? 'desc' : 'asc',
    nulls: o.null_order === 'NULLS FIRST' ? 'first' : 'last',
  }))
}

/** Whether a function of the tree is an aggregate. */
export function isAggregate(ast: FunctionAst): boolean {
  return Object.hasOwn(aggregateRules, ast.function_name.toLowerCase())
}

function aggregateCall(
  ast: FunctionAst,
  calls: Calls,
  context: Context,
  subquery: Context['subquery'],
): Expression {
  const at = ast.query_location
  const { columns, aliases } = context
  const inner: Context = { columns, aliases, ...(subquery && { subquery }) }
  const rule = aggregateRules[ast.function_name.toLowerCase()]
  const args = ast.children.map((c) => translate(c, inner))
  const written = sortKeys(ast.order_bys.orders, (e) => translate(e, inner))
  const target = rule?.(args, { distinct: ast.distinct, order: written }) ?? 'it is not in the catalogue'
  if (typeof target === 'string') return duckdbOnly(`${ast.function_name}: ${target}`, at)
  const order = target.order ?? []
  const resolved = resolveAggregate(target.name, target.args, {
    ...(ast.distinct && target.keepsDistinct !== false ? { distinct: true } : {}),
    ...(ast.filter === null ? {} : { filter: translate(ast.filter, inner) }),
    ...(order.length === 0 ? {} : { order }),
  })
  if ('problem' in resolved) return duckdbOnly(resolved.problem, at)
  const column = register(calls.aggregates, 'aggregate', resolved.expression)
  return target.finish?.(column) ?? column
}

function boundOf(kind: string, expression: ExpressionAst | null, at: number): number | null {
  if (kind.startsWith('UNBOUNDED')) return null
  if (kind === 'CURRENT_ROW_ROWS') return 0
  const offset = expression?.class === 'CONSTANT' ? Number(expression.value.value) : Number.NaN
  if (!kind.endsWith('_ROWS') || !Number.isInteger(offset))
    return duckdbOnly('a window frame that does not count rows', at)
  return kind.startsWith('EXPR_PRECEDING') ? 0 - offset : offset
}

/** The frame; undefined is SQL's default: up to the current row and its peers, or everything without an order. */
function frameOf(ast: WindowAst): WindowFrame | undefined {
  const isDefault = ast.start === 'UNBOUNDED_PRECEDING' && ast.end === 'CURRENT_ROW_RANGE'
  if (ast.exclude_clause !== 'NO_OTHER') return duckdbOnly('EXCLUDE in a window frame', ast.query_location)
  if (isDefault) return undefined
  return {
    from: boundOf(ast.start, ast.start_expr, ast.query_location),
    to: boundOf(ast.end, ast.end_expr, ast.query_location),
  }
}

function windowCall(
  ast: WindowAst,
  calls: Calls,
  context: Context,
  finish: (e: Expression) => Expression,
): Expression {
  const at = ast.query_location
  const name = ast.function_name.toLowerCase()
  if (ast.distinct || ast.filter_expr !== null || ast.ignore_nulls || (ast.arg_orders ?? []).length > 0) {
    return duckdbOnly('DISTINCT, FILTER, IGNORE NULLS or ORDER BY inside a window call', at)
  }
  // A window call may not stand inside another, but aggregates may.
  const go = (e: ExpressionAst): Expression => finish(translate(e, context))
  const written = [...ast.children, ast.offset_expr, ast.default_expr].filter((e) => e !== null)
  const rule = Object.hasOwn(windowRules, name) ? windowRules[name] : undefined
  const target = rule?.(written.map(go)) ?? 'it is not in the catalogue'
  if (typeof target === 'string') return duckdbOnly(`${name} over a window: ${target}`, at)
  const frame = frameOf(ast)
  const resolved = resolveWindow(target.name, target.args, {
    partition: ast.partitions.map(go),
    order: sortKeys(ast.orders, go),
    ...(frame === undefined ? {} : { frame }),
  })
  if ('problem' in resolved) return duckdbOnly(resolved.problem, at)
  const column = register(calls.windows, 'window', resolved.expression)
  return target.finish?.(column) ?? column
}

/**
 * Makes the hook that takes aggregates and window calls out of expressions. `finish` brings the arguments of window
 * calls over the grouped columns; `subquery` translates subqueries inside aggregates.
 */
export function collectCalls(
  calls: Calls,
  finish: (e: Expression) => Expression,
  subquery?: Context['subquery'],
): NonNullable<Context['special']> {
  return (ast, context) => {
    if (ast.class === 'FUNCTION' && isAggregate(ast)) return aggregateCall(ast, calls, context, subquery)
    return ast.class === 'WINDOW' ? windowCall(ast, calls, context, finish) : undefined
  }
}

/** Chooses the final names of calls: the output column that is nothing but the call, else the function's name. */
export function finalNames(
  list: readonly NamedExpression[],
  outputs: readonly NamedExpression[],
  taken: Set<string>,
): ReadonlyMap<string, string> {
  return new Map(
    list.map((call) => {
      const output = outputs.find((o) => o.expression.kind === 'column' && o.expression.name === call.name)
      const fallback =
        call.expression.kind === 'aggregate' || call.expression.kind === 'window'
          ? call.expression.function
          : 'value'
      return [call.name, freshName(output?.name ?? fallback, taken)]
    }),
  )
}

/** Renames columns of an expression. */
export function renamed(e: Expression, names: ReadonlyMap<string, string>): Expression {
  return mapExpression(e, (x) => (x.kind === 'column' ? { ...x, name: names.get(x.name) ?? x.name } : x))
}
