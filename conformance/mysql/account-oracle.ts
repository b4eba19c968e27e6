import { expect } from 'vitest'
import type { Database } from './database.ts'

/** A state of the table: the row of each key as text. */
type State = Map<string, string>
interface Event {
  readonly op: string
  readonly id: string
  readonly row: string
}

const eventOf = (op: string, values: readonly (string | null)[]): Event => ({
  op,
  id: String(values[0]),
  row: JSON.stringify(values),
})
const keyOf = (event: Event): string => `${event.op} ${event.row}`

function apply(state: State, events: readonly Event[]): State {
  for (const { op, id, row } of events) {
    if (op === 'delete') state.delete(id)
    else state.set(id, row)
  }
  return state
}

const sorted = (state: State): readonly string[] => [...state.values()].toSorted()

type Values = readonly (string | null)[]

/**
 * Compares the history of `accounts` and its latest changes, rows as `[id, v, n, e, operation, committed at, sequence]`, with
 * what triggers wrote down and with the table itself: each change came once, and together they make the table. Returns what
 * was compared, in words.
 */
export async function judgeChanges(
  db: Database,
  history: readonly Values[],
  newest: readonly Values[],
): Promise<string> {
  const inOrder = history.toSorted((a, b) => ((a[6] ?? '') < (b[6] ?? '') ? -1 : 1))
  const all = inOrder.map((row) => eventOf(row[4] ?? '', row.slice(0, 4)))
  const audit = (await db.texts('select op, id, v, n, e from audit order by at')).map(([op, ...row]) =>
    eventOf(op ?? '', row),
  )
  const table = (await db.texts('select id, v, n, e from accounts'))
    .map((row) => JSON.stringify(row))
    .toSorted()
  const given = all.filter((event) => event.op !== 'read')
  const first = apply(
    new Map(),
    all.filter((event) => event.op === 'read'),
  )
  const latest = newest.flatMap((row) => (row[4] === 'delete' ? [] : [JSON.stringify(row.slice(0, 4))]))
  // Each change of the log is one of the audit, at most as often.
  const counts = new Map<string, number>()
  for (const event of audit) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  for (const event of given) {
    const left = (counts.get(keyOf(event)) ?? 0) - 1
    if (left < 0) expect.fail(`given too often, or never made: ${keyOf(event)}`)
    counts.set(keyOf(event), left)
  }
  // Those that were not given lie before the snapshot, which shows what they made. The last of equal ones was given.
  const before: Event[] = []
  for (const event of audit) {
    const left = counts.get(keyOf(event)) ?? 0
    if (left > 0) before.push(event)
    counts.set(keyOf(event), left - 1)
  }
  expect(sorted(apply(new Map(), before))).toEqual(sorted(first))
  expect(sorted(apply(first, given))).toEqual(table)
  expect(latest.toSorted()).toEqual(table)
  expect(given.length).toBeGreaterThan(0)
  expect(new Set(inOrder.map((row) => row[6])).size).toBe(inOrder.length)
  return `${audit.length} changes, ${given.length} of them from the log, ${first.size} rows at first`
}
