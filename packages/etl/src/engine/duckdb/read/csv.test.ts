import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Columns,
  int16,
  int32,
  int64,
  int8,
  text,
  timestamp,
  uint64,
} from '../../../connector/column.ts'
import { csv } from '../../../connector/csv.ts'
import { parseIntFunctions } from '../../../function/parse-int.ts'
import type { CsvDialect, ResolvedFile } from '../../../plan/source.ts'
import { rowsScanned } from '../profile.ts'
import { openSession, type Session } from '../session.ts'
import { openCsv } from './csv.ts'
import { unpackText } from './unpack.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'csv-reader-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, bytes: string | Buffer): Promise<ResolvedFile> {
  const file = path.join(folder, name)
  await writeFile(file, bytes)
  const { size, mtimeMs } = await stat(file)
  return { path: file, size, mtimeMs }
}

interface Seen {
  readonly rows: readonly (readonly unknown[])[]
  readonly rejects: readonly Record<string, unknown>[]
}

const sessionIn = (scratch: string): Promise<Session> =>
  openSession({ memoryLimitBytes: 2 ** 29, threads: 2, scratch, allowed: { folders: [folder], files: [] } })

async function read(
  files: readonly ResolvedFile[],
  columns: Columns,
  dialect: Partial<CsvDialect> = {},
  pieceBytes?: number,
): Promise<Seen> {
  const scratch = await mkdtemp(path.join(folder, 'scratch-'))
  await using session = await sessionIn(scratch)
  const source = csv('*.csv', { columns, dialect })
  const opened = await openCsv(
    { format: source.format, schema: source.schema, files },
    { connection: session.connection, scratch, ...(pieceBytes ? { pieceBytes } : {}) },
  )
  const { rows, operators } = await session.profiled(opened.select, 'reading')
  const rejected = await opened.finish({ scanned: rowsScanned(operators), good: rows.length })
  const names = ['rule', 'source', 'line', 'offset', 'original']
  const found =
    rejected === undefined
      ? []
      : await session.rows(
          `SELECT ${names.map((n) => `"${n}"`).join(', ')} FROM (${rejected.sql}) ORDER BY source, line`,
          'rejects',
        )
  const result = found.map((r) => Object.fromEntries(names.map((n, i) => [n, String(r[i])])))
  expect(result.length).toBe(rejected?.rows ?? 0)
  return { rows: rows.map((r) => r.map((v) => (typeof v === 'bigint' ? Number(v) : v))), rejects: result }
}

const ids = (seen: Seen): number[] => seen.rows.map((r) => Number(r[0])).toSorted((a, b) => a - b)

test('files of several shapes are one relation, each reject names its file', async () => {
  const files = [
    await put('one.csv', 'id,note\n1,a\n2,b\nx,c\n'),
    await put('two.csv', 'note,extra,id\na,0,3\nb,0,4\n'),
    await put('three.csv', 'id,note\r\n5,"a\r\nb"\r\n6\r\n'),
    await put('four.csv', 'id,note\n7,"a"b\n8,c\nNaN,d\n'),
    await put('five.csv.gz', gzipSync('id,note\n9,z\n,y\n')),
    await put('empty.csv', ''),
  ]
  const seen = await read(files, { id: int64({ required: true }), note: text() })
  expect(ids(seen)).toEqual([1, 2, 3, 4, 5, 8, 9])
  expect(
    seen.rejects.map((r) => [
      path.basename(String(r['source'])),
      Number(r['line']),
      r['rule'],
      r['original'],
    ]),
  ).toEqual([
    ['five.csv.gz', 3, 'csv.required', ',y'],
    ['four.csv', 2, 'csv.quote', '7,"a"b'],
    ['four.csv', 4, 'csv.value', 'NaN,d'],
    ['one.csv', 4, 'csv.value', 'x,c'],
    ['three.csv', 4, 'csv.columns', '6'],
  ])
})

test('no file at all is an empty relation', async () => {
  expect(await read([], { id: int64() })).toEqual({ rows: [], rejects: [] })
})

test('more distinct misfits than are remembered are found too', async () => {
  const lines = Array.from({ length: 12_000 }, (_, i) => `bad${i},x`)
  const file = await put('misfits.csv', `id,note\n1,a\n${lines.join('\n')}\n2,b\n3\n`)
  const seen = await read([file], { id: int64(), note: text() })
  expect(ids(seen)).toEqual([1, 2])
  expect(seen.rejects.length).toBe(12_001)
  expect(seen.rejects[11_999]).toMatchObject({ rule: 'csv.value', line: '12002', original: 'bad11999,x' })
  expect(seen.rejects[12_000]).toMatchObject({ rule: 'csv.columns', line: '12004', original: '3' })
})

const integers = [
  [int8, parseIntFunctions.parseInt8],
  [int16, parseIntFunctions.parseInt16],
  [int32, parseIntFunctions.parseInt32],
  [int64, parseIntFunctions.parseInt64],
  [uint64, parseIntFunctions.parseUint64],
] as const

test.each(integers)('a field is an integer where its function says so: case %#', async (type, parser) => {
  const cases = parser.edges.flatMap((e) => e.rows).filter((row) => typeof row.in[0] === 'string')
  expect(cases.length).toBeGreaterThan(30)
  const lines = cases.map((row, i) => `${i},"${String(row.in[0])}",7\n`)
  for (const required of [true, false]) {
    const file = await put(`${parser.name}-${required}.csv`, `id,n,other\n${lines.join('')}`)
    const seen = await read([file], { id: int64(), n: type({ required }), other: int32() })
    const found = new Map(seen.rows.map((r) => [r[0], String(r[1])]))
    const expected = cases.flatMap((row, i) => (row.out === null ? [] : [[i, String(row.out)] as const]))
    expect(found.size).toBe(expected.length)
    for (const [i, value] of expected) expect(Number(found.get(i))).toBe(Number(value))
    expect(seen.rejects).toHaveLength(cases.length - expected.length)
  }
})

test('values are parsed once: the filter of rejects is not computed from the texts', async () => {
  const scratch = await mkdtemp(path.join(folder, 'scratch-'))
  await using session = await sessionIn(scratch)
  const columns = { at: timestamp({ format: 'dd/MM/yyyy HH:mm' }) }
  const source = csv('*.csv', { columns })
  const files = [await put('once.csv', 'id,at\n1,01/02/2024 10:00\n')]
  const { connection } = session
  const opened = await openCsv(
    { format: source.format, schema: source.schema, files },
    { connection, scratch },
  )
  const [[, plan] = []] = await session.rows(`EXPLAIN (FORMAT json) ${opened.select}`, 'explaining')
  const operators = [...String(plan).matchAll(/"name": *"([A-Z_]+) *"/g)].map(([, name]) => name)
  expect(operators.slice(-2)).toEqual(['PROJECTION', 'READ_CSV'])
  expect(operators).toContain('FILTER')
})

test('rows inside quoted fields stay inside, in files of many scan ranges', async () => {
  const inner = '1,a\n'.repeat(2_000)
  const parts = Array.from({ length: 3_000 }, (_, i) => `${i},"${inner}"\n`)
  const file = await put('nested.csv', `id,note\n${parts.join('')}`)
  expect(file.size).toBeGreaterThan(20_000_000)
  const scratch = await mkdtemp(path.join(folder, 'scratch-'))
  await using session = await openSession({
    memoryLimitBytes: 2 ** 30,
    threads: 2,
    scratch,
    allowed: { folders: [folder], files: [] },
  })
  const source = csv('*.csv', { columns: { id: int64(), note: text() } })
  const opened = await openCsv(
    { format: source.format, schema: source.schema, files: [file] },
    { connection: session.connection, scratch },
  )
  const sql = `SELECT count(*), sum(id), min(length(note)), max(length(note)) FROM (${opened.select})`
  const { rows, operators } = await session.profiled(sql, 'reading')
  expect(rows[0]?.map(Number)).toEqual([3_000, (2_999 * 3_000) / 2, 8_000, 8_000])
  expect(await opened.finish({ scanned: rowsScanned(operators), good: 3_000 })).toBeUndefined()
})

test.each([
  ['\n', '"'],
  ['\r\n', '"'],
  // The engine's own reader does not know this dialect: the text is written in plain form first.
  ['\n', '\\'],
])(
  'a text whose records span lines is read in pieces, with places as in the whole: %j, escape %s',
  async (end, escape) => {
    const bad = new Map([
      [3, 'x,"no, number"'],
      [31_000, '31000,"a","third"'],
      [55_000, `y,"over${end}two lines"`],
    ])
    const records = Array.from(
      { length: 60_000 },
      (_, i) =>
        bad.get(i) ?? `${i},"first of ${i}${end}second, ${escape}"quoted${escape}", ${'.'.repeat(40)}"`,
    )
    const before = (i: number): string => [`id,note`, ...records.slice(0, i), ''].join(end)
    const file = await put(`pieces-${end.length}-${escape.length}.csv`, before(records.length))
    const seen = await read([file], { id: int64({ required: true }), note: text() }, { escape }, 2 ** 20)
    expect(ids(seen)).toEqual(records.flatMap((_, i) => (bad.has(i) ? [] : [i])))
    const note = seen.rows.find(([id]) => id === 40_000)?.[1]
    expect(note).toBe(`first of 40000${end}second, "quoted", ${'.'.repeat(40)}`)
    const expected = [...bad].map(([i, original]) => ({
      rule: i === 31_000 ? 'csv.columns' : 'csv.value',
      source: file.path,
      line: String(before(i).split('\n').length),
      offset: String(Buffer.byteLength(before(i))),
      original,
    }))
    expect(seen.rejects).toEqual(expected)
  },
)

/** How a field is written, and what it is as text and as a number; undefined: no number. */
const fieldForms: readonly (readonly [
  written: string,
  text: string | null,
  number: number | null | undefined,
])[] = [
  ['NULL', null, null],
  ['\\N', null, null],
  ['n/a', null, null],
  ['', null, null],
  ['7', '7', 7],
  ['"8"', '8', 8],
  ['null', 'null', undefined],
  ['NULLs', 'NULLs', undefined],
  [' NULL', ' NULL', undefined],
  ['""', '', undefined],
]
const quotedForms: typeof fieldForms = [
  ['"NULL"', 'NULL', undefined],
  ['"n/a"', 'n/a', undefined],
]

test.each([
  ['read directly', fieldForms, 0],
  ['in stretches where some are quoted', fieldForms, 997],
  ['in plain form where many are quoted', [...fieldForms, ...quotedForms], 0],
])('texts that are declared to mean NULL do so unquoted: %s', async (name, forms, every) => {
  const rows = Array.from({ length: 30_000 }, (_, i) => {
    const pick = (k: number): (typeof fieldForms)[number] =>
      forms[(i * k + (i >> 4)) % forms.length] ?? ['', null, null]
    const isQuoted = every > 0 && i % every === 5
    return { id: i, note: isQuoted ? (quotedForms[i % 2] ?? pick(1)) : pick(1), count: pick(3) }
  })
  const file = await put(
    `nulls-${name}.csv`,
    `id,note,count\n${rows.map((r) => `${r.id},${r.note[0]},${r.count[0]}\n`).join('')}`,
  )
  const columns = { id: int64({ required: true }), note: text(), count: int32() }
  const dialect = { nulls: ['', 'NULL', '\\N', 'n/a'] }
  const seen = await read([file], columns, dialect, 2 ** 18)
  const good = rows.filter((r) => r.count[2] !== undefined)
  expect(seen.rows.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
    good.map((r) => [r.id, r.note[1], r.count[2]]),
  )
  const bad = rows.filter((r) => r.count[2] === undefined)
  expect(seen.rejects.map((r) => [r['rule'], r['line'], r['original']])).toEqual(
    bad.map((r) => ['csv.value', String(r.id + 2), `${r.id},${r.note[0]},${r.count[0]}`]),
  )
  expect(good.length).toBeGreaterThan(5000)
  expect(bad.length).toBeGreaterThan(5000)
})

test('an archive that unpacks beyond the limits is refused', async () => {
  const file = await put('bomb.csv.gz', gzipSync('a'.repeat(2_000_000)))
  const options = { encoding: 'utf-8', scratch: folder, name: 'bomb.txt' }
  await expect(
    unpackText(file, { ...options, limits: { bytes: 1_000_000, ratio: 100 } }),
  ).rejects.toMatchObject({
    code: 'source.too-large',
  })
  await unpackText(file, { ...options, limits: { bytes: 3_000_000, ratio: 100 } })
  expect((await stat(path.join(folder, 'bomb.txt'))).size).toBe(2_000_000)
})

test('a cancelled reading stops', async () => {
  const file = await put('cancel.csv', 'id\n1\n')
  const source = csv('*.csv', { columns: { id: int64() } })
  await using session = await openSession({
    memoryLimitBytes: 2 ** 28,
    threads: 1,
    scratch: folder,
    allowed: { folders: [], files: [] },
  })
  await expect(
    openCsv(
      { format: source.format, schema: source.schema, files: [file] },
      { connection: session.connection, scratch: folder, signal: AbortSignal.abort() },
    ),
  ).rejects.toThrow(/abort/i)
})
