import { EtlError } from '../../base/errors.ts'
import type { ExpectNode } from '../../plan/node.ts'
import { findField, text } from '../../plan/type.ts'
import { holds, type Sql } from '../print/sql.ts'
import type { Pending } from './pending.ts'
import { questionOf } from './questions.ts'
import type { Tally } from './tally.ts'

/** Refused rows of one `expect`, as a SELECT over the reject schema. */
export interface RefusedRows {
  readonly sql: string
  readonly rows: number
}

/** Nodes between two places where the number of rows is known. */
export interface Unsettled {
  readonly pending: readonly Pending[]
  readonly rowsIn: number
  readonly rowsOut: number
  /** The name that rejects carry as their source. */
  readonly source: string
}

const removing = new Set(['filter', 'expect', 'apply', 'dedupe'])
const removes = (p: Pending): boolean => removing.has(p.node.kind)
const keepsCount = (p: Pending): boolean => p.node.kind === 'join' && p.node.type === 'lookup'

/** Whether nodes can only remove rows: where none is missing, there is nothing to count. */
export const onlyRemoves = (pending: readonly Pending[]): boolean =>
  pending.every((p) => keepsCount(p) || removes(p))

/**
 * Books what every pending node did to the rows between the known start and `rowsOut`, and fails when the books do not
 * balance: rows were lost or invented, which is our bug.
 *
 * Nodes that can only remove rows cost nothing when no row is missing; otherwise each is counted by a query of its own,
 * which makes the balance a real check. `count` is asked once, for all numbers.
 */
export async function settle(
  unsettled: Unsettled,
  tally: Tally,
  s: Sql,
  count: (sql: readonly string[]) => Promise<readonly number[]>,
): Promise<readonly RefusedRows[]> {
  const { rowsIn, rowsOut, source } = unsettled
  const pending = unsettled.pending.filter((p) => !keepsCount(p))
  if (onlyRemoves(pending) && rowsIn === rowsOut) return []
  const questions = pending.map((p) => questionOf(p, s))
  const counts = await count(questions.flatMap((q) => q.sql))
  const refused: RefusedRows[] = []
  let rows = rowsIn
  let next = 0
  for (const [i, question] of questions.entries()) {
    const p = pending[i]
    const after = question.book(tally, rows, counts.slice(next, next + question.sql.length))
    next += question.sql.length
    if (p?.node.kind === 'expect' && after < rows)
      refused.push({ sql: printRefused(p.node, p.inputs[0] ?? '', source, s), rows: rows - after })
    rows = after
  }
  if (rows !== rowsOut) {
    throw new EtlError('bug.unreachable', `rows are not conserved: ${rows} expected, ${rowsOut} found`, {
      params: { expected: rows, found: rowsOut },
    })
  }
  return refused
}

/** Prints the rows that an `expect` refuses, in the shape of the rejects table. */
export function printRefused(node: ExpectNode, input: string, source: string, s: Sql): string {
  const columns = [
    `${s.text(node.rule)} AS rule`,
    `${s.text(node.reason)} AS reason`,
    `${s.text(source)} AS source`,
    'CAST(NULL AS BIGINT) AS line',
    `CAST(NULL AS BIGINT) AS ${s.name('offset')}`,
    `${originalOf(node, s)} AS original`,
  ]
  return `SELECT ${columns.join(', ')} FROM (${input}) WHERE NOT (${holds(node.predicate, s)})`
}

/** The blamed columns as a JSON object; decimals are texts there, exact to the last digit on every engine. */
function originalOf(node: ExpectNode, s: Sql): string {
  if (node.blame.length === 0) return s.text('')
  const textual = s.dialect === 'spark' ? ['decimal', 'timestamp'] : ['decimal']
  const members = node.blame.map((name): readonly [string, string] => {
    const kind = findField(node.from.schema, name)?.type.kind
    const column = s.name(name)
    return [name, textual.includes(kind ?? '') ? `CAST(${column} AS ${s.type(text)})` : column]
  })
  if (s.dialect === 'spark') {
    const struct = members.map(([name, value]) => `${s.text(name)}, ${value}`).join(', ')
    return `to_json(named_struct(${struct}), map('ignoreNullFields', 'false'))`
  }
  const struct = members.map(([name, value]) => `${s.name(name)} := ${value}`).join(', ')
  return `CAST(to_json(struct_pack(${struct})) AS VARCHAR)`
}
