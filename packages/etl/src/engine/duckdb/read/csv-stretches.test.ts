import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { int64, text } from '../../../connector/column.ts'
import { csv, defaultDialect } from '../../../connector/csv.ts'
import { rowsScanned } from '../profile.ts'
import { openSession } from '../session.ts'
import { openCsv } from './csv.ts'
import { emptyShape, readRecord, syntaxOf } from './csv-record.ts'
import { type Stretch, stretchesOf } from './csv-stretches.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stretches-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const syntax = syntaxOf(defaultDialect)
const sizes = { leastBytes: 2 ** 10, windowBytes: 2 ** 8 }

async function divide(bytes: Buffer): Promise<readonly Stretch[] | undefined> {
  const file = path.join(folder, 'in.csv')
  await writeFile(file, bytes)
  return stretchesOf({ path: file, start: 0, end: bytes.length }, syntax, sizes)
}

/** Bytes at which records begin, as our own reader finds them in the whole text. */
function recordStarts(bytes: Buffer): ReadonlySet<number> {
  const starts = new Set<number>()
  const shape = emptyShape()
  for (let at = 0; at < bytes.length; at = readRecord(syntax, bytes, at, bytes.length, true, shape))
    starts.add(at)
  return starts
}

const good = '1,"quoted, ""text""",plain\n'
const lines = (count: number): string => good.repeat(count)

test('what surrounds a broken quote is regular', async () => {
  const broken = '2,"a" b,c\n'
  const stretches = await divide(Buffer.from(lines(200) + broken + lines(200)))
  expect(stretches?.map((s) => s.direct)).toEqual([
    { newline: '\n', multiline: false },
    undefined,
    { newline: '\n', multiline: false },
  ])
  const [, own] = stretches ?? []
  expect(own?.start).toBeLessThanOrEqual(200 * good.length)
  expect(own?.end).toBeGreaterThanOrEqual(200 * good.length + broken.length)
  expect((own?.end ?? 0) - (own?.start ?? 0)).toBeLessThan(2 * sizes.windowBytes)
})

test('each stretch has its own line ends and its own records on several lines', async () => {
  const [first, second, third] = [
    lines(100),
    lines(100).replaceAll('\n', '\r\n'),
    lines(100) + '3,"a\nb",c\n',
  ]
  const stretches = await divide(Buffer.from(`${first}2,"x"y\n${second}2,"x"y\n${third}`))
  expect(stretches?.map((s) => s.direct).filter((d) => d !== undefined)).toEqual([
    { newline: '\n', multiline: false },
    { newline: '\r\n', multiline: false },
    { newline: '\n', multiline: true },
  ])
})

test('a quote that is never closed costs what is around it, however long the text', async () => {
  const line = '1,plain text without any quote,end\n'
  const before = line.repeat(100_000)
  const broken = '2,"never closed,end\n'
  const file = path.join(folder, 'open.csv')
  await writeFile(file, before + broken + line.repeat(600_000))
  const { size } = await stat(file)
  const usual = { leastBytes: 2 ** 20, windowBytes: 2 ** 18 }
  const stretches = await stretchesOf({ path: file, start: 0, end: size }, syntax, usual)
  const direct = { newline: '\n', multiline: false }
  const own = stretches?.[1]
  expect(stretches).toMatchObject([{ start: 0, direct }, { direct: undefined }, { end: size, direct }])
  const [start = 0, end = 0] = [own?.start, own?.end]
  expect(start).toBeLessThanOrEqual(before.length)
  expect(end).toBeGreaterThanOrEqual(before.length + broken.length)
  expect(end - start).toBeLessThan(2 * usual.windowBytes)
})

test('records of one length on two lines are told apart wherever windows end', async () => {
  const record = `1,"first\n${'.'.repeat(244)}",\n`
  expect(record.length).toBe(256)
  const [before, after] = [record.repeat(500), record.repeat(100_000)]
  const stretches = await divide(Buffer.from(`${before}2,"a" b,c\n${after}`))
  const direct = { newline: '\n', multiline: true }
  expect(stretches).toMatchObject([{ direct }, { direct: undefined }, { direct }])
  expect(stretches?.[2]?.cuts.length).toBeGreaterThan(1000)
})

test.each([
  ['a small text', lines(10) + '2,"a" b,c\n'],
  ['a text that is broken everywhere', (lines(3) + '2,"a" b,c\n').repeat(400)],
])('is not worth dividing: %s', async (_name, content) => {
  expect(await divide(Buffer.from(content))).toBeUndefined()
})

const oneOf = (values: readonly string[]): fc.Arbitrary<Buffer> =>
  fc.constantFrom(...values.map((v) => Buffer.from(v, 'latin1')))
const irregular = oneOf([
  '2,"a" b,c\n',
  '2,"never closed,c\n',
  '2,"closed\nlater",c\n',
  `2,"${'on many lines\n'.repeat(30)}",c\n`,
  '2,"closed badly\nlater" x,c\n',
  '2,a,b\r\n',
  '2,a,b\r',
  '2,caf\xe9,c\n',
  '2,a\0b,c\n',
  '2, "spaces before",c\n',
  '2,a\n',
  'x,a,b\n',
  '\n',
  '\r\n',
])
/** A text of regular records, with irregular ones here and there. */
const hostile = fc
  .array(fc.tuple(fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 120 })), irregular), {
    minLength: 1,
    maxLength: 16,
  })
  .chain((parts) =>
    fc
      .constantFrom('', '9,"open', '9,last,line')
      .map((end) =>
        Buffer.concat([
          ...parts.flatMap(([count, record]) => [Buffer.from(lines(count)), record]),
          Buffer.from(lines(90) + end),
        ]),
      ),
  )

test('stretches are the whole text, and are cut where our own reader begins a record', async () => {
  let divided = 0
  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      const stretches = await divide(bytes)
      if (stretches === undefined) return
      divided += 1
      const starts = recordStarts(bytes)
      let at = 0
      for (const stretch of stretches) {
        expect(stretch.start).toBe(at)
        for (const cut of [stretch.start, ...stretch.cuts]) expect(starts.has(cut)).toBe(true)
        expect(stretch.end).toBeGreaterThan(stretch.start)
        at = stretch.end
      }
      expect(at).toBe(bytes.length)
    }),
    { numRuns: 300 },
  )
  expect(divided).toBeGreaterThan(100)
})

interface Seen {
  readonly rows: readonly string[]
  readonly rejects: readonly string[]
}

/** What openCsv makes of a file, whose stretches are pieces when `pieceBytes` is small. */
async function read(file: string, pieceBytes?: number): Promise<Seen> {
  const scratch = await mkdtemp(path.join(folder, 'scratch-'))
  await using session = await openSession({
    memoryLimitBytes: 2 ** 29,
    threads: 2,
    scratch,
    allowed: { folders: [folder], files: [] },
  })
  const { size, mtimeMs } = await stat(file)
  const source = csv('*.csv', {
    columns: { id: int64({ required: true }), note: text(), end: text() },
    dialect: { header: false },
  })
  const opened = await openCsv(
    { format: source.format, schema: source.schema, files: [{ path: file, size, mtimeMs }] },
    { connection: session.connection, scratch, threads: 2, ...(pieceBytes ? { pieceBytes } : {}) },
  )
  const { rows, operators } = await session.profiled(opened.select, 'reading')
  const rejected = await opened.finish({ scanned: rowsScanned(operators), good: rows.length })
  const found =
    rejected === undefined
      ? []
      : await session.rows(`SELECT rule, line, "offset", original FROM (${rejected.sql})`, 'rejects')
  const texts = (list: readonly (readonly unknown[])[]): string[] => list.map(String).toSorted()
  return { rows: texts(rows), rejects: texts(found) }
}

test('a text in stretches gives the rows and rejects of the whole, with their places', async () => {
  let rejects = 0
  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      const file = path.join(folder, 'rows.csv')
      await writeFile(file, bytes)
      const whole = await read(file)
      expect(await read(file, 2 ** 14)).toEqual(whole)
      rejects += whole.rejects.length
    }),
    { numRuns: 25 },
  )
  expect(rejects).toBeGreaterThan(50)
})
