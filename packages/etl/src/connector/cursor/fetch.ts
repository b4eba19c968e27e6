import type { Diagnostic } from '../../base/errors.ts'
import type { LakeFile } from '../../engine/contract.ts'
import type { ResolvedFile } from '../../plan/source.ts'
import type { Fetched, PresentKeys, RemoteNews } from '../remote.ts'
import { advanced, type CursorPosition, decodePosition, encodePosition, type Passed } from './position.ts'

/** Which rows of the snapshot are asked for. Bounds are texts of the cursor. */
export type Part =
  | { readonly kind: 'all' }
  /** Those whose cursor is greater than `upper`; null: has a place in the order. */
  | { readonly kind: 'beyond'; readonly upper: string | null }
  /**
   * From `lower` (undefined: from the beginning) to `upper` (null: there are none), both included, and those whose cursor has
   * no place in the order.
   */
  | { readonly kind: 'again'; readonly lower: string | undefined; readonly upper: string | null }

/** Rows in staging files; no file where there was none. */
export interface PartRead {
  /** Files of records that are to be judged. */
  readonly files: readonly ResolvedFile[]
  /** Files of rows of the source's schema already: field `i` under the field id `i + 1`. */
  readonly typed: readonly LakeFile[]
  readonly records: number
}

/** A table that is asked over one connection. Until `beginSnapshot` every call sees what is committed by then. */
export interface CursorTable {
  /** The column of the table that is made of the source. */
  readonly column: string
  readonly isTime: boolean
  /** Columns that every fetch makes anew. */
  readonly ignore: readonly string[]
  /** The declared lag: milliseconds for times, units for numbers. */
  readonly lag: number | undefined
  /** `server/table`, as rejects and messages name it. */
  readonly place: string
  /** What the account needs in order to see open transactions. */
  readonly right: string
  /** The greatest value of the cursor; undefined where there is none. */
  greatest(): Promise<string | undefined>
  /** The server's clock in microseconds. */
  clock(): Promise<bigint>
  /**
   * When the oldest transaction began that is open and may have written. With a `moment`, waits a little for those that were
   * open at it. Undefined where that cannot be seen.
   */
  openSince(moment?: bigint): Promise<bigint | undefined>
  /** Begins the snapshot, for all its rows or for those beyond a position. */
  beginSnapshot(of: 'all' | 'new'): Promise<void>
  /** Lowers `lower` (null: there is none) to the lag below `last.upper`; raises `last.upper` to what was seen. */
  bounds(
    last: Pick<CursorPosition, 'lower'> & { readonly upper: string },
    seen: string,
    lag: number,
  ): Promise<{ readonly lower: string | undefined; readonly upper: string }>
  /** A value as a literal of plans. */
  literalOf(value: string): string
  /** Reads a part of the snapshot into staging files of this name; `before` records were read by then. */
  read(name: string, part: Part, before: number): Promise<PartRead>
  /** Reads the keys of all rows of the snapshot, where rows that are gone are to be told by them. */
  readKeys?(before: number): Promise<PresentKeys | undefined>
}

/** Clocks round and differ a little even on one machine. */
const leastTimeLagMs = 10_000
/** Where open transactions cannot be seen. */
const blindTimeLagMs = 600_000
const blindUnits = 10_000

/** How far the cursor came; undefined where nothing was read, or the table was empty. */
const lastOf = (position: string | undefined): CursorPosition | undefined =>
  position === undefined || position === '' ? undefined : decodePosition(position)

/** What a position leaves to be asked for. Nothing is asked: only a fetch can tell what was committed late. */
export function newsOf(place: string, cursor: string | undefined, position: string | undefined): RemoteNews {
  if (cursor === undefined) return { whole: true, reason: `${place} is read whole: it has no cursor` }
  const last = lastOf(position)
  const upper = last?.upper ?? null
  const since = upper === null ? '' : ` from ${cursor} ${upper} on`
  return { whole: last === undefined, reason: `${place} is asked for rows${since}` }
}

function lagOf({ lag, isTime }: CursorTable, blind: boolean): number {
  if (lag !== undefined) return lag
  if (isTime) return blind ? blindTimeLagMs : leastTimeLagMs
  return blind ? blindUnits : 0
}

/** The moment of what a connection sees now; none where the table is empty. */
async function moment(table: CursorTable): Promise<readonly Passed[]> {
  const upper = await table.greatest()
  return upper === undefined ? [] : [{ upper, at: await table.clock() }]
}

function warningsOf(table: CursorTable, open: bigint | undefined): readonly Diagnostic[] {
  if (open !== undefined || table.lag !== undefined) return []
  const late = table.isTime ? 'ten minutes' : `${blindUnits} numbers`
  return [
    {
      code: 'source.warning',
      severity: 'warning',
      message: `open transactions cannot be seen: rows of ${table.place} that are committed more than ${late} late would be missed`,
      hint: `Grant ${table.right} to the account, or declare a lag.`,
    },
  ]
}

/** Reads everything, and notes how far the cursor has come. */
async function fetchFirst(table: CursorTable): Promise<Fetched> {
  const before = await moment(table)
  const open = await table.openSince(before[0]?.at ?? 0n)
  await table.beginSnapshot('all')
  const now = await moment(table)
  const all = await table.read('fresh', { kind: 'all' }, 0)
  const upper = now[0]?.upper ?? null
  // Of an empty table nothing is to be remembered.
  const isEmpty = upper === null && all.records === 0
  const position = isEmpty ? '' : encodePosition(advanced(undefined, [...before, ...now], upper, open))
  return {
    fresh: all.files,
    typed: all.typed,
    records: all.records,
    place: table.place,
    position,
    warnings: warningsOf(table, open),
  }
}

/** Reads what lies beyond a position, and once more what lies between its bounds. */
async function fetchSince(table: CursorTable, last: CursorPosition): Promise<Fetched> {
  const before = await moment(table)
  const open = await table.openSince()
  await table.beginSnapshot('new')
  const now = await moment(table)
  const lag = lagOf(table, open === undefined)
  const { lower, upper } =
    last.upper === null
      ? { lower: undefined, upper: now[0]?.upper ?? null }
      : await table.bounds({ ...last, upper: last.upper }, now[0]?.upper ?? last.upper, lag)
  const fresh = await table.read('fresh', { kind: 'beyond', upper: last.upper }, 0)
  const again = await table.read('overlap', { kind: 'again', lower, upper: last.upper }, fresh.records)
  const records = fresh.records + again.records
  const present = await table.readKeys?.(records)
  return {
    fresh: fresh.files,
    typed: fresh.typed,
    overlap: {
      files: again.files,
      typed: again.typed,
      column: table.column,
      ignore: table.ignore,
      ...(lower === undefined ? {} : { from: table.literalOf(lower) }),
    },
    ...(present === undefined ? {} : { present }),
    records,
    place: table.place,
    position: encodePosition(advanced(last, [...before, ...now], upper, open)),
    warnings: warningsOf(table, open),
  }
}

/**
 * Reads what lies beyond a position of a cursor, as of one snapshot: rows with greater values, and, to be compared with what
 * was published, those that transactions may have committed late or that lie within the lag.
 *
 * Fails with `source.position-lost` on a text that is no position, and as the table does.
 */
export async function fetchByCursor(table: CursorTable, position: string | undefined): Promise<Fetched> {
  const last = lastOf(position)
  return last === undefined ? fetchFirst(table) : fetchSince(table, last)
}
