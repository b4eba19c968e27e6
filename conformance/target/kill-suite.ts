import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { endWithin, type Running, start } from '../crash/process.ts'
import { randomFrom } from '../crash/random.ts'
import type { TestWarehouse } from './warehouse.ts'

const cli = fileURLToPath(new URL('../../packages/etl/bin/securecart.js', import.meta.url))

type Row = readonly [id: number, region: string, seen: number]

/** Rows that are in one list and not in the other, as often as they are. */
function difference(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>()
  for (const row of b) left.set(row, (left.get(row) ?? 0) + 1)
  return a.filter((row) => {
    const n = left.get(row) ?? 0
    left.set(row, n - 1)
    return n <= 0
  }).length
}

/** What each target must hold, from the delivered rows alone. */
function expected(rows: readonly Row[]): ReadonlyMap<string, readonly string[]> {
  const all = rows.map((r) => r.join('|'))
  const latest = new Map<number, Row>()
  for (const row of rows) if ((latest.get(row[0])?.[2] ?? -1) < row[2]) latest.set(row[0], row)
  const newest = [...latest.values()].map((r) => r.join('|'))
  return new Map([
    ['bi.events', all],
    ['bi.latest', newest],
    ['bi.whole', all],
    ['bi.regions', all],
    ['(SELECT id, region, seen FROM bi.versions WHERE is_current) v', newest],
  ])
}

/** What is killed, how often, and where its rows must be found. */
export interface Killing {
  readonly kills: number
  readonly seed: number
  /** Folder of a project whose variable `data` is the folder of source, lake and files. */
  readonly project: string
  readonly variables: Readonly<Record<string, string | number>>
  /** The warehouses that the project delivers into; `data` is that folder. */
  warehouses(data: string): readonly TestWarehouse[]
}

/**
 * Delivers rows by runs that are killed at random moments, some of them beside a rival, and compares what the warehouses hold
 * with what was delivered. Tells how often it did so.
 */
export async function surviveKills(killing: Killing): Promise<void> {
  const { kills, seed } = killing
  const folder = await mkdtemp(path.join(tmpdir(), 'target-kill-'))
  const warehouses = killing.warehouses(folder)
  const variables = { ...killing.variables, data: folder }
  const args = [
    'run',
    '--project',
    killing.project,
    '--json',
    '--threads',
    '1',
    '--memory',
    '512MB',
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ]
  const random = randomFrom(seed)
  const delivered: Row[] = []
  let [files, seen, killed, compared] = [0, 0, 0, 0]
  let usualMs = 3000
  await mkdir(path.join(folder, 'in'), { recursive: true })
  const begin = (): Running => start(cli, args)
  const deliver = async (): Promise<void> => {
    const rows = Array.from({ length: 50 + random.below(400) }, (): Row => [
      random.below(800),
      random.pick(['EU', 'US', 'APAC']),
      (seen += 1),
    ])
    const draft = path.join(folder, 'draft')
    await writeFile(draft, `id,region,seen\n${rows.map((r) => r.join(',')).join('\n')}\n`)
    await rename(draft, path.join(folder, 'in', `${(files += 1)}.csv`))
    delivered.push(...rows)
  }
  const compare = async (): Promise<void> => {
    const ended = await endWithin(begin(), 120_000)
    if (ended === 'too long' || ended.code !== 0)
      throw new Error(`a run did not end well: ${ended === 'too long' ? ended : ended.stderr}`)
    usualMs = ended.ms
    for (const [place, want] of expected(delivered))
      for (const warehouse of warehouses) {
        const have = await warehouse.query(`SELECT id, region, seen FROM ${place}`)
        const what = `${place} in ${warehouse.declared.service}`
        expect([what, difference(want, have), difference(have, want)]).toEqual([what, 0, 0])
      }
    compared += 1
  }
  try {
    await deliver()
    await compare()
    while (killed < kills) {
      if (random.chance(0.7)) await deliver()
      const running = begin()
      const rival = random.chance(0.2) ? begin() : undefined
      await Promise.race([sleep((0.15 + 0.85 * random.next()) * usualMs), running.ended])
      running.child.kill('SIGKILL')
      if ((await running.ended).killed) killed += 1
      // Beside a rival, a DuckDB file may be locked: the run then says so and fails.
      await rival?.ended
      if (random.chance(0.3)) await compare()
    }
    // A delivery removes what killed ones have left lying.
    await deliver()
    await compare()
    process.stdout.write(
      `targets, seed ${seed}: ${killed} kills, ${compared} comparisons, ${delivered.length} rows\n`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
