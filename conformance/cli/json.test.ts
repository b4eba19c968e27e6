import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, openProject, securecart, type Workplace } from './securecart.ts'

let at: Workplace
let run: Ended

beforeAll(async () => {
  at = await openProject()
  run = await securecart(['run', '--json'], { cwd: at.folder })
})

afterAll(() => at[Symbol.asyncDispose]())

async function document(...args: string[]): Promise<unknown> {
  const { code, stdout } = await securecart([...args, '--json'], { cwd: at.folder })
  expect(code).toBe(0)
  // One document and nothing else: what follows it would not parse.
  return JSON.parse(stdout)
}

describe('--json prints one document on stdout', () => {
  test.each([
    ['check', { tables: ['raw.orders', 'sales.orders', 'mart.revenue_by_region'], diagnostics: [] }],
    ['plan', { tables: [{ table: 'raw.orders', action: 'none', reasons: ['nothing new'] }, {}, {}] }],
    ['tables', { tables: [{ table: 'mart.revenue_by_region', rows: 2 }, {}, {}] }],
    ['show sales.orders', { table: 'sales.orders', partition: [{ name: 'region' }] }],
    ['history sales.orders', { table: 'sales.orders', snapshots: [{ action: 'full', rows: 2 }] }],
    ['infer data/orders/2024-01.csv', { connector: 'csv' }],
    ['maintain', { tables: [{ compactedFiles: 0 }, {}, {}, {}] }],
    ['convert data/orders/2024-01.csv out.csv', { rows: 4, files: 1, inputFiles: 1 }],
    ['generate shop --orders 20 --out made', { orders: 20, seed: '1' }],
    ['init other', { written: expect.arrayContaining(['securecart.config.ts']) as string[] }],
  ])('%s', async (line, expected) => {
    expect(await document(...line.split(' '))).toMatchObject(expected)
  })

  test('run, with its progress on stderr', () => {
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({
      outcome: 'done',
      tables: [{ outcome: 'published', counts: { read: 4, written: 3, rejected: 1 } }, {}, {}],
    })
    expect(run.stderr).toContain('1/3 ✓ raw.orders')
  })

  test('no command prints its document when --quiet silences progress', async () => {
    const { stdout, stderr } = await securecart(['run', '--quiet', '--json'], { cwd: at.folder })
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'done' })
    expect(stderr).toBe('')
  })
})

test('a query gives rows as objects, and nothing is rounded or turned into null', async () => {
  const sql = `select 7::int as small, 9007199254740993::bigint as wide, 18446744073709551615::ubigint as widest,
    12.340::decimal(18,3) as price, 99999999999999999999999999999999999.999::decimal(38,3) as exact,
    0.1::double as float, 'NaN'::double as nan, '-infinity'::double as low, null::int as nothing, true as yes,
    timestamp '2024-02-29 01:02:03.000004' as at, date '2024-02-29' as day, 'a "b" \u00e9' as words,
    [1::bigint, 9007199254740993] as list, {a: 1::int, b: 1.50::decimal(3,2)} as struct, 1 as "__proto__"`
  const { stdout } = await securecart(['query', sql, '--json'], { cwd: at.folder })
  expect(JSON.parse(stdout)).toEqual([
    JSON.parse(`{"small": 7, "wide": "9007199254740993", "widest": "18446744073709551615", "price": "12.340",
      "exact": "99999999999999999999999999999999999.999", "float": 0.1, "nan": "NaN", "low": "-Infinity",
      "nothing": null, "yes": true, "at": "2024-02-29T01:02:03.000004", "day": "2024-02-29", "words": "a \\"b\\" é",
      "list": ["1", "9007199254740993"], "struct": {"a": 1, "b": "1.50"}, "__proto__": 1}`),
  ])
})

test('a query reads its SQL from a file or standard input, and a limit cuts it', async () => {
  const sql = 'select range as n from range(1000)'
  const call = { cwd: at.folder, input: sql }
  expect(JSON.parse((await securecart(['query', '--json'], call)).stdout)).toHaveLength(1000)
  expect(JSON.parse((await securecart(['query', '--json', '--limit', '3'], call)).stdout)).toHaveLength(3)
  const shown = await securecart(['query'], call)
  expect(shown.stdout.trimEnd().split('\n')).toHaveLength(101)
  expect(shown.stderr).toContain('first 100 rows; --limit shows more')
})
