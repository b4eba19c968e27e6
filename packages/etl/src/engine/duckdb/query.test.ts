import { expect, test } from 'vitest'
import { openDuckdb } from './index.ts'

const count = 300_000

async function read(sql: string): Promise<number> {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  await using result = await engine.query({ sql, tables: [] })
  let rows = 0
  for await (const chunk of result.chunks) rows += chunk.rows
  return rows
}

test('a query gives all rows', async () => {
  expect(await read(`select range as n, repeat('x', 100) as pad from range(${count})`)).toBe(count)
})

test.each([
  [
    `select case when n = ${count - 1} then error('too late') else n::varchar end as a
     from (select range as n from range(${count}))`,
    'too late',
  ],
  [
    `select 1 as one, cast(case when n = ${count - 1} then 'x' else '1' end as int) as a
     from (select range as n from range(${count}))`,
    'Could not convert',
  ],
])('a query that fails at a late row fails, and says why: %#', async (sql, why) => {
  await expect(read(sql)).rejects.toMatchObject({
    code: 'engine.failed',
    message: expect.stringContaining(why) as string,
  })
})

test('a byte order mark at the beginning of a text is a character of it', async () => {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
  await using result = await engine.query({
    sql: `select chr(65279) || 'a' as short, chr(65279) || repeat('b', 20) as long, [chr(65279)] as items`,
    tables: [],
  })
  const values: unknown[] = []
  for await (const chunk of result.chunks) values.push(...chunk.columns.map((c) => c[0]))
  expect(values).toEqual(['\ufeffa', `\ufeff${'b'.repeat(20)}`, ['\ufeff']])
})
