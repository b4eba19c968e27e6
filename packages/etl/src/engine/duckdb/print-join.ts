import { quoteName } from '../../function/dialect.ts'
import { printExpression } from '../../function/print.ts'
import type { Expression } from '../../plan/expression.ts'
import type { JoinNode } from '../../plan/node.ts'

const side = (alias: 'l' | 'r', e: Expression): string =>
  printExpression(e, 'duckdb', (name) => `${alias}.${quoteName(name)}`)

const keyword = { inner: 'JOIN', left: 'LEFT JOIN', lookup: 'LEFT JOIN', full: 'FULL JOIN' } as const

/** Prints the residual condition, in which right columns go by the names that the join gives them. */
function residualCondition(node: JoinNode): string[] {
  if (node.residual === undefined) return []
  const right = new Map(node.keepRight.map((k) => [k.as, k.column]))
  const column = (name: string): string =>
    right.has(name) ? `r.${quoteName(right.get(name) ?? name)}` : `l.${quoteName(name)}`
  return [`(${printExpression(node.residual, 'duckdb', column)})`]
}

const allOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'TRUE' : conditions.join(' AND ')

/**
 * Prints a join. A range condition becomes an ASOF join (the nearest range start at or below the value) with a check of
 * the range's end, which is linear because ranges of a key do not overlap.
 */
export function printJoin(node: JoinNode, left: string, right: string): string {
  const on = node.on.map((pair) => `${side('l', pair.left)} = ${side('r', pair.right)}`)
  if (node.type === 'semi' || node.type === 'anti') {
    const not = node.type === 'semi' ? '' : 'NOT '
    const match = allOf([...on, ...rangeConditions(node), ...residualCondition(node)])
    return `SELECT l.* FROM ${left} l WHERE ${not}EXISTS (SELECT 1 FROM ${right} r WHERE ${match})`
  }
  const leftNames = new Set(node.left.schema.map((f) => f.name))
  const own = node.schema.filter((f) => leftNames.has(f.name)).map((f) => `l.${quoteName(f.name)}`)
  if (node.range === undefined) {
    const kept = node.keepRight.map((k) => `r.${quoteName(k.column)} AS ${quoteName(k.as)}`)
    return `SELECT ${[...own, ...kept].join(', ')} FROM ${left} l ${keyword[node.type]} ${right} r ON ${allOf([...on, ...residualCondition(node)])}`
  }
  const { range } = node
  const value = side('l', range.left)
  const inside = `${value} ${range.toInclusive ? '<=' : '<'} ${side('r', range.to)}`
  const kept = node.keepRight.map(
    (k) => `CASE WHEN ${inside} THEN r.${quoteName(k.column)} END AS ${quoteName(k.as)}`,
  )
  const asof = node.type === 'inner' ? 'ASOF JOIN' : 'ASOF LEFT JOIN'
  const joined = `SELECT ${[...own, ...kept].join(', ')} FROM ${left} l ${asof} ${right} r ON ${[...on, `${value} >= ${side('r', range.from)}`].join(' AND ')}`
  return node.type === 'inner' ? `${joined} WHERE ${inside}` : joined
}

function rangeConditions(node: JoinNode): string[] {
  if (node.range === undefined) return []
  const { left, from, to, toInclusive } = node.range
  const value = side('l', left)
  return [`${value} >= ${side('r', from)}`, `${value} ${toInclusive ? '<=' : '<'} ${side('r', to)}`]
}
