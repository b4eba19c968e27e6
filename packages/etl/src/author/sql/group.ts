import {
  childExpressions,
  type Expression,
  mapExpression,
  type NamedExpression,
} from '../../plan/expression.ts'
import { int64 } from '../../plan/type.ts'
import type { ExpressionAst, OperatorAst, SelectAst } from './ast.ts'
import { callFunction, type Context, sameExpression, translate } from './expression.ts'
import { literal } from './literal.ts'
import { duckdbOnly } from './portability.ts'
import { freshName } from './scope.ts'
import { isAggregate, isMarker } from './select-calls.ts'
import type { SelectItem } from './select-list.ts'

/** Whether an expression calls an aggregate outside nested queries and windows. */
function hasAggregate(ast: ExpressionAst): boolean {
  switch (ast.class) {
    case 'FUNCTION':
      return isAggregate(ast) || ast.children.some(hasAggregate)
    case 'OPERATOR':
    case 'CONJUNCTION':
      return ast.children.some(hasAggregate)
    case 'COMPARISON':
      return hasAggregate(ast.left) || hasAggregate(ast.right)
    case 'CASE':
      return [...ast.case_checks.flatMap((c) => [c.when_expr, c.then_expr]), ast.else_expr].some(hasAggregate)
    case 'CAST':
      return hasAggregate(ast.child)
    case 'BETWEEN':
      return [ast.input, ast.lower, ast.upper].some(hasAggregate)
    case 'WINDOW':
      return [...ast.children, ...ast.partitions, ...ast.orders.map((o) => o.expression)].some(hasAggregate)
    default:
      return false
  }
}

/** Whether a SELECT groups its rows. */
export function isGrouped(select: SelectAst): boolean {
  return (
    select.group_expressions.length > 0 ||
    select.aggregate_handling === 'FORCE_AGGREGATES' ||
    select.having !== null ||
    select.select_list.some(hasAggregate)
  )
}

/** The grouping keys as written: by expression, by position, or by ALL. */
function keySources(select: SelectAst, items: readonly SelectItem[]): readonly SelectItem['source'][] {
  if (select.aggregate_handling === 'FORCE_AGGREGATES') {
    return items.map((i) => i.source).filter((s) => 'value' in s || !hasAggregate(s.ast))
  }
  return select.group_expressions.map((ast) => {
    if (ast.class !== 'CONSTANT' || (!ast.value.type.id.endsWith('INT') && ast.value.type.id !== 'INTEGER'))
      return { ast }
    const item = items[Number(ast.value.value) - 1]
    return item?.source ?? duckdbOnly('GROUP BY a position that is not there', ast.query_location)
  })
}

/** A key of groups; `optional` where a grouping set leaves it out, so that it may be NULL. */
export interface GroupKey extends NamedExpression {
  readonly optional: boolean
}

/** What a SELECT groups by. `sets` holds positions of `keys`, when there are several groupings. */
export interface Grouping {
  readonly keys: readonly GroupKey[]
  readonly sets: readonly (readonly number[])[] | undefined
}

/** Translates GROUP BY. */
export function groupingOf(select: SelectAst, items: readonly SelectItem[], context: Context): Grouping {
  const { keys, places } = groupKeys(select, items, context)
  const isPlain =
    select.group_sets.length <= 1 && (select.group_sets[0]?.length ?? 0) === select.group_expressions.length
  if (isPlain) return { keys: keys.map((k) => ({ ...k, optional: false })), sets: undefined }
  const at = select.group_expressions[0]?.query_location ?? 0
  if (keys.some((k) => k.expression.kind === 'literal')) return duckdbOnly('grouping sets of constants', at)
  if (keys.length > 31) return duckdbOnly('grouping sets of more than 31 keys', at)
  const sets = select.group_sets.map((set) =>
    [...new Set(set.map((i) => places[i] ?? 0))].toSorted((a, b) => a - b),
  )
  const optional = (place: number): boolean => sets.some((set) => !set.includes(place))
  return { keys: keys.map((k, i) => ({ ...k, optional: optional(i) })), sets }
}

/** The column that tells grouping sets apart, until it has its final name. */
export const setsMarker = '\u0000sets'

/** Translates `grouping(a, b)`: one bit per key, 1 where the row's grouping set leaves it out. */
export function groupingCall(ast: OperatorAst, grouping: Grouping, context: Context): Expression {
  const { keys, sets } = grouping
  const places = ast.children.map((child) => {
    const value = translate(child, { columns: context.columns, aliases: context.aliases })
    const place = keys.findIndex((k) => sameExpression(k.expression, value))
    return place < 0 ? duckdbOnly('GROUPING of something that is no key', ast.query_location) : place
  })
  if (sets === undefined) return literal('0', int64)
  const mask: Expression = { kind: 'column', name: setsMarker, type: int64, nullable: false }
  if (places.length === keys.length && places.every((p, i) => p === i)) return mask
  const at = ast.query_location
  const power = (n: number): Expression => literal(String(2 ** n), int64)
  const bits = places.map((place, i) => {
    const shifted = callFunction('idiv', [mask, power(keys.length - 1 - place)], at)
    const bit = callFunction('mod', [shifted, power(1)], at)
    return i === places.length - 1 ? bit : callFunction('multiply', [bit, power(places.length - 1 - i)], at)
  })
  return bits.reduce((a, b) => callFunction('add', [a, b], at))
}

/** The grouping keys, each named after the output column that shows it, and which of them each written key is. */
function groupKeys(
  select: SelectAst,
  items: readonly SelectItem[],
  context: Context,
): { readonly keys: readonly NamedExpression[]; readonly places: readonly number[] } {
  const value = (source: SelectItem['source']): Expression =>
    'value' in source ? source.value : translate(source.ast, context)
  const sources = keySources(select, items)
  const shown = items.flatMap((item) => {
    if ('ast' in item.source && (hasAggregate(item.source.ast) || item.source.ast.class === 'WINDOW'))
      return []
    return [{ name: item.name, source: item.source }]
  })
  const taken = new Set<string>()
  const keys: NamedExpression[] = []
  const places: number[] = []
  for (const source of sources) {
    const expression = value(source)
    const known = keys.findIndex((k) => sameExpression(k.expression, expression))
    places.push(known < 0 ? keys.length : known)
    if (known >= 0) continue
    const output = shown.find((s) => isSameSource(s.source, source, expression))
    const wish = output?.name ?? (expression.kind === 'column' ? expression.name : 'key')
    keys.push({ name: freshName(wish, taken), expression })
  }
  return { keys, places }
}

function isSameSource(item: SelectItem['source'], source: SelectItem['source'], value: Expression): boolean {
  if (item === source) return true
  if ('value' in item) return sameExpression(item.value, value)
  const bare =
    item.ast.class === 'COLUMN_REF' && value.kind === 'column' ? item.ast.column_names.at(-1) : undefined
  if (bare !== undefined && value.kind === 'column') return bare.toLowerCase() === value.name.toLowerCase()
  return 'ast' in source && source.ast.class === 'COLUMN_REF' && source.ast.column_names[0] === item.ast.alias
}

/**
 * Brings an expression over the rows to one over the groups: what equals a key becomes the key's column, and no other
 * column of the rows may remain.
 */
export function overGroups(e: Expression, keys: readonly GroupKey[]): Expression {
  const key = e.kind === 'literal' ? undefined : keys.find((k) => sameExpression(k.expression, e))
  if (key !== undefined)
    return { kind: 'column', name: key.name, type: e.type, nullable: e.nullable || key.optional }
  if (e.kind === 'column' && !isMarker(e.name))
    return duckdbOnly(`"${e.name}" is not a grouping key as written`, 0)
  if (childExpressions(e).length === 0) return e
  return e.kind === 'call'
    ? { ...e, args: e.args.map((a) => overGroups(a, keys)) }
    : mapExpression(e, (x) => x)
}
