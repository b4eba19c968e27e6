import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import { printExpression } from '../../function/print.ts'
import type { JoinNode } from '../../plan/node.ts'
import type { Relation } from './relation.ts'
import type { Session } from './session.ts'

/** Fails when a lookup's right side has two rows for one key: the join would invent rows. */
export async function assertUnique(node: JoinNode, right: Relation, session: Session): Promise<void> {
  const keys = node.on.map((pair) => printExpression(pair.right, 'duckdb'))
  const notNull = keys.map((k) => `${k} IS NOT NULL`).join(' AND ')
  const [twice] = await session.rows(
    `SELECT ${keys.map((k) => `CAST(${k} AS VARCHAR)`).join(', ')}, count(*) FROM (${right.sql}) WHERE ${notNull} GROUP BY ${keys.join(', ')} HAVING count(*) > 1 LIMIT 1`,
    'checking the lookup',
  )
  if (twice === undefined) return
  const names = node.on
    .map((pair) => (pair.right.kind === 'column' ? quoteName(pair.right.name) : 'key'))
    .join(', ')
  throw new EtlError(
    'run.lookup-not-unique',
    `the lookup found ${String(twice.at(-1))} rows for ${names} = ${twice.slice(0, -1).map(String).join(', ')}; it may find at most one`,
    { hint: 'Deduplicate the looked-up table by that key, or use join() if several matches are meant.' },
  )
}

/** Fails when two ranges of a range join overlap within a key: only one of them would be found. */
export async function assertDisjoint(node: JoinNode, right: Relation, session: Session): Promise<void> {
  if (node.range === undefined) return
  const [from, to] = [printExpression(node.range.from, 'duckdb'), printExpression(node.range.to, 'duckdb')]
  const keys = node.on.map((pair) => printExpression(pair.right, 'duckdb'))
  const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
  const next = `lead(${from}) OVER (${partition}ORDER BY ${from}, ${to})`
  const overlaps = node.range.toInclusive ? 'n <= t' : 'n < t'
  const [found] = await session.rows(
    `SELECT CAST(f AS VARCHAR), CAST(t AS VARCHAR), CAST(n AS VARCHAR) FROM (SELECT ${from} AS f, ${to} AS t, ${next} AS n FROM (${right.sql}) WHERE ${from} IS NOT NULL) WHERE ${overlaps} LIMIT 1`,
    'checking the ranges',
  )
  if (found === undefined) return
  throw new EtlError(
    'run.ranges-overlap',
    `the range ${String(found[0])} to ${String(found[1])} overlaps the one that starts at ${String(found[2])}`,
    { hint: 'The ranges of a range lookup must not overlap; clean the looked-up table first.' },
  )
}
