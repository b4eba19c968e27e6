import { printExpression } from '../../function/print.ts'
import type { Expression } from '../../plan/expression.ts'
import type { JoinNode } from '../../plan/node.ts'
import { printHolding } from './lookup.ts'
import { printRangeSearch } from './range-search.ts'
import type { Sql } from './sql.ts'

const side = (alias: 'l' | 'r', e: Expression, s: Sql): string =>
  printExpression(e, s.dialect, (name) => `${alias}.${s.name(name)}`)

const keyword = { inner: 'JOIN', left: 'LEFT JOIN', lookup: 'LEFT JOIN', full: 'FULL JOIN' } as const

/** Prints the residual condition, in which right columns go by the names that the join gives them. */
function residualCondition(node: JoinNode, s: Sql): string[] {
  if (node.residual === undefined) return []
  const right = new Map(node.keepRight.map((k) => [k.as, k.column]))
  const column = (name: string): string =>
    right.has(name) ? `r.${s.name(right.get(name) ?? name)}` : `l.${s.name(name)}`
  return [`(${printExpression(node.residual, s.dialect, column)})`]
}

const allOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'TRUE' : conditions.join(' AND ')

/** Prints a join of two relations in parentheses. */
export function printJoin(node: JoinNode, left: string, right: string, s: Sql): string {
  const on = node.on.map((pair) => `${side('l', pair.left, s)} = ${side('r', pair.right, s)}`)
  if (node.type === 'semi' || node.type === 'anti') {
    const not = node.type === 'semi' ? '' : 'NOT '
    const match = allOf([...on, ...rangeConditions(node, s), ...residualCondition(node, s)])
    return `SELECT l.* FROM ${left} l WHERE ${not}EXISTS (SELECT 1 FROM ${right} r WHERE ${match})`
  }
  const leftNames = new Set(node.left.schema.map((f) => f.name))
  const own = node.schema.filter((f) => leftNames.has(f.name)).map((f) => `l.${s.name(f.name)}`)
  if (node.range !== undefined && s.dialect === 'duckdb')
    return printAsof(node, node.range, [left, right], own, s)
  if (node.range !== undefined && s.dialect === 'spark' && node.type !== 'full')
    return printRangeSearch(node, node.range, [left, right], own, s)
  const kept = node.keepRight.map((k) => `r.${s.name(k.column)} AS ${s.name(k.as)}`)
  const match = allOf([...on, ...rangeConditions(node, s), ...residualCondition(node, s)])
  return `SELECT ${[...own, ...kept].join(', ')} FROM ${left} l ${keyword[node.type]} ${right} r ON ${match}`
}

/**
 * Prints a range join as an ASOF join (the nearest range start at or below the value) with a check of the range's end,
 * which is linear because ranges of a key do not overlap. An empty range may start where another does, so it must not be
 * met.
 */
function printAsof(
  node: JoinNode,
  range: NonNullable<JoinNode['range']>,
  [left, right]: readonly [string, string],
  own: readonly string[],
  s: Sql,
): string {
  const on = node.on.map((pair) => `${side('l', pair.left, s)} = ${side('r', pair.right, s)}`)
  const value = side('l', range.left, s)
  const inside = `${value} ${range.toInclusive ? '<=' : '<'} ${side('r', range.to, s)}`
  const kept = node.keepRight.map(
    (k) => `CASE WHEN ${inside} THEN r.${s.name(k.column)} END AS ${s.name(k.as)}`,
  )
  const asof = node.type === 'inner' ? 'ASOF JOIN' : 'ASOF LEFT JOIN'
  const match = [...on, `${value} >= ${side('r', range.from, s)}`].join(' AND ')
  const joined = `SELECT ${[...own, ...kept].join(', ')} FROM ${left} l ${asof} (${printHolding(range, right, s)}) r ON ${match}`
  return node.type === 'inner' ? `${joined} WHERE ${inside}` : joined
}

function rangeConditions(node: JoinNode, s: Sql): string[] {
  if (node.range === undefined) return []
  const { left, from, to, toInclusive } = node.range
  const value = side('l', left, s)
  return [`${value} >= ${side('r', from, s)}`, `${value} ${toInclusive ? '<=' : '<'} ${side('r', to, s)}`]
}
