import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { endWithin } from '../crash/process.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openChain } from './chain.ts'

const missing = missingMariadb() ?? missingPostgres()
const stops = Number(process.env['CHAIN_STOPS'] ?? 6)
const seed = seedFor('CHAIN_SEED')
const stuckMs = 120_000
const title = 'runs from MySQL over a lake to PostgreSQL that are told to stop'

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  test(
    `${stops} times by SIGTERM (seed ${seed}) they end by themselves, and no row is lost or repeated`,
    { timeout: 60 * 60_000 },
    async () => {
      await using chain = await openChain(seed)
      const random = randomFrom(seed)
      const first = await endWithin(chain.begin(), stuckMs)
      if (first === 'too long') throw new Error('the first run took too long')
      let { ms: usualMs } = first
      let [stopped, rounds] = [0, 0]
      while (stopped < stops) {
        if (++rounds > 4 * stops) throw new Error('too few runs could be stopped')
        await chain.assertWriting()
        const running = chain.begin()
        await Promise.race([sleep((0.2 + 0.8 * random.next()) * usualMs), running.ended])
        running.child.kill('SIGTERM')
        const ended = await endWithin(running, stuckMs)
        if (ended === 'too long') throw new Error('a run that was told to stop did not end')
        if (ended.code === 0) usualMs = ended.ms
        else {
          stopped += 1
          // One that was still loading ends at once; all others say what became of their tables.
          const said = ended.code === 1 ? /run\.cancelled/.test(ended.stdout) : ended.code === null
          expect(said, `${ended.code} ${ended.stdout} ${ended.stderr}`).toBe(true)
        }
        expect(await chain.leftovers()).toEqual([])
      }
      await chain.stop()
      for (let last = 0; last < 2; last++) {
        const ended = await endWithin(chain.begin(), stuckMs)
        expect(ended === 'too long' ? ended : `${ended.code}${ended.code === 0 ? '' : ended.stderr}`).toBe(
          '0',
        )
      }
      process.stdout.write(`stopped runs, seed ${seed}: ${stopped} of ${rounds}; ${await chain.judge()}\n`)
    },
  )
})
