import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { type Ended, endWithin } from '../crash/process.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { type Chain, openChain } from './chain.ts'

const missing = missingMariadb() ?? missingPostgres()
const kills = Number(process.env['CHAIN_KILLS'] ?? 12)
const seed = seedFor('CHAIN_SEED')
const stuckMs = 120_000

/** Lets a run come to its end; how long it took, and how many steps. */
async function complete(chain: Chain): Promise<{ readonly ms: number; readonly steps: number }> {
  const ended = await endWithin(chain.begin(), stuckMs)
  if (ended === 'too long') throw new Error(`a run took longer than ${stuckMs} ms`)
  expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0)
  return { ms: ended.ms, steps: Number(/steps: (\d+)/.exec(ended.stderr)?.[1] ?? 1) }
}

const title = 'runs from MySQL over a lake to PostgreSQL'

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  test(
    `after ${kills} kills (seed ${seed}) no row is lost or repeated`,
    { timeout: 90 * 60_000 },
    async () => {
      await using chain = await openChain(seed)
      const random = randomFrom(seed)
      const places = new Map<string, number>()
      const note = (what: string): void => void places.set(what, (places.get(what) ?? 0) + 1)
      let usual = await complete(chain)
      let killed = 0
      for (let rounds = 0; killed < kills; rounds++) {
        if (rounds > 4 * kills) throw new Error('too few runs could be killed')
        await chain.assertWriting()
        const atStep = random.chance(0.4)
        const death = atStep ? { commit: 0, step: 1 + random.below(usual.steps) } : undefined
        const running = chain.begin(death)
        const rival = random.chance(0.15) ? chain.begin() : undefined
        if (!atStep) {
          await Promise.race([sleep((0.1 + random.next()) * usual.ms), running.ended])
          running.child.kill('SIGKILL')
        }
        const ended = await endWithin(running, stuckMs)
        if (ended === 'too long') throw new Error(`a run took longer than ${stuckMs} ms`)
        if (ended.killed) {
          killed += 1
          note(/died before: (.*)/.exec(ended.stderr)?.[1] ?? 'a random moment')
        } else expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0)
        if (rival !== undefined) {
          const other: Ended | 'too long' = await endWithin(rival, stuckMs)
          expect(other === 'too long' ? other : `${other.code} ${other.code === 0 ? '' : other.stdout}`).toBe(
            '0 ',
          )
          note('beside a rival')
        }
        // Now and then one comes to its end, so that positions go on.
        if (random.chance(0.25)) usual = await complete(chain)
      }
      await chain.stop()
      await complete(chain)
      await complete(chain)
      const said = await chain.judge()
      const told = [...places].map(([place, n]) => `${n} ${place}`).toSorted()
      process.stdout.write(
        `MySQL → lake → PostgreSQL, seed ${seed}: ${killed} kills, 0 lost, 0 repeated; ${said}; ${told.join('; ')}\n`,
      )
    },
  )
})
