import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { randomFrom } from '../crash/random.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { alteration, createAccounts, write } from './account-writers.ts'
import { type Database, openEither } from './database.ts'

const missing = missingMariadb()
const title = `changes, killed${missing === undefined ? '' : ` (${missing})`}`
const number = (name: string, usual: number): number => Number(process.env[name] ?? usual)
const seed = number('CHANGES_SEED', Date.now() % 2 ** 31)
const kills = number('CHANGES_KILLS', 5)
const least = number('CHANGES_TOTAL', 3_000)
/** How long a writer pauses between two transactions. */
const paceMs = number('CHANGES_PACE_MS', 4)
const alterations = number('CHANGES_ALTERATIONS', 5)

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

describe.skipIf(missing !== undefined)(title, () => {
  let db: Database
  let shop: Workshop
  beforeAll(async () => {
    db = await openEither()
    shop = await openWorkshop('changes-kill-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })

  const begin = (): ChildProcess =>
    spawn(
      process.execPath,
      [fileURLToPath(new URL('changes-run.ts', import.meta.url)), shop.folder, db.mariadb.socketPath],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )

  /** Lets a run come to its end; how long it took. */
  async function complete(): Promise<number> {
    const started = performance.now()
    const child = begin()
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code, said).toBe(0)
    return performance.now() - started
  }

  test(`every change comes once: seed ${seed}, ${kills} kills, ${alterations} changes of the structure`, async () => {
    const random = randomFrom(seed)
    await createAccounts(db, 1_500)
    let changes = 0
    let isOver = false
    const writers = [1, 2].map((i) =>
      write(db, {
        random: randomFrom(seed + i),
        paceMs,
        goesOn: () => !isOver,
        next: () => ++changes,
      }),
    )
    const failure = Promise.all(writers)
    const altered = (async () => {
      const client = await db.connect()
      for (let i = 0; i < alterations; i++) {
        const from = (least / (alterations + 1)) * (i + 1)
        const waits = (): boolean => changes < from && !isOver
        while (waits()) await sleep(20)
        await client.query(alteration(i, seed))
      }
      client.destroy()
    })()
    let lastMs = await complete()
    let killed = 0
    const isEnough = (): boolean => killed >= kills && changes >= least
    while (!isEnough()) {
      await Promise.race([failure, Promise.resolve()])
      if (killed >= kills) {
        lastMs = await complete()
        continue
      }
      const child = begin()
      const ended = once(child, 'close')
      await Promise.race([sleep(random.next() * lastMs * 1.1), ended])
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        killed++
      }
      await ended
      // Now and then one comes to its end, so that positions go on.
      if (random.chance(0.3)) lastMs = await complete()
    }
    isOver = true
    await Promise.all([failure, altered])
    await complete()
    await complete()

    const history = (await shop.rows('raw.account_changes')).map((row) => JSON.parse(row) as string[])
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
    const latest = (await shop.rows('raw.account_latest'))
      .map((row) => JSON.parse(row) as string[])
      .flatMap((row) => (row[4] === 'delete' ? [] : [JSON.stringify(row.slice(0, 4))]))

    console.log(
      `seed ${seed}: ${killed} kills, ${audit.length} changes, ${given.length} of them from the log, ${first.size} rows at first`,
    )
    // Each change of the log is one of the audit, at most as often.
    const counts = new Map<string, number>()
    for (const event of audit) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
    for (const event of given) {
      const left = (counts.get(keyOf(event)) ?? 0) - 1
      expect(left, `given too often, or never made: ${keyOf(event)}`).toBeGreaterThanOrEqual(0)
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
    expect((await shop.rows('sales.accounts')).toSorted()).toEqual(table)
    const states = (await shop.load('sales.accounts')).snapshots
    expect(states.some((s) => s.summary['securecart.action'] === 'merge')).toBe(true)
    expect(given.length).toBeGreaterThan(0)
    expect(new Set(inOrder.map((row) => row[6])).size).toBe(inOrder.length)
  })
})
