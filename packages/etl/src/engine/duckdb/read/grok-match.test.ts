import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quoteText } from '../../../function/dialect.ts'
import { parseLinear, printLinear } from '../../../function/regex/linear.ts'
import { matchPatterns } from './grok-match.ts'
import { splitPlan } from './grok-split.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

const numbered = (lines: readonly string[]): string =>
  `SELECT * FROM (VALUES ${lines.map((l, i) => `(${quoteText(l)}, ${i})`).join(', ')}) AS t(line, n)`

async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(`SELECT * EXCLUDE (line) FROM (${sql}) ORDER BY n`)).getRowsJson()
}

/** What one expression with all groups captures: the meaning that splitting must keep. */
function whole(regex: string, fields: readonly string[], from: string): string {
  const parsed = parseLinear(regex)
  if (typeof parsed === 'string') throw new Error(parsed)
  const text = printLinear(parsed.items, () => true)
  const names = parsed.captures.map((_, i) => `'g${i}'`).join(', ')
  const texts = fields.map((f, i) => {
    const groups = parsed.captures.flatMap((name, g) => (name === f ? [`nullif(e.g${g}, '')`] : []))
    return `CASE WHEN hit = 0 THEN coalesce(${groups.join(', ')}, NULL) END AS x${i}`
  })
  const extracted = `SELECT *, CASE WHEN regexp_full_match(line, ${quoteText(`(?s)${text}`)}) THEN 0 END AS hit, regexp_extract(line, ${quoteText(String.raw`(?s)\A(?:${text})\z`)}, [${names}]) AS e FROM (${from})`
  return `SELECT line, n, hit, ${texts.join(', ')} FROM (${extracted})`
}

/** Parts of patterns, `C` being a capture of its own, with texts that they may match. */
const parts: readonly (readonly [string, readonly string[]])[] = [
  [String.raw`(?<C>\w+)`, ['ab', 'x1']],
  ['(?<C>.*?)', ['', 'a b', 'b "x', 'x|y']],
  ['(?<C>.*)', ['', 'a b', '"c"', 'a-b: x']],
  ['(?<C>[^ ]*)', ['', 'a"b', '"c"']],
  [String.raw`(?<C>\S+)`, ['ab', '"c"', 'x|y']],
  ['(?:-|(?<C>[0-9]+))', ['-', '12']],
  ['(?:-|(?<C>.*?))', ['-', '', 'a b', '"']],
  ['(?:-|(?<C>a|ab|-))', ['-', 'a', 'ab']],
  ['(?:(?<C>a+) (?<C>b*)|(?<C>.*?))', ['aa bb', 'a ', 'x y z', '']],
  ['(?<C>a b)', ['a b']],
  [String.raw`(?<C>\w+ (?<C>\w*))`, ['a b', 'ab ']],
  [String.raw`\[(?<C>\w+:(?<C>[^\]]*) x?)\]`, ['[ab:a x]', '[a: ]']],
  [String.raw`\bx\b`, ['x']],
  ['(?:x y)?', ['', 'x y']],
  ['(?:a|(?<C>b)|"(?<C>c)")?', ['', 'a', 'b', '"c"']],
  [' +', [' ', '   ']],
  [`(?:"[^"]*"|'.*')`, ['"a b"', `'q" r'`]],
  ['(?<same>[ab]*)', ['', 'ab']],
]
const gaps = ['', ' ', ' ', '"', '" ', ' "', String.raw`\|`, ':', ', ', '-', '\t'] as const

const cases = fc
  .array(fc.tuple(fc.constantFrom(...parts), fc.constantFrom(...gaps)), { minLength: 1, maxLength: 6 })
  .chain((pairs) => {
    let n = 0
    const regex = pairs.map(([[part], gap]) => part.replaceAll('<C>', () => `<c${n++}>`) + gap).join('')
    const printed = fc
      .tuple(...pairs.map(([[, texts]]) => fc.constantFrom(...texts)))
      .map((values) => values.map((v, i) => v + (pairs[i]?.[1] ?? '').replace('\\', '')).join(''))
    const anything = fc.string({ unit: fc.constantFrom(...'ab x-"|:[],1\'\t'), maxLength: 20 })
    const lines = fc.array(fc.oneof(printed, anything), { minLength: 30, maxLength: 30 })
    return fc.record({ regex: fc.constant(regex), lines })
  })

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const numRuns = Number(process.env['RUNS'] ?? 300)

test('split records match and capture what one expression does', async () => {
  let usual = 0
  let others = 0
  await fc.assert(
    fc.asyncProperty(cases, async ({ regex, lines }) => {
      const parsed = parseLinear(regex)
      if (typeof parsed === 'string') throw new Error(parsed)
      const fields = [...new Set(parsed.captures)]
      if (fields.length === 0) return
      const ours = await rows(matchPatterns([regex], fields, 'n', numbered(lines)))
      expect(ours, regex).toEqual(await rows(whole(regex, fields, numbered(lines))))
      const matches = ours.filter((r) => r[1] !== null).length
      if (splitPlan(parsed, () => true, 'p') === undefined) others += matches
      else usual += matches
    }),
    { seed, numRuns },
  )
  console.log(`seed ${seed}: ${usual} records matched a pattern that can be split, ${others} another one`)
  expect(usual).toBeGreaterThan(500)
  expect(others).toBeGreaterThan(100)
}, 600_000)

test('which patterns are split, and how', () => {
  const planOf = (regex: string): unknown => {
    const parsed = parseLinear(regex)
    if (typeof parsed === 'string') throw new Error(parsed)
    const plan = splitPlan(parsed, () => true, 'p')
    return plan && [plan.usual, plan.extracts.length]
  }
  expect(planOf(String.raw`(?<a>\w+) (?<b>\w+) (?<c>.*)`)).toEqual(['len(pq0) >= 3', 0])
  expect(planOf(String.raw`(?<a>\w+) (?<b>.*) (?<c>.*)`)).toBeUndefined()
  expect(planOf('(?<a>.*)\\|(?<b>.*)')).toEqual(['len(pq0) = 2', 0])
  expect(planOf('(?<a>[^ ]*) "(?<b>.*)"')).toEqual(['len(pq0) = 3', 0])
  expect(planOf(String.raw`^(?<a>\w+) (?<b>\w+)`)).toBeUndefined()
  expect(planOf(String.raw`(?<a>\w+ \w+) (?<b>\w+)`)).toEqual(['len(pq0) = 3', 0])
})

test('the first pattern that matches decides, and case is ignored where the pattern says so', async () => {
  const sql = matchPatterns(
    ['(?i)(?<a>x+) (?<b>y)', '(?<b>.*)'],
    ['a', 'b'],
    'n',
    numbered(['XX Y', 'xy', 'x y']),
  )
  expect(await rows(sql)).toEqual([
    [0, 0, 'XX', 'Y'],
    [1, 1, null, 'xy'],
    [2, 0, 'x', 'y'],
  ])
})

test('a record too long to be split is matched as a whole', async () => {
  const long = 'b "'.repeat(10_000)
  const lines = [`a ${long}`, 'a b c']
  expect(
    await rows(matchPatterns([String.raw`(?<a>\w+) (?<b>.*)`], ['a', 'b'], 'n', numbered(lines))),
  ).toEqual([
    [0, 0, 'a', long],
    [1, 0, 'a', 'b c'],
  ])
})
