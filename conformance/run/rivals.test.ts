import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { command } from '../cli/securecart.ts'
import { install } from '../crash/installed.ts'
import { type Random, randomFrom } from '../crash/random.ts'

/** Four chains beside each other and one table below all of them. */
const config = `
import { csv, defineConfig, filter, fn, int64, table, text, union } from '@securecart/etl'

const chains = ['a', 'b', 'c', 'd'].map((name) => {
  const raw = table(\`raw.\${name}\`, {
    from: csv(\`./data/\${name}/*.csv\`, { columns: { id: int64({ required: true }), k: text({}) } }),
  })
  return { raw, kept: table(\`kept.\${name}\`, { from: raw.pipe(filter((c) => fn.gt(c.id, -1))) }) }
})
const [first, ...others] = chains.map((c) => c.kept)
const all = table('all.rows', { from: others.reduce((rows, other) => rows.pipe(union(other)), first.pipe(filter((c) => fn.gt(c.id, -1)))) })
export default defineConfig({ lake: './lake', pipelines: [...chains.flatMap((c) => [c.raw, c.kept]), all] })
`

const seed = Number(process.env['RIVALS_SEED'] ?? Date.now() % 1_000_000)
const rounds = 24
let folder: string
let cli: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rivals-'))
  cli = (await install(folder)).cli
  await writeFile(path.join(folder, 'securecart.config.ts'), config)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of its own process, that is stopped for a while at a random moment. */
async function rival(random: Random): Promise<Outcome> {
  await sleep(random.below(250))
  const child = spawn(process.execPath, [cli, 'run', '--json', '--threads', '1', '--concurrency', '2'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const closed = once(child, 'close')
  if (random.chance(0.5)) {
    await Promise.race([sleep(random.below(1500)), closed])
    child.kill('SIGSTOP')
    await sleep(random.below(1500))
    child.kill('SIGCONT')
  }
  const [code] = (await closed) as [number | null]
  return { code, stdout, stderr }
}

test(`runs at the same time all end well, and no row is lost or repeated (RIVALS_SEED=${seed})`, async () => {
  const random = randomFrom(seed)
  const delivered = new Map<string, number>()
  const seen = { runs: 0, forestalled: 0, retried: 0 }
  for (let round = 0; round < rounds; round++) {
    for (const name of ['a', 'b', 'c', 'd']) {
      const rows = 1 + random.below(50)
      const from = delivered.get(name) ?? 0
      await mkdir(path.join(folder, 'data', name), { recursive: true })
      const lines = Array.from({ length: rows }, (_, i) => `${from + i},${name}`)
      await writeFile(path.join(folder, 'data', name, `${round}.csv`), `id,k\n${lines.join('\n')}\n`)
      delivered.set(name, from + rows)
    }
    const ended = await Promise.all(Array.from({ length: 2 + (round % 2) }, () => rival(random)))
    for (const { code, stdout, stderr } of ended) {
      expect([round, code, code === 0 ? '' : stdout + stderr]).toEqual([round, 0, ''])
      seen.runs += 1
      seen.forestalled += stdout.split('published it meanwhile').length - 1
      seen.retried += stderr.split('again (').length - 1
    }
    await assertExact(delivered)
  }
  process.stderr.write(`rivals: seed ${seed}, ${JSON.stringify(seen)}\n`)
  expect(seen.forestalled).toBeGreaterThan(0)
}, 600_000)

async function assertExact(delivered: ReadonlyMap<string, number>): Promise<void> {
  await using lake = await openLake({ folder: path.join(folder, 'lake') })
  for (const [name, rows] of delivered) {
    for (const table of [`raw.${name}`, `kept.${name}`]) {
      const now = (await lake.load(table))?.current?.summary['total-records']
      expect([table, now]).toEqual([table, String(rows)])
    }
  }
  const sql = 'select count(*) as n, count(distinct (k, id)) as d from "all"."rows"'
  const { stdout } = await command(process.execPath, [cli, 'query', sql, '--json'], { cwd: folder })
  const sum = String([...delivered.values()].reduce((a, b) => a + b, 0))
  expect(JSON.parse(stdout)).toEqual([{ n: sum, d: sum }])
}
