import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { openCsv } from '../../packages/etl/src/engine/duckdb/read/csv.ts'
import { type CsvCase, twoTexts } from './csv-case.ts'
import { csvCases } from './csv-cases.ts'
import { readSource } from './read-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'csv-cases-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((r) => JSON.stringify(r)).toSorted()

async function judge(item: CsvCase, file: string): Promise<void> {
  const { columns = twoTexts, dialect, outcome } = item
  const source = csv('input.csv', { columns, ...(dialect ? { dialect } : {}) })
  const reading = readSource(source, [file], openCsv)
  if ('refused' in outcome) {
    await expect(reading).rejects.toMatchObject({
      code: outcome.refused,
      message: expect.stringMatching(outcome.message),
    })
    return
  }
  const seen = await reading
  const wanted = outcome.rejects ?? []
  expect(seen.rejects.map((r) => [r.line, r.rule])).toEqual(wanted.map((r) => [r.line, r.rule]))
  for (const [i, want] of wanted.entries()) {
    const got = seen.rejects[i]
    expect(got?.reason).toMatch(want.reason)
    expect(got?.source).toBe(file)
    if (want.offset !== undefined) expect(got?.offset).toBe(want.offset)
    if (typeof want.original === 'string') expect(got?.original).toBe(want.original)
    else if (want.original !== undefined) expect(got?.original).toMatch(want.original)
  }
  expect(seen.columns).toEqual(Object.keys(columns))
  // Compared as texts, so that a difference in a field of megabytes is not printed in full.
  expect(sorted(seen.rows).map((r) => r.slice(0, 200))).toEqual(
    sorted(outcome.rows).map((r) => r.slice(0, 200)),
  )
  expect(sorted(seen.rows).join('\n') === sorted(outcome.rows).join('\n')).toBe(true)
}

test.each(csvCases.map((item, index) => ({ item, index, name: item.name })))(
  '$name',
  async ({ item, index }) => {
    const file = path.join(folder, `case-${index}.csv`)
    await writeFile(file, typeof item.bytes === 'function' ? item.bytes() : item.bytes)
    await judge(item, file)
  },
)

test('all cases have a name of their own', () => {
  expect(new Set(csvCases.map((c) => c.name)).size).toBe(csvCases.length)
  expect(csvCases.length).toBeGreaterThan(80)
})
