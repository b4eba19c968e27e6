import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { randomFrom } from './random-from.ts'
import { readRows, temporaryLake } from './temporary-lake.ts'

const kills = Number(process.env['LAKE_KILLS'] ?? 40)
const seed = Number(process.env['LAKE_SEED'] ?? Date.now() % 1_000_000)

/** Runs the child until `afterMs` past its first sign of life (or its start) and kills it. Returns its last word. */
async function runAndKill(folder: string, afterMs: number): Promise<number> {
  const script = fileURLToPath(new URL('kill-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== null) throw new Error(`the child stopped by itself: ${errors}`)
  return Number(output.trim().split('\n').at(-1))
}

test(`after ${kills} kills (seed ${seed}) every row is there once and the table can be written`, async () => {
  await using at = await temporaryLake()
  const random = randomFrom(seed)
  let landed = 0
  for (let i = 0; i < kills; i++) {
    const acknowledged = await runAndKill(at.folder, Math.floor(random() * 150))
    await using lake = await openLake({ folder: at.folder })
    const table = await lake.load('a.t')
    const rows = await readRows(await table?.files())
    const position = Number(table?.current?.summary['securecart.position'] ?? 0)
    const expected = Array.from({ length: position }, (_, n) => String(n + 1)).toSorted()
    expect(rows).toEqual(expected)
    // The answer of the last commit may have been lost, never the commit.
    expect([acknowledged, acknowledged + 1]).toContain(position)
    expect(position).toBeGreaterThan(landed)
    landed = position
    for (const snapshot of table?.snapshots ?? []) await table?.files({ asOf: { snapshot: snapshot.id } })
  }
  expect(landed).toBeGreaterThanOrEqual(kills)
})
