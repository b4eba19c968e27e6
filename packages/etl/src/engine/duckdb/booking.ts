import type { MaterialiseRequest } from '../contract.ts'
import type { AttemptLimits } from './attempts.ts'
import { isSpillingSort } from './spilling-sort.ts'
import type { Relation } from './relation.ts'
import type { Session } from './session.ts'
import { type RefusedRows, settle } from '../booking/settle.ts'
import { newTally, type Tally } from '../booking/tally.ts'
import { sqlOf } from '../print/sql.ts'

/** What lowering one plan shares. */
export interface Lowering {
  readonly session: Session
  readonly request: Pick<MaterialiseRequest, 'plan' | 'inputs' | 'primary' | 'scratch' | 'signal'>
  readonly memoryLimitBytes: number
  /** See `AttemptLimits`. */
  readonly buckets: number
  /** More rows are sorted than memory holds: see `isSpillingSort`. */
  readonly isSpillingSort: boolean
  readonly tally: Tally
  readonly refused: RefusedRows[]
  /** Numbers the staged files. */
  stages: number
}

/** Begins lowering a plan in a session, with empty books. */
export function newLowering(
  session: Session,
  request: Lowering['request'],
  limits: Pick<AttemptLimits, 'memoryLimitBytes' | 'buckets'>,
): Lowering {
  const { memoryLimitBytes, buckets } = limits
  const sorts = buckets === 1 && isSpillingSort(request.plan, request.inputs, memoryLimitBytes)
  return {
    session,
    request,
    memoryLimitBytes,
    buckets,
    isSpillingSort: sorts,
    tally: newTally(),
    refused: [],
    stages: 0,
  }
}

/** Books a relation's pending nodes once its number of rows is known. */
export async function book(relation: Relation, rowsOut: number, l: Lowering): Promise<void> {
  const rowsIn = relation.rows ?? rowsOut
  const unsettled = { pending: relation.pending, rowsIn, rowsOut, source: l.request.primary }
  const counts = async (statements: readonly string[]): Promise<number[]> => {
    const numbers: number[] = []
    for (const sql of statements) numbers.push(await l.session.count(sql, 'counting rows'))
    return numbers
  }
  l.refused.push(...(await settle(unsettled, l.tally, sqlOf.duckdb, counts)))
}

/** The rows of a relation, counted by a query where they are not known. */
export async function countRows(relation: Relation, l: Lowering): Promise<number> {
  if (relation.rows !== undefined && relation.pending.length === 0) return relation.rows
  return l.session.count(`SELECT count(*) FROM (${relation.sql})`, 'counting rows')
}

/** Books a source that was read and written in one pass. */
export async function finishSource(
  relation: Relation,
  scanned: number,
  written: number,
  l: Lowering,
): Promise<void> {
  const { opened } = relation
  if (opened === undefined) return
  // Steps after the reader may have refused rows too; only then the reader's own good rows must be counted apart.
  const good =
    scanned === written || relation.pending.length === 0
      ? written
      : await l.session.count(`SELECT count(*) FROM (${opened.select})`, 'counting rows')
  const rejects = await opened.finish({ scanned, good })
  l.tally.read += good + (rejects?.rows ?? 0)
  l.tally.rejected += rejects?.rows ?? 0
  if (rejects !== undefined) l.refused.push(rejects)
  await book({ ...relation, rows: good }, written, l)
}
