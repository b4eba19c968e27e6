import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import {
  csv,
  dedupe,
  duckdbFile,
  int64,
  table,
  target,
  type TargetDeclaration,
} from '../../packages/etl/src/index.ts'
import { forecast } from '../../packages/etl/src/run/forecast.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import type { RunOptions } from '../../packages/etl/src/run/run.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import { forecastTargets } from '../../packages/etl/src/run/target-forecast.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { openDuckdbAt } from './warehouse.ts'

const raw = table('raw.numbers', { from: csv('in/*.csv', { columns: { n: int64({ required: true }) } }) })
const numbers = (at: Workshop, mode: 'append' | 'replace' = 'append'): TargetDeclaration =>
  target('bi.numbers', { from: raw, to: duckdbFile(path.join(at.folder, 'bi.duckdb')), mode })

async function deliver(
  at: Workshop,
  t: TargetDeclaration,
  options: Partial<RunOptions> = {},
): Promise<TargetReport | undefined> {
  return (await at.run([raw], { targets: [t], ...options })).targets[0]
}

async function execute(file: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`ATTACH '${file}' AS w; USE w`)
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

test('a file that another process has open is told with its holder, and delivered once it is free', async () => {
  await using at = await openWorkshop('duckdb-file-')
  const file = path.join(at.folder, 'bi.duckdb')
  await at.deliver('1.csv', ['n', '1'])
  await deliver(at, numbers(at))
  const hold = `const { DuckDBInstance } = await import('@duckdb/node-api')
    const c = await (await DuckDBInstance.create(':memory:')).connect()
    await c.run("ATTACH '${file}' AS w"); console.log('held'); setInterval(() => undefined, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', hold], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await at.deliver('2.csv', ['n', '2'])
  const locked = await deliver(at, numbers(at))
  expect(locked?.error?.code).toBe('target.locked')
  expect(locked?.error?.message).toContain(`PID ${holder.pid}`)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect((await deliver(at, numbers(at)))?.error).toBeUndefined()
  expect(await openDuckdbAt(file).query('SELECT n FROM bi.numbers ORDER BY n')).toEqual(['1', '2'])
})

test('two deliveries of one process never open the file at once', async () => {
  await using at = await openWorkshop('duckdb-file-')
  await at.deliver('1.csv', ['n', ...Array.from({ length: 2000 }, (_, i) => String(i))])
  await at.run([raw])
  const reports = await Promise.all([deliver(at, numbers(at)), deliver(at, numbers(at))])
  const codes = reports.map((r) => r?.error?.code ?? r?.outcome).toSorted()
  expect(codes.filter((c) => c === 'delivered')).toHaveLength(1)
  expect(['delivered', 'target.locked', 'unchanged']).toEqual(expect.arrayContaining(codes))
  const file = openDuckdbAt(path.join(at.folder, 'bi.duckdb'))
  expect(await file.query('SELECT count(*), count(DISTINCT n) FROM bi.numbers')).toEqual(['2000|2000'])
})

test('what is no database, or has lost its table, is told; a full refresh mends the second', async () => {
  await using at = await openWorkshop('duckdb-file-')
  const file = path.join(at.folder, 'bi.duckdb')
  await at.deliver('1.csv', ['n', '1'])
  await writeFile(
    path.join(at.folder, 'text.duckdb'),
    'this is no database, only text that is long enough to be read',
  )
  const wrong = target('bi.numbers', {
    from: raw,
    to: duckdbFile(path.join(at.folder, 'text.duckdb')),
    mode: 'append',
  })
  expect((await deliver(at, wrong))?.error?.code).toBe('target.failed')
  await deliver(at, numbers(at))
  await execute(file, 'DROP TABLE bi.numbers')
  await at.deliver('2.csv', ['n', '2'])
  expect((await deliver(at, numbers(at)))?.error?.code).toBe('target.failed')
  expect((await deliver(at, numbers(at), { full: true }))?.counts?.inserted).toBe(2)
  await execute(
    file,
    'DROP TABLE bi.numbers; DELETE FROM securecart.deliveries; CREATE TABLE bi.numbers (mine INT)',
  )
  expect((await deliver(at, numbers(at), { full: true }))?.error?.code).toBe('target.foreign')
})

/** What a run would deliver into a target. */
async function tell(at: Workshop, t: TargetDeclaration): Promise<readonly string[]> {
  const options = { lake: at.lake, projectFolder: at.folder, full: false }
  const compiled = assertSound(await compileProject([...new Set([raw, t.from])]))
  const limits = { memoryLimitBytes: 2 ** 28, threads: 1 }
  const tables = await forecast(compiled, options)
  const found = await forecastTargets([t], tables, { ...options, scratch: path.join(at.folder, 's'), limits })
  return found.map((f) => `${f.action} ${f.rows}: ${f.reasons.join(', ')}`)
}

test('a forecast tells what would be delivered, and writes nothing', async () => {
  await using at = await openWorkshop('duckdb-file-')
  const t = numbers(at)
  await at.deliver('1.csv', ['n', '1', '2'])
  expect(await tell(at, t)).toEqual(['full 0: after raw.numbers'])
  await at.run([raw])
  expect(await tell(at, t)).toEqual(['full 2: new target'])
  await deliver(at, t)
  expect(await tell(at, t)).toEqual(['none 0: nothing new'])
  await at.deliver('2.csv', ['n', '3'])
  await at.run([raw])
  expect(await tell(at, t)).toEqual(['append 1: raw.numbers changed'])
})

test('a forecast tells that a merge target takes the keys that change', async () => {
  await using at = await openWorkshop('duckdb-file-')
  const kept = table('clean.numbers', { from: raw.pipe(dedupe({ by: ['n'], keep: 'last', order: ['n'] })) })
  const to = duckdbFile(path.join(at.folder, 'bi.duckdb'))
  const t = target('bi.kept', { from: kept, to, mode: 'merge', key: ['n'] })
  await at.deliver('1.csv', ['n', '1', '2'])
  await at.run([raw, kept], { targets: [t] })
  await at.deliver('2.csv', ['n', '2', '3'])
  const [foreseen] = await tell(at, t)
  const [done] = (await at.run([raw, kept], { targets: [t] })).targets
  expect([foreseen?.split(' ')[0], done?.action]).toEqual(['merge', 'merge'])
})
