import { describe, expect, test } from 'vitest'
import { progressKeptAside } from './faults.ts'
import { killLane } from './harness.ts'
import { describeFindings, seedFor } from './report.ts'

const mostKills = 150
const seed = seedFor('CRASH_SEED')

/** The harness must find what it is there to find: with progress outside the commit the same kills lose or repeat rows. */
describe(`progress kept outside the commit (seed ${seed})`, () => {
  test.each([
    { when: 'before', finds: 'lost' },
    { when: 'after', finds: 'repeated' },
  ] as const)(
    `written $when the commit: rows are $finds within ${mostKills} kills`,
    async ({ when, finds }) => {
      const found = await killLane({
        seed,
        kills: mostKills,
        compareEvery: 3,
        focused: true,
        // Positions stay in the text: a file of them, named by no snapshot, would be swept as an orphan.
        firstFiles: 5,
        plant: progressKeptAside(when),
      })
      process.stdout.write(describeFindings(`canary, progress ${when} the commit, seed ${seed}`, [found]))
      expect(found.unreadable).toEqual([])
      expect(found.stuck).toEqual([])
      expect(found.differences.map((d) => d[finds]).some((rows) => rows > 0)).toBe(true)
    },
  )
})
