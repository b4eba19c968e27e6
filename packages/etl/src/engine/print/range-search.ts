import { printExpression } from '../../function/print.ts'
import type { Expression } from '../../plan/expression.ts'
import type { JoinNode } from '../../plan/node.ts'
import { printHolding } from './lookup.ts'
import type { Sql } from './sql.ts'

const range = '__range'
const keyName = (i: number): string => `__key_${i}`

/**
 * Prints a range join for a dialect without ASOF joins: the distinct values lie sorted among the starts of ranges, so the
 * last start before each is its range if that has not ended; what was found for a value is joined to its rows. The work is
 * that of a sort, not of all pairs. Without `on` all distinct values are sorted in one place, but the rows are not.
 */
export function printRangeSearch(
  node: JoinNode,
  { left: value, from, to, toInclusive }: NonNullable<JoinNode['range']>,
  [left, right]: readonly [string, string],
  own: readonly string[],
  s: Sql,
): string {
  const keys = node.on.map((_, i) => keyName(i))
  const listed = (all: readonly string[]): string => all.map((k) => `${k}, `).join('')
  const named = (side: 'left' | 'right'): string =>
    listed(node.on.map((pair, i) => `${s.expr(pair[side])} AS ${keyName(i)}`))
  const kept = node.keepRight.map((k, i) => `, ${s.name(k.column)} AS c${i}`).join('')
  const holding = printHolding({ left: value, from, to, toInclusive }, right, s)
  const starts = `SELECT ${named('right')}${s.expr(from)} AS __at, 0 AS __is_value, struct(${s.expr(to)} AS e${kept}) AS ${range} FROM (${holding})`
  const values = `SELECT DISTINCT ${named('left')}${s.expr(value)} AS __at, 1 AS __is_value, NULL AS ${range} FROM ${left} WHERE ${s.expr(value)} IS NOT NULL`
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  const last = `last(${range}, true) OVER (${partition}ORDER BY __at, __is_value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
  const searched = `SELECT ${listed(keys)}__at, __is_value, ${last} AS ${range} FROM (${starts} UNION ALL ${values})`
  const found = `SELECT ${listed(keys)}__at, ${range} FROM (${searched}) WHERE __is_value = 1 AND __at ${toInclusive ? '<=' : '<'} ${range}.e`
  const ofRow = (e: Expression): string => printExpression(e, s.dialect, (name) => `l.${s.name(name)}`)
  const same = [
    ...node.on.map((pair, i) => `${ofRow(pair.left)} = m.${keyName(i)}`),
    `${ofRow(value)} = m.__at`,
  ]
  const columns = [...own, ...node.keepRight.map((k, i) => `m.${range}.c${i} AS ${s.name(k.as)}`)]
  const join = node.type === 'inner' ? 'JOIN' : 'LEFT JOIN'
  return `SELECT ${columns.join(', ')} FROM ${left} l ${join} (${found}) m ON ${same.join(' AND ')}`
}
