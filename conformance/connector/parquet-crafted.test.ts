import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Columns, decimal, int64, text } from '../../packages/etl/src/connector/column.ts'
import {
  binary,
  type CraftedColumn,
  type CraftedPage,
  craftParquet,
  i32,
  i64,
  leaf,
  struct,
  structs,
  varint,
  withFooter,
} from './craft-parquet.ts'
import { type ChildJob, type ChildReading, readInChild } from './read-in-child.ts'

const numbers = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(8 * values.length)
  for (const [i, value] of values.entries()) out.writeBigInt64LE(BigInt(value), 8 * i)
  return out
}
const plainText = (value: Buffer | string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(value.length)
  return Buffer.concat([length, Buffer.from(value)])
}
/** Dictionary indexes: one run of equal ones. */
const run = (times: number, index: number, bits = 1): Buffer =>
  Buffer.concat([Buffer.from([bits]), varint(times * 2), Buffer.from([index])])

const page = (values: number, body: Buffer, more: Partial<CraftedPage> = {}): CraftedPage => ({
  kind: 'data',
  values,
  body,
  ...more,
})
const integers = (pages: readonly CraftedPage[], more: Partial<CraftedColumn> = {}): CraftedColumn => ({
  name: 'a',
  type: 2,
  element: leaf('a', 2),
  pages,
  ...more,
})
const strings = (pages: readonly CraftedPage[], codec: 0 | 6 = 0): CraftedColumn => ({
  name: 'a',
  type: 6,
  element: leaf('a', 6, [6, i32(0)]),
  codec,
  pages,
})
const dictionary = (values: number, ...entries: readonly (Buffer | string)[]): CraftedPage => ({
  kind: 'dictionary',
  values,
  body: Buffer.concat(entries.map(plainText)),
})
const decimals = (precision: number, scale: number): Buffer =>
  craftParquet(3, [
    integers([page(3, numbers(1, 2, 3))], {
      element: leaf('a', 2, [6, i32(5)], [7, i32(scale)], [8, i32(precision)]),
    }),
  ])
/** A file without rows whose one column is nested in groups. */
const nested = (levels: number): Buffer => {
  const groups = Array.from({ length: levels }, () => struct([3, i32(1)], [4, binary('g')], [5, i32(1)]))
  return schemaOnly([struct([4, binary('schema')], [5, i32(1)]), ...groups, struct(...leaf('a', 2))])
}
const schemaOnly = (elements: Parameters<typeof structs>[0]): Buffer =>
  withFooter(Buffer.from('PAR1'), struct([1, i32(1)], [2, structs(elements)], [3, i64(0)], [4, structs([])]))
const root = (children: number): ReturnType<typeof struct> =>
  struct([4, binary('schema')], [5, i32(children)])

type Outcome = { readonly rows: number } | { readonly refused: string; readonly message: RegExp }
const corrupt = (message: RegExp): Outcome => ({ refused: 'source.corrupt', message })
const tooLarge: Outcome = { refused: 'source.too-large', message: /unpacks to more than/ }

const a64: Columns = { a: int64() }
const aText: Columns = { a: text() }
const three = numbers(1, 2, 3)

/** Files that no writer makes: what they say of themselves, and what must come of them. */
const cases: readonly (readonly [name: string, bytes: () => Buffer, columns: Columns, outcome: Outcome])[] = [
  ['a sound file', () => craftParquet(3, [integers([page(3, three)])]), a64, { rows: 3 }],
  [
    'a sound dictionary',
    () => craftParquet(3, [strings([dictionary(1, 'x'), page(3, run(3, 0), { encoding: 8 })], 6)]),
    aText,
    { rows: 3 },
  ],
  [
    'page bomb: 32 KB of zstd hold 1 GiB of zeros',
    () => craftParquet(2 ** 27, [integers([page(2 ** 27, Buffer.alloc(2 ** 30))], { codec: 6 })]),
    a64,
    tooLarge,
  ],
  [
    'page bombs below the limit of a page, 12 GiB in all',
    () => {
      const zeros = page(2 ** 23 - 1, Buffer.alloc(2 ** 26 - 8))
      return craftParquet(192 * (2 ** 23 - 1), [integers(Array(192).fill(zeros), { codec: 6 })])
    },
    a64,
    tooLarge,
  ],
  [
    'a page that claims 2 GiB',
    () => craftParquet(3, [integers([page(3, three, { claimedBytes: 2 ** 31 - 1 })], { codec: 6 })]),
    a64,
    tooLarge,
  ],
  [
    'a page that claims less than it unpacks to',
    () => craftParquet(3, [integers([page(3, Buffer.alloc(2 ** 28), { claimedBytes: 24 })], { codec: 6 })]),
    a64,
    { refused: 'engine.failed', message: /ZSTD Decompression failure/ },
  ],
  [
    'a page of negative size',
    () => craftParquet(3, [integers([page(3, three, { claimedBytes: -5 })])]),
    a64,
    corrupt(/negative size/),
  ],
  [
    'a page with fewer values than rows',
    () => craftParquet(30, [integers([page(3, three)])]),
    a64,
    corrupt(/page header is damaged or missing/),
  ],
  [
    'a page with more values than rows',
    () => craftParquet(3, [integers([page(2 ** 31 - 1, three)])]),
    a64,
    corrupt(/hold 2147483647 values, the footer counts 3/),
  ],
  [
    'a page with a negative count',
    () => craftParquet(3, [integers([page(-3, three)])]),
    a64,
    corrupt(/negative/),
  ],
  [
    'a row count that no file holds',
    () => craftParquet(1e12, [integers([page(3, three)])]),
    a64,
    corrupt(/page header is damaged or missing/),
  ],
  [
    'dictionary bomb: 2 billion entries in 5 bytes',
    () => craftParquet(3, [strings([dictionary(2 ** 31 - 1, 'x'), page(3, run(3, 0), { encoding: 8 })])]),
    aText,
    corrupt(/a dictionary of 5 bytes claims 2147483647 entries/),
  ],
  [
    'dictionary bomb: an entry of 7 MiB a million times in 400 bytes',
    () =>
      craftParquet(1e6, [
        strings([dictionary(1, Buffer.alloc(7 * 2 ** 20, 'x')), page(1e6, run(1e6, 0), { encoding: 8 })], 6),
      ]),
    aText,
    tooLarge,
  ],
  [
    'an index beyond the dictionary',
    () => craftParquet(3, [strings([dictionary(1, 'x'), page(3, run(3, 200, 8), { encoding: 8 })])]),
    aText,
    { refused: 'engine.failed', message: /dictionary offset out of range/ },
  ],
  [
    'indexes without a dictionary',
    () => craftParquet(3, [strings([page(3, run(3, 0), { encoding: 8 })])]),
    aText,
    { refused: 'engine.failed', message: /missing dictionary/ },
  ],
  [
    'a text longer than its page',
    () => craftParquet(1, [strings([page(1, Buffer.from([255, 255, 255, 127, 65]))])]),
    aText,
    { refused: 'engine.failed', message: /Out of buffer/ },
  ],
  [
    'a text that is no UTF-8',
    () => craftParquet(1, [strings([page(1, plainText(Buffer.from([0xff, 0xfe])))])]),
    aText,
    { refused: 'engine.failed', message: /is not valid UTF8/ },
  ],
  ['decimals of negative scale', () => decimals(10, -2), a64, corrupt(/decimal\(10, -2\), which is none/)],
  ['decimals of more scale than precision', () => decimals(10, 12), a64, corrupt(/which is none/)],
  ['decimals without precision', () => decimals(0, 0), a64, corrupt(/which is none/)],
  [
    'decimals of 100 digits, which the engine would take for doubles',
    () => decimals(100, 2),
    { a: decimal(38, 2) },
    corrupt(/more than 38 digits/),
  ],
  ['decimals of 18 digits in 64 bits', () => decimals(18, 2), { a: decimal(18, 2) }, { rows: 3 }],
  [
    'one column twice',
    () => craftParquet(3, [integers([page(3, three)]), integers([page(3, three)])]),
    a64,
    corrupt(/the column "a" twice/),
  ],
  ['300 levels of groups', () => nested(300), a64, corrupt(/nest deeper than 200 levels/)],
  ['100,000 levels of groups', () => nested(100_000), a64, corrupt(/nest deeper than 200 levels/)],
  ['a million levels of groups', () => nested(1_000_000), a64, corrupt(/footer is damaged/)],
  [
    'a group of a negative number of columns',
    () => schemaOnly([root(-1), struct(...leaf('a', 2))]),
    a64,
    corrupt(/schema is damaged/),
  ],
  [
    'a group of more columns than there are',
    () => schemaOnly([root(3), struct(...leaf('a', 2)), struct(...leaf('b', 2))]),
    a64,
    corrupt(/schema lacks elements/),
  ],
  [
    'columns outside of the root',
    () => schemaOnly([root(1), struct(...leaf('a', 2)), struct(...leaf('b', 2))]),
    a64,
    corrupt(/outside of its tree/),
  ],
  [
    'footer bomb: 40 million empty elements',
    () => {
      const list = Buffer.concat([Buffer.from([0x19, 0xfc]), varint(4e7), Buffer.alloc(4e7 + 1)])
      const length = Buffer.alloc(4)
      length.writeUInt32LE(list.length)
      return Buffer.concat([Buffer.from('PAR1'), list, length, Buffer.from('PAR1')])
    },
    a64,
    corrupt(/more than 4000000 values/),
  ],
]

let folder = ''
let readings: readonly ChildReading[] = []
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parquet-crafted-'))
  const jobs: ChildJob[] = []
  for (const [index, [, bytes, columns]] of cases.entries()) {
    const file = path.join(folder, `${index}.parquet`)
    await writeFile(file, bytes())
    jobs.push({ connector: 'parquet', file, columns })
  }
  readings = await readInChild(jobs)
}, 180_000)
afterAll(() => rm(folder, { recursive: true }))

describe('Parquet files that no writer makes', () => {
  test.each(cases.map(([name, , , outcome], index) => ({ name, index, outcome })))(
    '$name',
    ({ index, outcome }) => {
      const seen = readings[index]
      if ('refused' in outcome) {
        expect(seen?.refused).toMatchObject({
          code: outcome.refused,
          message: expect.stringMatching(outcome.message),
        })
      } else expect(seen).toMatchObject({ rows: outcome.rows, rejects: [] })
    },
  )

  test('take little memory, whatever they claim', () => {
    expect(readings).toHaveLength(cases.length)
    expect(Math.max(...readings.map((r) => r.peakMiB))).toBeLessThan(500)
  })
})
