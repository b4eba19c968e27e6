import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Columns, text } from '../../packages/etl/src/connector/column.ts'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { openCsv } from '../../packages/etl/src/engine/duckdb/read/csv.ts'
import type { CsvDialect } from '../../packages/etl/src/plan/source.ts'
import { readSource, type SeenSource } from './read-source.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${seed} (SEED=${seed} repeats it)`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'csv-property-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const columns: Columns = { a: text(), b: text(), c: text() }
let files = 0

async function read(bytes: string | Buffer, dialect: Partial<CsvDialect> = {}): Promise<SeenSource> {
  const file = path.join(folder, `${++files}.csv`)
  await writeFile(file, bytes)
  try {
    return await readSource(
      csv('x.csv', { columns, dialect: { header: false, nulls: [], ...dialect } }),
      [file],
      openCsv,
    )
  } finally {
    await rm(file)
  }
}

const bag = (rows: readonly (readonly unknown[])[]): readonly string[] =>
  rows.map((r) => JSON.stringify(r)).toSorted()

const quote = (v: string, delimiter: string, always: boolean): string =>
  always || v === '' || v.includes(delimiter) || /["\r\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v

const value = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ',', ';', '"', '\n', '\r\n', ' ', '#', '\\', '0', '\t'),
  maxLength: 6,
})

test('whatever is written correctly is read back exactly', async () => {
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 12 })
  const form = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '||'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    always: fc.boolean(),
    last: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(rows, form, async (data, { delimiter, newline, always, last }) => {
      const lines = data.map((r) => r.map((v) => quote(v, delimiter, always)).join(delimiter))
      const seen = await read(lines.join(newline) + (last ? newline : ''), { delimiter })
      expect(seen.rejects).toEqual([])
      expect(bag(seen.rows)).toEqual(bag(data))
    }),
    { seed, numRuns: 80 },
  )
})

test('any text: every record is a row or a reject, as an independent parser says where it can', async () => {
  const soup = fc.array(
    fc.constantFrom('a', 'b', '1', ',', ',', ',', '"', '""', '\n', '\n', '\r\n', '\r', ' ', 'é'),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(soup, async (parts) => {
      const source = parts.join('')
      const seen = await read(source)
      for (const reject of seen.rejects) {
        expect(source.includes(reject.original)).toBe(true)
        const at = Buffer.from(source).subarray(reject.offset ?? 0)
        expect(at.subarray(0, Buffer.byteLength(reject.original)).toString()).toBe(reject.original)
      }
      // Strict parsers agree on texts without quotes; elsewhere each has its own idea of damage.
      if (source.includes('"')) return
      const lines = source.split(/\r\n|\n|\r/).filter((l) => l !== '')
      const trimmed = lines
        .map((l) => l.split(','))
        .map((r) => (r.length > 3 && r.slice(3).every((f) => f === '') ? r.slice(0, 3) : r))
      expect(bag(seen.rows)).toEqual(bag(trimmed.filter((r) => r.length === 3)))
      expect(seen.rejects.length).toBe(trimmed.filter((r) => r.length !== 3).length)
    }),
    { seed, numRuns: 150 },
  )
})

test("DuckDB's reader and our own agree on any text", async () => {
  const soup = fc.array(
    fc.constantFrom(
      'a',
      'b,c',
      'x,y,z',
      ',',
      '"',
      '"q"',
      '""',
      ',"u,v",',
      '\n',
      '\n',
      ' ',
      '\u{1}',
      '\0',
      'N',
    ),
    { maxLength: 50 },
  )
  await fc.assert(
    fc.asyncProperty(soup, async (parts) => {
      const source = parts.join('')
      // A comment mark that never occurs sends the text through our own reader.
      const [fast, own] = [await read(source), await read(source, { comment: '§§' })]
      expect(bag(fast.rows)).toEqual(bag(own.rows))
      expect(fast.rejects.map((r) => ({ ...r, source: '' }))).toEqual(
        own.rejects.map((r) => ({ ...r, source: '' })),
      )
    }),
    { seed, numRuns: 150 },
  )
})

test('correct CSV is read as csv-parse reads it', async () => {
  const field = fc.constantFrom('a', '"b"', '"c,d"', '"e""f"', '', '"g\nh"', ' i ')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 20 }),
      async (rows) => {
        const source = `${rows.map((r) => r.join(',')).join('\n')}\n`
        const seen = await read(source)
        expect(seen.rejects).toEqual([])
        expect(bag(seen.rows)).toEqual(bag(parse(source) as string[][]))
      },
    ),
    { seed, numRuns: 100 },
  )
})
