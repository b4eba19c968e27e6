import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isReservedName } from './reserved-name.ts'

const sources = path.join(import.meta.dirname, '..')
/** What only looks like a name of a statement. */
const others = new Set(['__proto__', '__with', '__globPaths__', '__duckdb_field_id'])

test('every name of the statements is reserved', () => {
  const found = new Set<string>()
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.includes('reserved-name')) continue
    const source = readFileSync(path.join(sources, file), 'utf8')
    // A number that is put in by the code stands for any.
    for (const [name] of source.matchAll(/__[a-z][A-Za-z0-9_]*(?:\$\{)?/g)) found.add(name.replace('${', '0'))
  }
  expect(found.size).toBeGreaterThan(20)
  expect([...found].filter((name) => !others.has(name) && !isReservedName(name))).toEqual([])
})

test.each(['__row', '__ROW', '__h0_1', '__key3', '__key_3', '__s_12', '__column_a'])(
  '%s is reserved',
  (name) => {
    expect(isReservedName(name)).toBe(true)
  },
)

test.each([
  'row',
  '_row',
  '__v',
  '__typename',
  '__deleted',
  '__op',
  '__rows_read',
  '__hash',
  '__keyword',
  '__proto__',
])('%s is free', (name) => {
  expect(isReservedName(name)).toBe(false)
})
