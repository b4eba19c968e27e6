import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logSamples } from '../connector/log-samples.ts'
import { type Ended, openWorkplace, securecart, type Workplace } from './securecart.ts'

const program = path.resolve(import.meta.dirname, '../../packages/etl/bin/securecart.js')
let at: Workplace

const csvOf = (from: number, to: number): string =>
  `id,region,amount\n${Array.from({ length: to - from }, (_, i) => `${from + i},${(from + i) % 2 === 0 ? 'EU' : 'US'},${i}.50\n`).join('')}`

beforeAll(async () => {
  at = await openWorkplace()
  await mkdir(path.join(at.folder, 'in', 'deep'), { recursive: true })
  await writeFile(path.join(at.folder, 'one.csv'), csvOf(0, 100))
  await writeFile(path.join(at.folder, 'in', 'a.csv'), csvOf(0, 50))
  await writeFile(path.join(at.folder, 'in', 'deep', 'b.csv.gz'), gzipSync(csvOf(50, 100)))
  const bad = Array.from({ length: 200 }, (_, i) => `${i},x\n`)
  await writeFile(path.join(at.folder, 'bad.csv'), `id,name\n${bad.join('')}oops\n7,y,z\n`)
})

afterAll(() => at[Symbol.asyncDispose]())

const convert = (...args: string[]): Promise<Ended> => securecart(['convert', ...args], { cwd: at.folder })
const inFolder = (...names: string[]): string => path.join(at.folder, ...names)

async function query(sql: string): Promise<unknown> {
  const connection = await (await DuckDBInstance.create()).connect()
  const rows = (await connection.runAndReadAll(sql)).getRowsJson()
  connection.closeSync()
  return rows
}

test.each([
  ['a file', 'one.csv'],
  ['a folder', 'in'],
  ['a glob', 'in/**/*'],
])('%s becomes one Parquet file with types', async (_title, input) => {
  const output = `${input.replaceAll(/\W/g, '_')}.parquet`
  expect((await convert(input, output)).code).toBe(0)
  const sql = `select count(*)::int, sum(id)::int, sum(amount)::varchar, any_value(typeof(id)) from '${inFolder(output)}'`
  const amount = input === 'one.csv' ? '5000.00' : '2500.00'
  expect(await query(sql)).toEqual([[100, 4950, amount, expect.stringMatching(/INT/)]])
})

test('--partition-by makes a folder per value', async () => {
  expect((await convert('one.csv', 'by-region', '--partition-by', 'region')).code).toBe(0)
  expect(readdirSync(inFolder('by-region')).toSorted()).toEqual(['region=EU', 'region=US'])
  const sql = `select region, count(*)::int from read_parquet('${inFolder('by-region')}/**/*.parquet', hive_partitioning = true) group by all order by 1`
  expect(await query(sql)).toEqual([
    ['EU', 50],
    ['US', 50],
  ])
})

test('outputs are compressed as their names say', async () => {
  expect((await convert('one.csv', 'o.csv.gz')).code).toBe(0)
  expect((await convert('one.csv', 'o.ndjson.zst')).code).toBe(0)
  expect(
    gunzipSync(readFileSync(inFolder('o.csv.gz')))
      .toString('utf8')
      .split('\n')[1],
  ).toBe('0,EU,0.50')
  const lines = zstdDecompressSync(readFileSync(inFolder('o.ndjson.zst')))
    .toString('utf8')
    .trimEnd()
    .split('\n')
  expect(lines).toHaveLength(100)
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ id: 1, region: 'US' })
})

test('what does not fit is kept with its line', async () => {
  const { code, stderr } = await convert('bad.csv', 'good.csv')
  expect(code).toBe(0)
  expect(stderr).toContain('2 records rejected')
  const rejects = (await readFile(inFolder('good.csv.rejected.ndjson'), 'utf8')).trimEnd().split('\n')
  expect(
    rejects
      .map((r) => (JSON.parse(r) as { line: unknown }).line)
      .map(Number)
      .toSorted((a, b) => a - b),
  ).toEqual([202, 203])
  expect(rejects.map((r) => (JSON.parse(r) as { original: string }).original).toSorted()).toEqual([
    '7,y,z',
    'oops',
  ])
  const again = await convert('bad.csv', 'good.csv', '--overwrite')
  expect(again.stderr).toContain('2 records rejected')
  expect((await readFile(inFolder('good.csv.rejected.ndjson'), 'utf8')).trimEnd().split('\n')).toHaveLength(2)
  expect((await convert('one.csv', 'good.csv', '--overwrite')).code).toBe(0)
  expect(existsSync(inFolder('good.csv.rejected.ndjson'))).toBe(false)
})

test('a log is converted by the pattern that fits it, several lines to one record', async () => {
  const sample = logSamples.find((l) => l.name === 'nginx-error')
  await writeFile(inFolder('error.log'), `${sample?.lines.join('\n')}\n`)
  const { code, stderr } = await convert('error.log', 'error.parquet')
  expect([code, stderr]).toEqual([0, expect.stringContaining('taken for an nginx error log: 3 of 3')])
  const sql = `select count(*)::int, min("timestamp")::varchar, max(pid)::int, max(length(message)) > 100 from '${inFolder('error.parquet')}'`
  expect(await query(sql)).toEqual([[sample?.rows, '2024-03-05 11:12:13', 1234, true]])
})

test('an existing target stays as it is unless --overwrite is given', async () => {
  await writeFile(inFolder('there.csv'), 'mine')
  const refused = await convert('one.csv', 'there.csv')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('there.csv exists')
  expect(await readFile(inFolder('there.csv'), 'utf8')).toBe('mine')
  expect((await convert('one.csv', 'there.csv', '--overwrite')).code).toBe(0)
  expect((await readFile(inFolder('there.csv'), 'utf8')).split('\n')).toHaveLength(102)
})

test('a conversion that fails leaves the target as it was and no other file', async () => {
  await writeFile(inFolder('half.csv.gz'), gzipSync(csvOf(0, 50_000)).subarray(0, 20_000))
  await writeFile(inFolder('kept.parquet'), 'mine')
  const before = readdirSync(at.folder).toSorted()
  const { code } = await convert('half.csv.gz', 'kept.parquet', '--overwrite')
  expect(code).not.toBe(0)
  expect(readdirSync(at.folder).toSorted()).toEqual(before)
  expect(await readFile(inFolder('kept.parquet'), 'utf8')).toBe('mine')
  expect((await convert('half.csv.gz', 'none.parquet')).code).not.toBe(0)
  expect(existsSync(inFolder('none.parquet'))).toBe(false)
})

/** What conversions into the folder keep while they are at work. */
function scratchFolders(): readonly string[] {
  const root = inFolder('.securecart-scratch')
  return existsSync(root) ? readdirSync(root).filter((f) => !f.endsWith('.lock')) : []
}

/** Starts a conversion that takes a while and waits until it has a scratch folder. */
async function beginSlow(name: string) {
  const child = spawn(process.execPath, [program, 'convert', 'long.csv', name, '--threads', '1'], {
    cwd: at.folder,
    stdio: 'ignore',
  })
  const closed = once(child, 'close')
  for (;;) {
    if (scratchFolders().length > 0) return { child, closed }
    if (child.exitCode !== null) throw new Error('the conversion was too quick')
    await sleep(5)
  }
}

test('a conversion removes what a killed one left, and nothing of a living one', async () => {
  await writeFile(inFolder('long.csv'), csvOf(0, 1_500_000))
  const hidden = (): string[] => readdirSync(at.folder).filter((f) => f.startsWith('.'))
  const killed = await beginSlow('killed.parquet')
  killed.child.kill('SIGKILL')
  await killed.closed
  expect(hidden()).toEqual(['.securecart-scratch'])
  expect((await convert('one.csv', 'after.parquet')).stderr.split('\n')).toHaveLength(2)
  expect(hidden()).toEqual([])
  const living = await beginSlow('living.parquet')
  living.child.kill('SIGSTOP')
  const mine = scratchFolders()
  expect(mine).toHaveLength(1)
  const { code, stderr } = await convert('one.csv', 'beside.parquet')
  expect([code, stderr.split('\n').length]).toEqual([0, 2])
  expect(scratchFolders()).toEqual(mine)
  living.child.kill('SIGCONT')
  expect((await living.closed)[0]).toBe(0)
  expect(await query(`select count(*)::int from '${inFolder('living.parquet')}'`)).toEqual([[1_500_000]])
  expect(hidden()).toEqual([])
}, 120_000)
