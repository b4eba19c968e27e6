import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { ExpectNode, JoinNode, UnnestNode } from '../../plan/node.ts'
import { holds } from './print-node.ts'
import { printJoin } from './print-join.ts'
import type { Pending, Relation } from './relation.ts'
import type { Session } from './session.ts'
import { bookRegrouped, type Tally } from './tally.ts'

/** Refused rows of one `expect`, as a SELECT over the reject schema. */
export interface RefusedRows {
  readonly sql: string
  readonly rows: number
}

const removing = new Set(['filter', 'expect', 'apply'])
const removes = (p: Pending): boolean => removing.has(p.node.kind)
const keepsCount = (p: Pending): boolean => p.node.kind === 'join' && p.node.type === 'lookup'

/**
 * Books what every pending node did to the rows between the relation's known start and `rowsOut`, and fails when the
 * books do not balance: rows were lost or invented, which is our bug.
 *
 * Nodes that can only remove rows cost nothing when no row is missing; otherwise each is counted by a query of its own,
 * which makes the balance a real check.
 */
export async function settle(
  session: Session,
  relation: Relation,
  rowsIn: number,
  rowsOut: number,
  tally: Tally,
  source: string,
): Promise<readonly RefusedRows[]> {
  const pending = relation.pending.filter((p) => !keepsCount(p))
  if (pending.every(removes) && rowsIn === rowsOut) return []
  const refused: RefusedRows[] = []
  let rows = rowsIn
  for (const p of pending) {
    const change = await bookOne(session, p, rows, tally)
    if (p.node.kind === 'expect' && change < 0) {
      refused.push({ sql: printRefused(p.node, p.inputs[0] ?? '', source), rows: -change })
    }
    rows += change
  }
  if (rows !== rowsOut) {
    throw new EtlError('bug.unreachable', `rows are not conserved: ${rows} expected, ${rowsOut} found`, {
      params: { expected: rows, found: rowsOut },
    })
  }
  return refused
}

/** Counts what one node did and books it; returns the change in rows. */
async function bookOne(session: Session, p: Pending, rows: number, tally: Tally): Promise<number> {
  const input = p.inputs[0] ?? ''
  const count = (sql: string): Promise<number> => session.count(sql, 'counting rows')
  switch (p.node.kind) {
    case 'filter': {
      const gone = await count(`SELECT count(*) FROM (${input}) WHERE NOT (${holds(p.node.predicate)})`)
      tally.filtered += gone
      return -gone
    }
    case 'expect': {
      const gone = await count(`SELECT count(*) FROM (${input}) WHERE NOT (${holds(p.node.predicate)})`)
      tally.rejected += gone
      return -gone
    }
    case 'apply': {
      const gone = rows - (await count(`SELECT count(*) FROM (${p.output})`))
      tally.filtered += gone
      return -gone
    }
    case 'limit': {
      const kept = Math.min(p.node.count, Math.max(0, rows - p.node.offset))
      tally.filtered += rows - kept
      return kept - rows
    }
    case 'unnest': {
      const out = await count(`SELECT count(*) FROM (${p.output})`)
      const gone = p.node.keepEmpty ? 0 : await count(emptyLists(p.node, input))
      tally.filtered += gone
      tally.expanded += out - (rows - gone)
      return out - rows
    }
    case 'unpivot': {
      const all = rows * p.node.columns.length
      const out = p.node.keepNulls ? all : await count(`SELECT count(*) FROM (${p.output})`)
      tally.expanded += all - rows
      tally.filtered += all - out
      return out - rows
    }
    case 'join':
      return bookJoin(p, p.node, rows, tally, count)
    case 'sql': {
      const out = await count(`SELECT count(*) FROM (${p.output})`)
      bookRegrouped(tally, rows, out)
      return out - rows
    }
  }
}

async function bookJoin(
  p: Pending,
  node: JoinNode,
  rows: number,
  tally: Tally,
  count: (sql: string) => Promise<number>,
): Promise<number> {
  const out = await count(`SELECT count(*) FROM (${p.output})`)
  if (node.type === 'left' || node.type === 'full') {
    tally.expanded += out - rows
    return out - rows
  }
  const [left = '', right = ''] = p.inputs
  const matched =
    node.type === 'inner'
      ? await count(
          `SELECT count(*) FROM (${printJoin({ ...node, type: 'semi' }, `(${left})`, `(${right})`)})`,
        )
      : out
  tally.filtered += rows - matched
  tally.expanded += out - matched
  return out - rows
}

function emptyLists(node: UnnestNode, input: string): string {
  const column = quoteName(node.column)
  const length =
    node.from.schema.find((f) => f.name === node.column)?.type.kind === 'map' ? 'cardinality' : 'len'
  return `SELECT count(*) FROM (${input}) WHERE coalesce(${length}(${column}), 0) = 0`
}

/** Prints the rows that an `expect` refuses, in the shape of the rejects table. */
export function printRefused(node: ExpectNode, input: string, source: string): string {
  const members = node.blame.map((name) => `${quoteName(name)} := ${quoteName(name)}`)
  const original =
    members.length === 0 ? `''` : `CAST(to_json(struct_pack(${members.join(', ')})) AS VARCHAR)`
  return `SELECT ${quoteText(node.rule)} AS rule, ${quoteText(node.reason)} AS reason, ${quoteText(source)} AS source, CAST(NULL AS BIGINT) AS line, CAST(NULL AS BIGINT) AS "offset", ${original} AS original FROM (${input}) WHERE NOT (${holds(node.predicate)})`
}
