import { expect, test } from 'vitest'
import { killLane } from './harness.ts'
import { describeFindings, seedFor } from './report.ts'

const kills = Number(process.env['CRASH_KILLS'] ?? 300)
const seed = seedFor('CRASH_SEED')
/** Lakes beside each other; each has its own processes. */
const lanes = 2
const timeoutMs = 40 * 60_000

test(
  `after ${kills} kills of runs and maintenance (seed ${seed}) nothing is lost, repeated, stuck or unreadable`,
  { timeout: timeoutMs },
  async () => {
    const found = await Promise.all(
      Array.from({ length: lanes }, (_, i) => killLane({ seed: seed + i, kills: Math.ceil(kills / lanes) })),
    )
    process.stdout.write(describeFindings(`crash, seed ${seed}`, found))
    expect(found.flatMap((lane) => lane.differences)).toEqual([])
    expect(found.flatMap((lane) => lane.unreadable)).toEqual([])
    expect(found.flatMap((lane) => lane.stuck)).toEqual([])
    expect(found.reduce((sum, lane) => sum + lane.kills, 0)).toBeGreaterThanOrEqual(kills)
    expect(found.every((lane) => lane.compared > 0 && lane.rows > 0)).toBe(true)
  },
)
