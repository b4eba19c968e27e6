import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decimal, int64, text, timestamp } from '../../packages/etl/src/connector/column.ts'
import { grok } from '../../packages/etl/src/connector/grok.ts'
import { openGrok } from '../../packages/etl/src/engine/duckdb/read/grok.ts'
import { readSource } from './read-source.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${seed} (SEED=${seed} repeats it)`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grok-property-'))
})
afterAll(() => rm(folder, { recursive: true }))

const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019_'), minLength: 1, maxLength: 8 })
const inQuotes = fc.string({ unit: fc.constantFrom(...'ab 0-[]|:/é😀'), minLength: 1, maxLength: 20 })
const rest = fc.string({ unit: fc.constantFrom(...'ab 0-[]|:"é😀'), minLength: 1, maxLength: 30 })

/** A record, and how it is written. */
const record = fc.record({
  host: fc.ipV4(),
  at: fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
  level: fc.constantFrom('ERROR', 'info', 'Warn'),
  user: fc.option(word),
  amount: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
  size: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  quoted: inQuotes.filter((t) => t !== '-'),
  rest,
})
type Entry = typeof record extends fc.Arbitrary<infer T> ? T : never

const pattern = String.raw`%{IP:host} \[%{TIMESTAMP_ISO8601:at}\] %{LOGLEVEL:level} (?:-|%{WORD:user}) %{NUMBER:amount};(?:-|%{INT:size}) "(?:-|%{DATA:quoted})" %{GREEDYDATA:rest}`

const printed = (e: Entry): string =>
  `${e.host} [${e.at.toISOString()}] ${e.level} ${e.user ?? '-'} ${(e.amount / 100).toFixed(2)};${e.size ?? '-'} "${e.quoted}" ${e.rest}`

const expected = (e: Entry): readonly unknown[] => [
  e.host,
  e.at
    .toISOString()
    .replace('T', ' ')
    .replace(/(?:\.000)?Z$/, '')
    .replace(/0+$/, (zeros, at, all: string) => (all.includes('.') ? '' : zeros)),
  e.level,
  e.user,
  (e.amount / 100).toFixed(2),
  e.size === null ? null : String(e.size),
  e.quoted,
  e.rest,
]

const columns = {
  host: text({ required: true }),
  at: timestamp({ required: true, format: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX" }),
  level: text({ required: true }),
  user: text(),
  amount: decimal(18, 2),
  size: int64(),
  quoted: text(),
  rest: text(),
}

/** Lines of which none is a record. */
const junk = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab 0-[]|:"é😀\t'), maxLength: 40 }).map((t) => Buffer.from(t)),
  fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((b) => Buffer.from(b.map((c) => (c === 10 || c === 13 ? 255 : c)))),
)

test('records that were printed by a pattern are read back, and what was not is a reject in its place', async () => {
  let good = 0
  let bad = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ arbitrary: record, weight: 3 }, { arbitrary: junk, weight: 1 }), {
        minLength: 1,
        maxLength: 120,
        size: 'max',
      }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.boolean(),
      async (entries, end, isLast, isPacked) => {
        const lines = entries.map((e) => (Buffer.isBuffer(e) ? e : Buffer.from(printed(e))))
        const whole = Buffer.concat(lines.flatMap((l, i) => (i === 0 ? [l] : [Buffer.from(end), l])))
        const content = isLast ? Buffer.concat([whole, Buffer.from(end)]) : whole
        const file = path.join(folder, 'property.log')
        await writeFile(file, isPacked ? gzipSync(content) : content)
        const seen = await readSource(grok(file, { pattern, columns }), [file], openGrok)
        const rows = entries.flatMap((e) => (Buffer.isBuffer(e) ? [] : [expected(e)]))
        expect(seen.rows).toEqual(rows)
        // An empty last line without a line end is none.
        const count = lines.at(-1)?.length === 0 && !isLast ? lines.length - 1 : lines.length
        expect(seen.total + seen.rejects.length).toBe(count)
        const starts = lines.map((_, i) => lines.slice(0, i).reduce((n, l) => n + l.length + end.length, 0))
        const places = entries.flatMap((e, i) =>
          Buffer.isBuffer(e) && i < count ? [[i + 1, starts[i]]] : [],
        )
        expect(seen.rejects.map((r) => [r.line, r.offset])).toEqual(places)
        good += rows.length
        bad += places.length
      },
    ),
    { seed, numRuns: 40 },
  )
  console.log(`${good} records, ${bad} rejects`)
  expect(Math.min(good, bad)).toBeGreaterThan(200)
})

test('more rejects than memory is kept for are found again by judging every record', async () => {
  const entry = '2024-01-01 00:00:00 INFO a\n  b\n'
  const lines = Array.from(
    { length: 60_000 },
    (_, i) => `2024-01-01 bad ${i}\n  more\n${i % 100 === 0 ? entry : ''}`,
  )
  const file = path.join(folder, 'many.log')
  await writeFile(file, lines.join(''))
  const declared = {
    pattern: '%{TIMESTAMP_ISO8601} %{LOGLEVEL:level} %{GREEDYDATA:m}',
    columns: { level: text(), m: text() },
  }
  const joined = await readSource(grok(file, { ...declared, multiline: { start: '^2' } }), [file], openGrok)
  expect([joined.total, joined.rejects.length]).toEqual([600, 60_000])
  expect(joined.rejects[60_000 - 1]).toMatchObject({
    line: 120_000 + 1200 - 1,
    original: '2024-01-01 bad 59999\n  more',
  })
  const single = await readSource(grok(file, declared), [file], openGrok)
  expect([single.total, single.rejects.length]).toEqual([600, 120_600])
  expect(single.rejects.at(-1)).toMatchObject({ line: 120_000 + 1200, original: '  more' })
})
