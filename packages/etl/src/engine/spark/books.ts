import type { Pending } from '../booking/pending.ts'
import { questionOf } from '../booking/questions.ts'
import { onlyRemoves, printRefused, type RefusedRows, settle } from '../booking/settle.ts'
import type { Tally } from '../booking/tally.ts'
import { sqlOf } from '../print/sql.ts'

const s = sqlOf.spark

/** How many rows there are: those that are known, and those that queries count. */
export interface RowCount {
  readonly known: number
  readonly counted: readonly string[]
}

export const knownRows = (known: number): RowCount => ({ known, counted: [] })

export const addRows = (a: RowCount, b: RowCount): RowCount => ({
  known: a.known + b.known,
  counted: [...a.counted, ...b.counted],
})

/** Nodes of the primary path between two places, to be booked when the numbers of rows there are known. */
export interface Books {
  readonly pending: readonly Pending[]
  readonly rowsIn: RowCount
  /** Absent: the rows written. */
  readonly rowsOut?: RowCount
}

/** Prints several queries of one number each as one statement. */
export const countAll = (sql: readonly string[]): string =>
  `SELECT ${sql.map((q) => `CAST((${q}) AS STRING)`).join(', ')}`

const placesOf = (books: readonly Books[]): readonly string[] => [
  ...new Set(books.flatMap((b) => [...b.rowsIn.counted, ...(b.rowsOut?.counted ?? [])])),
]

/** Every statement that settling may ask, in order; which of them are asked depends on the answers. */
export function questionsOf(books: readonly Books[]): readonly string[] {
  const all = [placesOf(books), ...books.map((b) => b.pending.flatMap((p) => questionOf(p, s).sql))]
  return all.filter((sql) => sql.length > 0).map(countAll)
}

/** The number of written rows that makes every question needless; undefined when they are needed in any case. */
export function untouchedRows(books: readonly Books[]): number | undefined {
  const [only, ...more] = books
  if (only === undefined || more.length > 0 || only.rowsIn.counted.length > 0) return undefined
  return onlyRemoves(only.pending) ? only.rowsIn.known : undefined
}

/** The SELECT of all rows that expectations refuse; undefined when the plan has none. */
export function printAllRefused(books: readonly Books[], source: string): string | undefined {
  const selects = books.flatMap((b) =>
    b.pending.flatMap((p) =>
      p.node.kind === 'expect' ? [printRefused(p.node, p.inputs[0] ?? '', source, s)] : [],
    ),
  )
  return selects.length === 0 ? undefined : selects.join(' UNION ALL ')
}

/** What settling needs besides the books. */
export interface Settling {
  readonly tally: Tally
  /** The name that rejects carry as their source. */
  readonly source: string
  readonly written: number
  /** Answers a statement of `questionsOf`. */
  readonly ask: (sql: string) => Promise<readonly number[]>
}

/** Settles books in order and returns the rows that expectations refused. */
export async function settleAll(
  books: readonly Books[],
  settling: Settling,
): Promise<readonly RefusedRows[]> {
  const { ask, source, tally, written } = settling
  const count = async (sql: readonly string[]): Promise<readonly number[]> =>
    sql.length === 0 ? [] : ask(countAll(sql))
  const places = placesOf(books)
  const counts = await count(places)
  const rowsOf = (r: RowCount): number =>
    r.counted.reduce((sum, sql) => sum + (counts[places.indexOf(sql)] ?? 0), r.known)
  const refused: RefusedRows[] = []
  for (const { pending, rowsIn, rowsOut } of books) {
    const rows = { rowsIn: rowsOf(rowsIn), rowsOut: rowsOut === undefined ? written : rowsOf(rowsOut) }
    refused.push(...(await settle({ pending, ...rows, source }, tally, s, count)))
  }
  return refused
}
