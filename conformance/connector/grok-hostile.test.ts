import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { text } from '../../packages/etl/src/connector/column.ts'
import { grok } from '../../packages/etl/src/connector/grok.ts'
import { openGrok } from '../../packages/etl/src/engine/duckdb/read/grok.ts'
import { readSource } from './read-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grok-hostile-'))
})
afterAll(() => rm(folder, { recursive: true }))

const bytes = 2 ** 18
const filled = (unit: string): string => unit.repeat(Math.ceil(bytes / unit.length)).slice(0, bytes)

/** Patterns on which engines that backtrack take time exponential or of a high power in the line, and such lines. */
const hostile: readonly (readonly [pattern: string, line: string])[] = [
  ['(?<x>(a+)+)!', filled('a')],
  ['(?<x>(?:a|aa)+)!', filled('a')],
  ['(?<x>(?:a*)*b)!', filled('a')],
  [String.raw`(?<x>(?:\w+\s?)*)!`, filled('word ')],
  ['(?<x>(?:.*a){12})!', filled('ab')],
  ['%{DATA:x} %{DATA} %{DATA} %{DATA} %{DATA}!', filled('a ')],
  ['(?:%{GREEDYDATA:x}")*!', filled('"')],
  ['%{QS:x} %{QS}!', filled(String.raw`"\\`)],
  ['%{EMAILADDRESS:x}!', filled('a.a-a@')],
  ['%{URI:x}!', `http://${filled('a:')}`],
  ['%{UNIXPATH:x}!', filled('/a')],
  ['%{HOSTNAME:x}!', filled('a.')],
  ['%{IPORHOST:x} %{COMBINEDAPACHELOG}', filled('1.1.1.1 ')],
  ['%{COMBINEDAPACHELOG}(?<x>!)', filled('"a" ')],
]

const milliseconds = async (pattern: string, lines: readonly string[]): Promise<number> => {
  const file = path.join(folder, 'hostile.log')
  await writeFile(file, lines.join('\n'))
  const started = performance.now()
  const seen = await readSource(grok(file, { pattern, columns: { x: text() } }), [file], openGrok, 0)
  expect(seen.total + seen.rejects.length).toBe(lines.length)
  return performance.now() - started
}

test.each(hostile)('%s takes no more time for a hostile line than for short ones', async (pattern, line) => {
  const short = Array.from({ length: 4096 }, (_, i) => line.slice(i * 64, (i + 1) * 64))
  const control = await milliseconds(pattern, short)
  const taken = await milliseconds(pattern, [line])
  expect(taken, `${taken} ms, control ${control} ms`).toBeLessThan(5 * control + 1000)
})

test('the same pattern and line take a backtracking engine exponentially longer with every character', () => {
  const regex = /^(?:(?:a+)+)!$/
  const cost = (length: number): number => {
    const started = performance.now()
    regex.test('a'.repeat(length))
    return performance.now() - started
  }
  cost(16)
  expect(cost(25)).toBeGreaterThan(4 * cost(20))
})

test('a pattern too large for the engine is refused, not run', async () => {
  const file = path.join(folder, 'large.log')
  await writeFile(file, 'a\n')
  const source = grok(file, { pattern: '(?<x>(?:a{1,1000}){1,1000})', columns: { x: text() } })
  await expect(readSource(source, [file], openGrok)).rejects.toMatchObject({ code: 'config.invalid' })
})
