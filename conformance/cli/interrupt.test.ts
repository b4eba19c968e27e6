import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateShop } from '../../packages/etl/src/generate/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { compareExpected } from '../shop/compare-expected.ts'
import { openWorkplace, securecart, type Workplace } from './securecart.ts'

const shop = path.resolve(import.meta.dirname, '../../examples/shop')
const orders = 4000
let at: Workplace
let data = ''

beforeAll(async () => {
  at = await openWorkplace()
  data = path.join(at.folder, 'data')
  await generateShop({ folder: data, orders, seed: 5 })
})

afterAll(() => at[Symbol.asyncDispose]())

test('Ctrl-C ends a run orderly; what was published stays, the next run goes on from there', async () => {
  const lake = path.join(at.folder, 'lake')
  const args = ['run', '--project', shop, '--var', 'data=data', '--lake', 'lake', '--json']
  const scratch = path.join(lake, '.scratch')
  // When the second table has scratch files, the first one is published and the second one is at work.
  const atWork = (): boolean =>
    existsSync(scratch) &&
    readdirSync(scratch, { recursive: true }).some((f) => String(f).endsWith('raw.clicks'))
  const one = ['--concurrency', '1']
  const stopped = await securecart([...args, ...one], { cwd: at.folder, interruptWhen: atWork })
  expect(stopped.code).toBe(1)
  const report = JSON.parse(stopped.stdout) as {
    tables: { table: string; outcome: string; error?: { code: string } }[]
  }
  const outcomes = new Map(report.tables.map((t) => [t.table, t]))
  expect(outcomes.get('raw.api_events')?.outcome).toBe('published')
  expect(outcomes.get('raw.clicks')).toMatchObject({ outcome: 'failed', error: { code: 'run.cancelled' } })
  expect(report.tables.filter((t) => t.outcome === 'published')).toHaveLength(1)
  {
    await using published = await openLake({ folder: lake })
    expect((await published.tables()).filter((t) => !t.endsWith('$rejected'))).toEqual(['raw.api_events'])
  }
  expect(existsSync(scratch)).toBe(false)

  const resumed = await securecart(args, { cwd: at.folder })
  expect(resumed.code).toBe(0)
  const again = JSON.parse(resumed.stdout) as typeof report
  expect(again.tables.find((t) => t.table === 'raw.api_events')?.outcome).toBe('unchanged')
  const differences = await compareExpected(lake, path.join(data, 'expected'))
  expect(differences.filter((d) => d.rows === 0 || d.unexpected + d.missing > 0)).toEqual([])
})

test('Ctrl-C ends a generation; no file is visible that is not whole', async () => {
  const out = path.join(at.folder, 'stopped')
  const args = ['generate', 'shop', '--orders', '400000', '--out', 'stopped']
  const begun = (): boolean =>
    existsSync(out) && readdirSync(out, { recursive: true }).some((f) => String(f).endsWith('.csv'))
  const { code, stderr } = await securecart(args, { cwd: at.folder, interruptWhen: begun })
  expect(code).toBe(1)
  expect(stderr).toContain('cancelled')
  expect(existsSync(path.join(out, 'expected', 'rejects.csv'))).toBe(false)
  expect(readdirSync(out, { recursive: true }).filter((f) => String(f).endsWith('.partial'))).toEqual([])
})

test('Ctrl-C ends a conversion and leaves nothing', async () => {
  const args = ['convert', 'data/raw/clickstream', 'clicks.parquet']
  const folder = at.folder
  const scratch = path.join(folder, '.securecart-scratch')
  const begun = (): boolean =>
    existsSync(scratch) && readdirSync(scratch, { recursive: true }).some((f) => String(f).includes('draft-'))
  const { code } = await securecart(args, { cwd: folder, interruptWhen: begun })
  expect(code).toBe(1)
  expect(readdirSync(folder).filter((f) => f.startsWith('.') || f.includes('clicks.parquet'))).toEqual([])
})

test('deliveries made part by part are the files of one generation', async () => {
  for (const part of ['1/2', '2/2']) {
    const args = ['generate', 'shop', '--orders', '200', '--part', part, '--out', 'parts']
    expect((await securecart(args, { cwd: at.folder })).code).toBe(0)
  }
  expect(
    (await securecart(['generate', 'shop', '--orders', '200', '--out', 'whole'], { cwd: at.folder })).code,
  ).toBe(0)
  const listed = (folder: string): string[] =>
    readdirSync(path.join(at.folder, folder), { recursive: true }).map(String).toSorted()
  expect(listed('parts')).toEqual(listed('whole'))
  expect(listed('parts').length).toBeGreaterThan(50)
})
