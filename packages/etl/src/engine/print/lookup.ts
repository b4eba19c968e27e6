import { EtlError } from '../../base/errors.ts'
import type { JoinNode } from '../../plan/node.ts'
import { sourceOf, type Sql } from './sql.ts'

/** A statement that must give no row before a join may run; its first row, as texts, is the problem. */
export interface JoinCheck {
  readonly sql: string
  readonly doing: string
  readonly problem: (row: readonly string[]) => EtlError
}

/** Prints what must hold of the right side of a lookup or range join: one row per key, ranges that do not overlap. */
export function joinCheck(node: JoinNode, right: string, s: Sql): JoinCheck | undefined {
  if (node.range !== undefined) return disjoint(node, node.range, right, s)
  return node.type === 'lookup' ? unique(node, right, s) : undefined
}

const asText = (value: string, s: Sql): string => `CAST(${value} AS ${s.type({ kind: 'text' })})`

function unique(node: JoinNode, right: string, s: Sql): JoinCheck {
  const keys = node.on.map((pair) => s.expr(pair.right))
  const notNull = keys.map((k) => `${k} IS NOT NULL`).join(' AND ')
  const shown = [...keys.map((k) => asText(k, s)), asText('count(*)', s)].join(', ')
  const names = node.on
    .map((pair) => (pair.right.kind === 'column' ? `"${pair.right.name}"` : 'key'))
    .join(', ')
  return {
    sql: `SELECT ${shown} FROM ${sourceOf(`(${right})`, s)} WHERE ${notNull} GROUP BY ${keys.join(', ')} HAVING count(*) > 1 LIMIT 1`,
    doing: 'checking the lookup',
    problem: (row) =>
      new EtlError(
        'run.lookup-not-unique',
        `the lookup found ${row.at(-1)} rows for ${names} = ${row.slice(0, -1).join(', ')}; it may find at most one`,
        { hint: 'Deduplicate the looked-up table by that key, or use join() if several matches are meant.' },
      ),
  }
}

/** Prints the ranges of a relation that hold anything: not those that are empty, or lack a start or an end. */
export function printHolding(range: NonNullable<JoinNode['range']>, from: string, s: Sql): string {
  const [start, end] = [s.expr(range.from), s.expr(range.to)]
  return `SELECT * FROM ${sourceOf(from, s)} WHERE ${start} ${range.toInclusive ? '<=' : '<'} ${end}`
}

function disjoint(node: JoinNode, range: NonNullable<JoinNode['range']>, right: string, s: Sql): JoinCheck {
  const [from, to] = [s.expr(range.from), s.expr(range.to)]
  const keys = node.on.map((pair) => s.expr(pair.right))
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  const next = `lead(${from}) OVER (${partition}ORDER BY ${from}, ${to})`
  const overlaps = range.toInclusive ? 'n <= t' : 'n < t'
  const ranges = sourceOf(
    `(SELECT ${from} AS f, ${to} AS t, ${next} AS n FROM ${sourceOf(`(${printHolding(range, `(${right})`, s)})`, s)})`,
    s,
  )
  return {
    sql: `SELECT ${['f', 't', 'n'].map((c) => asText(c, s)).join(', ')} FROM ${ranges} WHERE ${overlaps} LIMIT 1`,
    doing: 'checking the ranges',
    problem: ([f, t, n]) =>
      new EtlError('run.ranges-overlap', `the range ${f} to ${t} overlaps the one that starts at ${n}`, {
        hint: 'The ranges of a range lookup must not overlap; clean the looked-up table first.',
      }),
  }
}
