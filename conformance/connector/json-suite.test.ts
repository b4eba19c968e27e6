import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { json } from '../../packages/etl/src/connector/column.ts'
import { jsonArray, ndjson } from '../../packages/etl/src/connector/json.ts'
import { openJson } from '../../packages/etl/src/engine/duckdb/read/json.ts'
import { readSource, realData } from './read-source.ts'

const data = await realData()
const suite = path.join(data ?? '', 'json-parsing', 'test_parsing')

/** What RFC 8259 leaves open, and what comes of it here. Every other `y_` file is a row, every `n_` file a reject. */
const open: Readonly<Record<string, 'row' | 'reject'>> = {
  'i_number_double_huge_neg_exp.json': 'row',
  'i_number_huge_exp.json': 'row',
  'i_number_neg_int_huge_exp.json': 'row',
  'i_number_pos_double_huge_exp.json': 'row',
  'i_number_real_neg_overflow.json': 'row',
  'i_number_real_pos_overflow.json': 'row',
  'i_number_real_underflow.json': 'row',
  'i_number_too_big_neg_int.json': 'row',
  'i_number_too_big_pos_int.json': 'row',
  'i_number_very_big_negative_int.json': 'row',
  'i_object_key_lone_2nd_surrogate.json': 'reject',
  'i_string_1st_surrogate_but_2nd_missing.json': 'reject',
  'i_string_1st_valid_surrogate_2nd_invalid.json': 'reject',
  'i_string_UTF-16LE_with_BOM.json': 'reject',
  'i_string_UTF-8_invalid_sequence.json': 'reject',
  'i_string_UTF8_surrogate_U+D800.json': 'reject',
  'i_string_incomplete_surrogate_and_escape_valid.json': 'reject',
  'i_string_incomplete_surrogate_pair.json': 'reject',
  'i_string_incomplete_surrogates_escape_valid.json': 'reject',
  'i_string_invalid_lonely_surrogate.json': 'reject',
  'i_string_invalid_surrogate.json': 'reject',
  'i_string_invalid_utf-8.json': 'reject',
  'i_string_inverted_surrogates_U+1D11E.json': 'reject',
  'i_string_iso_latin_1.json': 'reject',
  'i_string_lone_second_surrogate.json': 'reject',
  'i_string_lone_utf8_continuation_byte.json': 'reject',
  'i_string_not_in_unicode_range.json': 'reject',
  'i_string_overlong_sequence_2_bytes.json': 'reject',
  'i_string_overlong_sequence_6_bytes.json': 'reject',
  'i_string_overlong_sequence_6_bytes_null.json': 'reject',
  'i_string_truncated-utf-8.json': 'reject',
  'i_string_utf16BE_no_BOM.json': 'reject',
  'i_string_utf16LE_no_BOM.json': 'reject',
  // Records nest at most 200 levels deep.
  'i_structure_500_nested_arrays.json': 'reject',
  // A byte order mark inside of a record is no white space.
  'i_structure_UTF-8_BOM_empty_object.json': 'reject',
}

const expected = (name: string): 'row' | 'reject' => open[name] ?? (name.startsWith('y_') ? 'row' : 'reject')

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'json-suite-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe.skipIf(data === undefined)('the JSON parsing suite', () => {
  test('every file, as a member of a record, has its declared outcome', async () => {
    const names = (await readdir(suite)).toSorted()
    expect(names).toHaveLength(318)
    await inFolder(async (folder) => {
      const file = path.join(folder, 'all.ndjson')
      const lines: Buffer[] = []
      for (const [i, name] of names.entries()) {
        // A carriage return is the same white space as a line feed, and as wrong inside a string.
        const body = Buffer.from((await readFile(path.join(suite, name))).map((b) => (b === 10 ? 13 : b)))
        lines.push(Buffer.from(`{"n":${i},"v":`), body, Buffer.from('}\n'))
      }
      await writeFile(file, Buffer.concat(lines))
      const source = ndjson(file, { columns: { n: json({ required: true }), v: json() } })
      const seen = await readSource(source, [file], openJson)
      const rows = new Map(seen.rows.map(([n, v]) => [names[Number(n)] ?? '', v]))
      const rejected = new Set(seen.rejects.map((r) => names[r.line - 1] ?? ''))
      expect(rows.size + rejected.size).toBe(318)
      const wrong = names.filter((n) => rows.has(n) !== (expected(n) === 'row'))
      expect(wrong).toEqual([])
      for (const [name, value] of rows) {
        const original = await readFile(path.join(suite, name), 'utf8')
        expect({ name, value: reparsed(value) }).toEqual({ name, value: reparsed(original) })
      }
    })
  })

  test('every file as it stands is rows and rejects, and nothing else', async () => {
    const files = (await readdir(suite)).toSorted().map((name) => path.join(suite, name))
    const columns = { a: json() }
    const lines = await readSource(ndjson('*', { columns }), files, openJson)
    const texts = await Promise.all(files.map((f) => readFile(f, 'latin1')))
    const filled = texts.flatMap((t) => t.replace(/^\xef\xbb\xbf/, '').split('\n')).filter(isFilled)
    expect(lines.rows.length + lines.rejects.length).toBe(filled.length)
    const elements = await readSource(jsonArray('*', { columns }), files, openJson)
    const rejecting = new Set(elements.rejects.map((r) => path.basename(r.source)))
    // Arrays and objects one after another are taken; what has no record has nothing to reject.
    const taken = [
      'n_structure_double_array.json',
      'n_structure_no_data.json',
      'n_structure_UTF8_BOM_no_data.json',
    ]
    const broken = files.map((f) => path.basename(f)).filter((name) => name.startsWith('n_'))
    expect(broken.filter((name) => !rejecting.has(name) && !taken.includes(name))).toEqual([
      'n_single_space.json',
    ])
  })

  test('the format suites keep every element', async () => {
    for (const name of ['date', 'email', 'ipv4', 'ipv6', 'uri']) {
      const file = path.join(data ?? '', 'json-formats', `${name}.json`)
      const columns = { schema: json({ required: true }), tests: json({ required: true }) }
      const seen = await readSource(jsonArray(file, { columns }), [file], openJson)
      const elements = JSON.parse(await readFile(file, 'utf8')) as readonly Record<string, unknown>[]
      expect(seen.rejects).toEqual([])
      expect(seen.rows.map((r) => r.map((v) => JSON.parse(String(v)) as unknown))).toEqual(
        elements.map((e) => [e['schema'], e['tests']]),
      )
    }
  })
})

const isFilled = (line: string): boolean => /[^ \t\r\v\f]/.test(line)

/** A value by an independent reader: numbers as their exact decimal value. */
function reparsed(source: unknown): unknown {
  if (source === null) return null
  return JSON.parse(String(source), (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? exactNumber(context?.source ?? '') : value,
  ) as unknown
}

/** A decimal number without its spelling: digits and exponent; zero has no sign. */
function exactNumber(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)
  return `${sign}${significant}e${power}`
}
