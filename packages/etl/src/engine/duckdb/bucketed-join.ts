import { type LogicalType, typeName } from '../../plan/type.ts'
import type { JoinNode } from '../../plan/node.ts'
import { isCounted } from '../booking/pending.ts'
import { joinCheck } from '../print/lookup.ts'
import { printJoin } from '../print/join.ts'
import { sqlOf } from '../print/sql.ts'
import { book, type Lowering } from './booking.ts'
import { isSmall, settled } from './bucketed.ts'
import type { Relation } from './relation.ts'
import { type Bucket, gather, spread } from './spread.ts'

const s = sqlOf.duckdb
const integers = new Set(['int8', 'int16', 'int32', 'int64', 'uint64'])

/** How both sides of a key are written so that equal values have one hash; undefined where that is not known. */
function hashed(left: LogicalType, right: LogicalType): ((value: string) => string) | undefined {
  if (typeName(left) === typeName(right)) return (value) => value
  if (integers.has(left.kind) && integers.has(right.kind)) return (value) => `CAST(${value} AS HUGEINT)`
  return undefined
}

interface Keys {
  readonly left: string
  readonly right: string
}

/** Prints the bucket numbers of both sides. */
function bucketNumbers(node: JoinNode, buckets: number): Keys | undefined {
  const left: string[] = []
  const right: string[] = []
  for (const pair of node.on) {
    const value = hashed(pair.left.type, pair.right.type)
    if (value === undefined) return undefined
    left.push(value(s.expr(pair.left)))
    right.push(value(s.expr(pair.right)))
  }
  if (left.length === 0) return undefined
  const number = (keys: readonly string[]): string => `hash(${keys.join(', ')}) % ${buckets}`
  return { left: number(left), right: number(right) }
}

/**
 * Joins bucket by bucket: rows of equal keys lie in the same bucket of both sides, and of each pair the smaller one is
 * what the join holds in memory. A key that has many rows on one side only is thereby streamed.
 *
 * Undefined where the join cannot be divided (no keys) or need not be (a small right side).
 */
export async function joinInBuckets(
  node: JoinNode,
  left: Relation,
  right: Relation,
  l: Lowering,
  spine: boolean,
): Promise<Relation | undefined> {
  const by = l.buckets === 1 || isSmall(right, l) ? undefined : bucketNumbers(node, l.buckets)
  if (by === undefined) return undefined
  const lefts = await spread(left.sql, left.schema, by.left, l.buckets, l)
  if (spine) await settled(left, lefts, l)
  const rights = await spread(right.sql, right.schema, by.right, l.buckets, l)
  const shares = lefts.map((a, i) => share(node, a, rights[i] ?? a, l, spine))
  return gather(shares, node.schema, l, 'joining rows')
}

function share(
  node: JoinNode,
  a: Bucket,
  b: Bucket,
  l: Lowering,
  spine: boolean,
): Parameters<typeof gather>[0][number] {
  const settle = async (rows: number, output: string): Promise<void> => {
    if (!spine || !isCounted(node)) return
    const pending = [{ node, inputs: [a.sql, b.sql], output }]
    await book({ schema: node.schema, sql: output, rows: a.rows, pending }, rows, l)
  }
  return {
    select: printJoin(node, `(${a.sql})`, `(${b.sql})`, s),
    of: [a, b],
    ready: async () => {
      const check = joinCheck(node, b.sql, s)
      const [wrong] = check === undefined ? [] : await l.session.rows(check.sql, check.doing)
      if (check !== undefined && wrong !== undefined) throw check.problem(wrong.map(String))
    },
    done: settle,
  }
}
