import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, securecart, type Workplace } from './securecart.ts'

let at: Workplace

async function out(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await securecart(args, { cwd: at.folder })
  expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
  return stdout
}

beforeAll(async () => {
  at = await openProject()
})

afterAll(() => at[Symbol.asyncDispose]())

test('plan tells why before the first run, after it, and after a new file', async () => {
  expect(await out('plan')).toMatch(/^raw\.orders +full +1 file .* new table/m)
  await out('run')
  expect(await out('plan')).toMatch(/^raw\.orders +none .* nothing new/m)
  const file = path.join(at.folder, 'data', 'orders', '2024-02.csv')
  await writeFile(file, 'order_id,region,amount,updated_at\n9,UK,7.00,2024-02-01 00:00:00\n')
  const plan = await out('plan')
  expect(plan).toMatch(/^raw\.orders +append +1 file .* 1 new file/m)
  expect(plan).toMatch(/^sales\.orders +merge .* after raw\.orders/m)
  expect(plan).toMatch(/^mart\.revenue_by_region +full .* after sales\.orders/m)
})

interface History {
  readonly snapshots: readonly { readonly snapshot: string; readonly at: string; readonly rows: number }[]
}

test('query --as-of looks back by snapshot, time and branch; maintain keeps the rows', async () => {
  await out('run')
  const { snapshots } = JSON.parse(await out('history', 'sales.orders', '--json')) as History
  expect(snapshots.map((s) => s.rows)).toEqual([3, 2])
  const [newest, oldest] = snapshots
  const count = async (...asOf: string[]): Promise<unknown> =>
    JSON.parse(await out('query', 'select count(*) as n from sales.orders', '--json', ...asOf))
  expect(await count()).toEqual([{ n: '3' }])
  expect(await count('--as-of', oldest?.snapshot ?? '')).toEqual([{ n: '2' }])
  expect(await count('--as-of', oldest?.at ?? '')).toEqual([{ n: '2' }])
  expect(await count('--as-of', newest?.at ?? '')).toEqual([{ n: '3' }])
  expect(await count('--as-of', 'main')).toEqual([{ n: '3' }])
  await out('maintain', '--older-than', '0s', '--keep', '1', '--orphans-older-than', '0s')
  expect(await count()).toEqual([{ n: '3' }])
  const after = JSON.parse(await out('history', 'sales.orders', '--json')) as History
  expect(after.snapshots).toHaveLength(1)
  expect(
    (JSON.parse(await out('run', '--json')) as { tables: { outcome: string }[] }).tables.map(
      (t) => t.outcome,
    ),
  ).toEqual(['unchanged', 'unchanged', 'unchanged'])
})

test('show and query print rejects under their name', async () => {
  const shown = await out('show', 'raw.orders$rejected')
  expect(shown).toContain('3,EU,not a number,2024-01-03 11:00:00')
  const rows = await out('query', 'select line, original from raw."orders$rejected"', '--json')
  expect(JSON.parse(rows)).toEqual([{ line: '5', original: '3,EU,not a number,2024-01-03 11:00:00' }])
})
