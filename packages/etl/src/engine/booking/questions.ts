import type { JoinNode, UnnestNode } from '../../plan/node.ts'
import { printJoin } from '../print/join.ts'
import { holds, type Sql } from '../print/sql.ts'
import type { Pending } from './pending.ts'
import { bookRegrouped, type Tally } from './tally.ts'

/** What must be counted to know what one node did to the rows, and how the counts are booked. */
export interface Question {
  /** Statements that give one number each. */
  readonly sql: readonly string[]
  /** Books the counts of `sql`, in order, given the rows before the node; returns the rows after it. */
  readonly book: (tally: Tally, rows: number, counts: readonly number[]) => number
}

const countOf = (select: string): string => `SELECT count(*) FROM (${select})`

/** Prints what has to be counted of a pending node. */
export function questionOf(p: Pending, s: Sql): Question {
  const input = p.inputs[0] ?? ''
  const out = countOf(p.output)
  switch (p.node.kind) {
    case 'filter':
    case 'expect': {
      const into = p.node.kind === 'filter' ? 'filtered' : 'rejected'
      const sql = [`SELECT count(*) FROM (${input}) WHERE NOT (${holds(p.node.predicate, s)})`]
      return { sql, book: (tally, rows, [gone = 0]) => remove(tally, into, rows, rows - gone) }
    }
    case 'apply':
      return { sql: [out], book: (tally, rows, [after = 0]) => remove(tally, 'filtered', rows, after) }
    case 'limit': {
      const { count, offset } = p.node
      const kept = (rows: number): number => Math.min(count, Math.max(0, rows - offset))
      return { sql: [], book: (tally, rows) => remove(tally, 'filtered', rows, kept(rows)) }
    }
    case 'dedupe': {
      const keys = p.node.by.map(s.name).join(', ')
      const sql = [countOf(`SELECT 1 FROM (${input}) GROUP BY ${keys}`)]
      return { sql, book: (tally, rows, [kept = 0]) => remove(tally, 'deduplicated', rows, kept) }
    }
    case 'unnest':
      return unnested(p.node, input, out, s)
    case 'unpivot': {
      const { columns, keepNulls } = p.node
      return {
        sql: keepNulls ? [] : [out],
        book: (tally, rows, counts) => {
          const all = rows * columns.length
          tally.expanded += all - rows
          return remove(tally, 'filtered', all, counts[0] ?? all)
        },
      }
    }
    case 'join':
      return joined(p, p.node, out, s)
    case 'aggregate':
    case 'pivot':
    case 'sql':
      return { sql: [out], book: (tally, rows, [after = 0]) => (bookRegrouped(tally, rows, after), after) }
  }
}

function remove(
  tally: Tally,
  into: 'filtered' | 'rejected' | 'deduplicated',
  before: number,
  after: number,
): number {
  tally[into] += before - after
  return after
}

function joined(p: Pending, node: JoinNode, out: string, s: Sql): Question {
  if (node.type === 'lookup') return { sql: [], book: (_, rows) => rows }
  if (node.type === 'left' || node.type === 'full') {
    return {
      sql: [out],
      book: (tally, rows, [after = 0]) => {
        tally.expanded += after - rows
        return after
      },
    }
  }
  const [left = '', right = ''] = p.inputs
  const semi = printJoin({ ...node, type: 'semi' }, `(${left})`, `(${right})`, s)
  return {
    sql: node.type === 'inner' ? [out, countOf(semi)] : [out],
    book: (tally, rows, [after = 0, matched = after]) => {
      tally.filtered += rows - matched
      tally.expanded += after - matched
      return after
    },
  }
}

function unnested(node: UnnestNode, input: string, out: string, s: Sql): Question {
  return {
    sql: node.keepEmpty ? [out] : [out, emptyLists(node, input, s)],
    book: (tally, rows, [after = 0, gone = 0]) => {
      tally.filtered += gone
      tally.expanded += after - (rows - gone)
      return after
    },
  }
}

function emptyLists(node: UnnestNode, input: string, s: Sql): string {
  const map = node.from.schema.find((f) => f.name === node.column)?.type.kind === 'map'
  const length = s.dialect === 'spark' ? 'size' : map || s.dialect === 'postgres' ? 'cardinality' : 'len'
  return `SELECT count(*) FROM (${input}) WHERE coalesce(${length}(${s.name(node.column)}), 0) <= 0`
}
