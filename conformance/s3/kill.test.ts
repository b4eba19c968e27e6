import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { randomFrom } from '../lake/random-from.ts'
import { readRows, temporaryLake } from '../lake/temporary-lake.ts'
import type { S3Server } from './server/index.ts'
import { lakeServer, serverEnvironment } from './temporary-lake.ts'

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

/** When a child dies: at one of its writes or deletes, before it takes effect or after, while nobody has answered it. */
interface Death {
  readonly atCall: number
  readonly before: boolean
}

interface Ended {
  /** The last number whose commit had returned; undefined when none had. */
  readonly acknowledged: number | undefined
  /** What the child was doing. */
  readonly at: string
}

async function runAndKill(folder: string, cache: string, death: Death): Promise<Ended> {
  const script = fileURLToPath(new URL('../lake/kill-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...serverEnvironment(server), TEST_LAKE: '', XDG_CACHE_HOME: cache },
  })
  let [output, errors, calls, at] = ['', '', 0, 'starting']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  server[death.before ? 'onCall' : 'onDone'] = ({ operation, key }) => {
    if (/^(Get|Head|List)/.test(operation)) return
    calls += 1
    if (calls !== death.atCall) return
    at = `${death.before ? 'before' : 'after'} ${operation} ${key.replaceAll(/[0-9a-f-]{8,}/g, '…')}`
    child.kill('SIGKILL')
  }
  const [code] = (await once(child, 'close')) as [number | null]
  server.onCall = server.onDone = undefined
  if (code !== null) throw new Error(`the child stopped by itself: ${errors}`)
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
      const place = ended.at.replace(/ \S*\//, ' ')
      places.set(place, (places.get(place) ?? 0) + 1)
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
