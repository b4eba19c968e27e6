import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { randomFrom } from '../crash/random.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { alteration, createAccounts, write } from './account-writers.ts'
import { judgeChanges } from './account-oracle.ts'
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
/** Writers get no further ahead than this for each kill, so that kills are spread over all changes. */
const changesForKill = 10_000

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

  const named = `every change comes once: seed ${seed}, ${kills} kills, ${alterations} changes of the structure`
  test(named, { timeout: 60 * 60_000 }, async () => {
    const random = randomFrom(seed)
    await createAccounts(db, 1_500)
    let changes = 0
    let killed = 0
    let isOver = false
    const writers = [1, 2].map((i) =>
      write(db, {
        random: randomFrom(seed + i),
        paceMs,
        goesOn: () => !isOver,
        waits: () => changes > changesForKill * (killed + 1),
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
        if (killed % 10 === 0) console.log(`${killed} kills, ${changes} changes`)
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
    const latest = (await shop.rows('raw.account_latest')).map((row) => JSON.parse(row) as string[])
    const said = await judgeChanges(db, history, latest)
    console.log(`seed ${seed}: ${killed} kills, ${said}`)
    const now = (await db.texts('select id, v, n, e from accounts')).map((row) => JSON.stringify(row))
    expect((await shop.rows('sales.accounts')).toSorted()).toEqual(now.toSorted())
    const states = (await shop.load('sales.accounts')).snapshots
    expect(states.some((s) => s.summary['securecart.action'] === 'merge')).toBe(true)
  })
})
