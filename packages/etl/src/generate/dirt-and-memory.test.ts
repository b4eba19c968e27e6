import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateDimensions, generateOrdersCsv } from './generate-bench.ts'
import { generateShop } from './generate-shop.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dirt-'))
  await generateShop({ folder, orders: 3000, seed: 5 })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function lines(glob: string): string[] {
  const paths = globSync(glob, { cwd: join(folder, 'raw') }).toSorted()
  return paths.flatMap((path) =>
    readFileSync(join(folder, 'raw', path), 'utf8')
      .split('\n')
      .slice(0, -1),
  )
}

const share = (all: readonly string[], pattern: RegExp): number =>
  all.filter((line) => pattern.test(line)).length / all.length

describe('the dirt of the raw files', () => {
  test.each([
    ['orders/*.csv', /,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,/, 0.2],
    ['orders/*.csv', /,\d\d\/\d\d\/\d{4} \d\d:\d\d,/, 0.05],
    ['orders/*.csv', /,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,/, 0.1],
    ['orders/*.csv', /,[A-Z][a-z]{2} \d\d? 2024 \d\d:\d\d:\d\d,/, 0.05],
    ['orders/*.csv', /T\d\d:\d\d:\d\d\+02:00,/, 0.05],
    ['orders/*.csv', /\d\d:\d\d:\d\d\.\d{3},/, 0.1],
    ['orders/*.csv', /,(eu|us|uk|apac|latam|mea| EU | US ),/, 0.02],
    ['orders/*.csv', /,cancelled,/, 0.04],
    ['orders/*.csv', /,(JPY|AUD|BRL|GBP),/, 0.15],
    ['orders/*.csv', /,\$\d/, 0.03],
    ['items/*.csv', /,"\d+,\d{3}\.\d\d"$/, 0.005],
    ['items/*.csv', /, \d+(\.\d+)? $/, 0.05],
    ['items/*.csv', /,\$\d/, 0.03],
    ['clickstream/*.ndjson', /[^}]$/, 0.0001],
  ])('%s holds %s', (glob, pattern, atLeast) => {
    const all = lines(glob)
    expect(all.length).toBeGreaterThan(1000)
    const found = share(all, pattern)
    expect(found).toBeGreaterThan(atLeast)
    expect(found).toBeLessThan(0.9)
  })

  test('orders come again with another status, and as exact repetitions', () => {
    const byId = Map.groupBy(lines('orders/*.csv'), (line) => line.split(',')[0])
    const again = [...byId.values()].filter((group) => group.length > 1)
    const statuses = (group: readonly string[]): number =>
      new Set(group.map((line) => line.split(',')[3])).size
    expect(again.filter((group) => statuses(group) > 1).length).toBeGreaterThan(100)
    expect(again.filter((group) => statuses(group) < group.length).length).toBeGreaterThan(10)
  })

  test('the busiest hundredth of the customers makes more than a tenth of the orders', () => {
    const counts = new Map<string, number>()
    const all = lines('orders/*.csv')
    for (const line of all)
      counts.set(line.split(',')[1] ?? '', (counts.get(line.split(',')[1] ?? '') ?? 0) + 1)
    const busiest = [...counts.values()].toSorted((a, b) => b - a).slice(0, 8)
    expect(busiest.reduce((sum, count) => sum + count, 0) / all.length).toBeGreaterThan(0.1)
  })
})

describe('memory', () => {
  test('60,000 orders pass through a heap of 40 MB, and as many records as expected are written', async () => {
    const program = new URL('generate-shop.ts', import.meta.url).href
    const options = JSON.stringify({ folder: join(folder, 'large'), orders: 60_000, seed: 3 })
    const script = `const { generateShop } = await import('${program}')
      const { files } = await generateShop(${options})
      console.log(JSON.stringify(Object.entries(Object.groupBy(files, (f) => f.source)).map(
        ([source, own]) => [source, own.reduce((sum, f) => sum + f.records, 0)])))`
    const flags = [
      '--max-old-space-size=40',
      '--max-semi-space-size=4',
      '--input-type=module',
      '--eval',
      script,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, flags)
    const written = (JSON.parse(stdout) as [string, number][]).map(
      ([source, records]) => `${source},${records}`,
    )
    const sources = readFileSync(join(folder, 'large/expected/sources.csv'), 'utf8').split('\n').slice(1, -1)
    expect(written.toSorted()).toEqual(sources.map((row) => row.split(',').slice(0, 2).join(',')).toSorted())
  }, 60_000)
})

describe('generateOrdersCsv', () => {
  test('writes the same eleven columns of about a hundred bytes for the same seed', async () => {
    const path = join(folder, 'bench/orders.csv')
    await generateOrdersCsv({ path, rows: 20_000, seed: 7 })
    const text = readFileSync(path, 'utf8')
    await generateOrdersCsv({ path, rows: 20_000, seed: 7 })
    expect(readFileSync(path, 'utf8')).toBe(text)
    const rows = text.split('\n').slice(1, -1)
    expect(rows.length).toBe(20_000)
    expect(rows[0]?.split(',').length).toBe(11)
    expect(text.length / rows.length).toBeGreaterThan(90)
    const repeated = rows.length - new Set(rows.map((row) => row.split(',')[0])).size
    expect(repeated / rows.length).toBeGreaterThan(0.02)
    expect(share(rows, /,\d\d\/\d\d\/\d{4} \d\d:\d\d,/)).toBeGreaterThan(0.2)
    expect(share(rows, /,"1,\d{3}\.\d\d",/)).toBeGreaterThan(0.005)
    await expect(generateOrdersCsv({ path, rows: 0, seed: 7 })).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })

  test('makes every customer and product that orders mention', async () => {
    await generateDimensions({ folder: join(folder, 'bench'), seed: 7 })
    const rows = (file: string): number =>
      readFileSync(join(folder, 'bench', file), 'utf8').split('\n').length - 2
    expect(rows('customers.csv')).toBe(200_000)
    expect(rows('products.csv')).toBe(10_000)
  })
})
