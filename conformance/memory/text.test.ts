import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from './input.ts'

const program = path.resolve(import.meta.dirname, '../../packages/etl/bin/securecart.js')
const limitMiB = 128
const rows = 2_500_000
/** As for the other cases: what a process may take beyond the engine's limit. */
const mostBytes = (limitMiB + 300 + limitMiB / 2) * 2 ** 20
const tellsPeak = `data:text/javascript,process.on('exit',()=>console.error('peak='+process.resourceUsage().maxRSS))`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'memory-text-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const full = process.env['MEMORY_SUITE'] === 'full'
// The engine's own reader knows doubled quotes; texts with another escape are written in plain form first.
test.each(full ? ['"', '\\'] : ['"'])(
  'text of five times the limit, its records on several lines, is converted within it; escape %s',
  async (escape) => {
    const input = path.join(folder, 'notes.csv')
    const output = path.join(folder, 'notes.parquet')
    const note = `'first of ' || i || chr(10) || '"second" ' || repeat(md5(i::VARCHAR), 6)`
    await ask(
      `COPY (SELECT i AS id, ${note} AS note FROM range(${rows}) t(i)) TO '${input}' (FORMAT csv, HEADER true, FORCE_QUOTE (note), ESCAPE '${escape}')`,
    )
    expect((await stat(input)).size).toBeGreaterThan(4 * limitMiB * 2 ** 20)
    const args = ['convert', input, output, '--overwrite', '--memory', `${limitMiB}MiB`, '--json']
    const child = spawn(process.execPath, ['--import', tellsPeak, program, ...args])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect([code, stderr]).toEqual([0, expect.stringContaining('peak=')])
    expect(JSON.parse(stdout)).toMatchObject({ rows })
    const sums = `count(*), sum(id), sum(hash(note) % 1000003)`
    expect(await ask(`SELECT ${sums} FROM '${output}'`)).toEqual(
      await ask(`SELECT ${sums} FROM (SELECT i AS id, ${note} AS note FROM range(${rows}) t(i))`),
    )
    const peakBytes = Number(/peak=(\d+)/.exec(stderr)?.[1]) * 1024
    console.log(`${limitMiB} MiB | text with escape ${escape} | ${Math.round(peakBytes / 2 ** 20)} MiB`)
    expect(peakBytes).toBeLessThanOrEqual(mostBytes)
  },
)
