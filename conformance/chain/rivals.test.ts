import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { type Ended, endWithin, type Running } from '../crash/process.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openChain } from './chain.ts'

const missing = missingMariadb() ?? missingPostgres()
const seed = seedFor('CHAIN_SEED')
const stuckMs = 120_000

async function end(running: Running): Promise<Ended> {
  const ended = await endWithin(running, stuckMs)
  if (ended === 'too long') throw new Error(`a run took longer than ${stuckMs} ms`)
  return ended
}

/** How often a run was told that another one had published a table, or delivered, before it. */
const forestalled = ({ stdout, stderr }: Ended): number =>
  stdout.split('meanwhile').length - 1 + (stderr.split('again (').length - 1)

const title = 'two runs from MySQL over a lake to PostgreSQL at once'

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  test(`one is fenced and finds nothing left to do, seed ${seed}`, async () => {
    await using chain = await openChain(seed)
    await end(chain.begin())
    let fenced = 0
    for (let round = 0; round < 3; round++) {
      const both = await Promise.all([end(chain.begin()), end(chain.begin())])
      for (const ended of both) expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0)
      fenced += both.reduce((n, ended) => n + forestalled(ended), 0)
    }
    await chain.stop()
    await end(chain.begin())
    process.stdout.write(
      `rivals of the chain, seed ${seed}: forestalled ${fenced} times; ${await chain.judge()}\n`,
    )
    expect(fenced).toBeGreaterThan(0)
  })

  test(`one that stood still while another ran publishes nothing that is old, seed ${seed}`, async () => {
    await using chain = await openChain(seed)
    const random = randomFrom(seed)
    const first = await end(chain.begin())
    const steps = Number(/steps: (\d+)/.exec(first.stderr)?.[1] ?? 1)
    let [stopped, fenced] = [0, 0]
    for (let round = 0; round < 4; round++) {
      // The first one just after it has published a table, when others are still to come.
      const step = round === 0 ? { commit: 1, step: 2 } : { commit: 0, step: 1 + random.below(steps) }
      const slow = chain.begin({ ...step, signal: 'SIGSTOP' })
      let said = ''
      slow.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const stands = async (): Promise<void> => {
        while (!said.includes('died before') && slow.child.exitCode === null) await sleep(20)
      }
      await Promise.race([stands(), slow.ended])
      if (slow.child.exitCode === null) stopped += 1
      const running = chain.begin()
      // One that stands still within a transaction of the catalog keeps all others waiting: it goes on after a while.
      if (said.includes('a catalog commit')) await Promise.race([running.ended, sleep(1_000)])
      else await running.ended
      slow.child.kill('SIGCONT')
      const fast = await end(running)
      expect(fast.code, `${fast.stdout}\n${fast.stderr}`).toBe(0)
      const ended = await end(slow)
      expect(ended.code, `${ended.stdout}\n${ended.stderr}`).toBe(0)
      fenced += forestalled(ended)
    }
    await chain.stop()
    await end(chain.begin())
    process.stdout.write(
      `runs that stood still, seed ${seed}: ${stopped}, forestalled ${fenced} times; ${await chain.judge()}\n`,
    )
    expect(stopped).toBeGreaterThan(0)
    expect(fenced).toBeGreaterThan(0)
  })
})
