import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { randomFrom } from '../lake/random-from.ts'
import { readRows, temporaryLake } from '../lake/temporary-lake.ts'
import type { S3Server } from './server/index.ts'
import { type Death, killAtCall } from './kill-at-call.ts'
import { lakeServer } from './temporary-lake.ts'

const kills = Number(process.env['S3_KILLS'] ?? 12)
const seed = Number(process.env['S3_SEED'] ?? Date.now() % 1_000_000)

let server: S3Server
beforeAll(async () => {
  process.env['TEST_LAKE'] = 's3'
  server = await lakeServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

interface Ended {
  /** The last number whose commit had returned; undefined when none had. */
  readonly acknowledged: number | undefined
  /** What the child was doing. */
  readonly at: string
}

async function runAndKill(folder: string, cache: string, death: Death): Promise<Ended> {
  const script = fileURLToPath(new URL('../lake/kill-child.ts', import.meta.url))
  const child = { script, args: [folder], env: { XDG_CACHE_HOME: cache } }
  const { output, at } = await killAtCall(server, child, death)
  const last = output.trim().split('\n').at(-1)
  return { acknowledged: last === undefined || last === '' ? undefined : Number(last), at }
}

test(
  `after ${kills} kills at calls of S3 (seed ${seed}) every row is there once and the table can be written`,
  async () => {
    await using at = await temporaryLake('kill-')
    const random = randomFrom(seed)
    const places = new Map<string, number>()
    let landed = 0
    for (let i = 0; i < kills; i++) {
      const death = { atCall: 1 + Math.floor(random() * 20), before: random() < 0.5 }
      const ended = await runAndKill(at.folder, path.join(at.lake.scratch, 'child'), death)
      places.set(ended.at, (places.get(ended.at) ?? 0) + 1)
      await using lake = await openLake({
        folder: at.folder,
        cacheFolder: path.join(at.lake.scratch, 'judge'),
      })
      const table = await lake.load('a.t')
      const rows = await readRows(await table?.files())
      const position = Number(table?.current?.summary['securecart.position'] ?? 0)
      const expected = Array.from({ length: position }, (_, n) => String(n + 1)).toSorted()
      expect(rows, ended.at).toEqual(expected)
      // The answer of the last commit may have been lost, never the commit.
      const before = ended.acknowledged ?? landed
      expect([before, before + 1], ended.at).toContain(position)
      landed = position
      for (const snapshot of table?.snapshots ?? []) await table?.files({ asOf: { snapshot: snapshot.id } })
    }
    expect(landed).toBeGreaterThan(kills / 6)
    const told = [...places].map(([place, n]) => `${n} ${place}`).toSorted()
    process.stderr.write(`${kills} kills, ${landed} rows, 0 lost, 0 repeated; ${told.join('; ')}\n`)
  },
  60_000 + kills * 20_000,
)
