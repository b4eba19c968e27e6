import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberPath, rowsPath, valuePath } from './json-path.ts'
import { pathTree } from './path-tree.ts'
import { PageScanner } from './scan-page.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

interface Scanned {
  readonly rows: readonly { readonly raw: string; readonly outer: readonly (string | undefined)[] }[]
  readonly values: Readonly<Record<string, string>>
  readonly found: string
}

/** Scans a document that arrives in pieces of so many bytes. */
function scan(
  document: string,
  wanted: {
    readonly rows: string
    readonly values?: Readonly<Record<string, string>>
    readonly outer?: readonly string[]
  },
  pieces: readonly number[] = [1_000_000],
): Scanned {
  const at = rowsPath(wanted.rows)
  const outer = (wanted.outer ?? []).map((from) => memberPath(from, at))
  const levels = at.filter((s) => s.kind === 'elements').length + (at.at(-1)?.kind === 'elements' ? 0 : 1)
  const values = new Map(Object.entries(wanted.values ?? {}).map(([k, v]) => [k, valuePath(v)]))
  const found: { -readonly [K in keyof Scanned]: Scanned[K] } & { rows: Scanned['rows'][number][] } = {
    rows: [],
    values: {},
    found: '',
  }
  const scanner = new PageScanner(
    pathTree({ rows: at, values, outer }),
    {
      row: (raw, from) => found.rows.push({ raw: raw.toString(), outer: from.map((o) => o?.toString()) }),
      value: (name, raw) => void Object.assign(found.values, { [name]: raw.toString() }),
    },
    outer.map((o) => levels - o.out),
  )
  const bytes = Buffer.from(document)
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const to = from + (pieces[i % pieces.length] ?? 1)
    scanner.push(Buffer.from(bytes.subarray(from, to)))
    from = to
  }
  scanner.end()
  found.found = scanner.rows
  return found
}

/** JSON as someone could write it: with white space, and names as escapes. */
const printed = (value: unknown, space: string): string => {
  if (Array.isArray(value))
    return `[${space}${value.map((v) => printed(v, space)).join(`${space},${space}`)}${space}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([k, v]) => {
    const name = space === '' ? JSON.stringify(k) : `"${[...k].map(escaped).join('')}"`
    return `${name}${space}:${space}${printed(v, space)}`
  })
  return `{${members.join(`,${space}`)}}`
}
const escaped = (c: string): string =>
  c
    .split('')
    .map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

test('finds what JSON.parse finds, however the document is written and cut', () => {
  const order = fc.record(
    { id: fc.jsonValue(), items: fc.array(fc.jsonValue()), other: fc.jsonValue() },
    { requiredKeys: [] },
  )
  const document = fc.record(
    { orders: fc.array(order), next: fc.oneof(fc.string(), fc.integer()), extra: fc.jsonValue() },
    { requiredKeys: ['orders', 'next'] },
  )
  const space = fc.constantFrom('', ' ', '\n', ' \r\n\t')
  const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })
  let records = 0
  fc.assert(
    fc.property(document, space, pieces, (doc, gap, cut) => {
      const text = printed(doc, gap)
      const got = scan(
        text,
        { rows: '$.orders[*].items[*]', values: { next: '$.next' }, outer: ['^.id', '^^.extra'] },
        cut,
      )
      const parsed = JSON.parse(text) as typeof doc
      const wanted = parsed.orders.flatMap((o) => (o.items ?? []).map((i) => [i, o.id, parsed.extra]))
      const read = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json))
      const values = got.rows.map(({ raw, outer }) => [read(raw), ...outer.map(read)])
      expect(values).toHaveLength(wanted.length)
      // Records that wait for a value from outside come later.
      const sorted = (rows: unknown[]): string[] => rows.map((r) => JSON.stringify(r)).toSorted()
      expect(sorted(values)).toEqual(sorted(wanted))
      expect(read(got.values['next'])).toEqual(parsed.next)
      expect(got.rows.every((r) => !r.raw.includes('\n'))).toBe(true)
      records += wanted.length
    }),
    { seed, numRuns: 500 },
  )
  expect(records).toBeGreaterThan(100)
})

test('an empty array leaves nothing to what follows', () => {
  expect(scan('{"data":[],"x":null}', { rows: '$.data[*]' })).toMatchObject({ rows: [], found: 'there' })
})

test.each([
  ['$[*]', '[{"a":1}, 2 ]', ['{"a":1}', '2'], 'there'],
  ['$', ' {"a":1.50} ', ['{"a":1.50}'], 'there'],
  ['$', '7', ['7'], 'there'],
  ['$.a', '{"a":{"b":1},"a":2}', ['{"b":1}'], 'there'],
  ['$.edges[*].node', '{"edges":[{"node":{"i":1}},{},{"node":{"i":2}}]}', ['{"i":1}', '{"i":2}'], 'there'],
  ['$."a b"[1]', '{"a b":[0,{"x":1}]}', ['{"x":1}'], 'there'],
  ['$.data[*]', '{"data":null}', [], 'null'],
  ['$.data[*]', '{"error":{"data":[1]}}', [], 'missing'],
  ['$.a.data[*]', '{"a":null}', [], 'missing'],
  ['$.a', '{"a":null}', [], 'null'],
])('%s of %s', (rows, document, raw, found) => {
  const got = scan(document, { rows })
  expect([got.rows.map((r) => r.raw), got.found]).toEqual([raw, found])
})

test('a value inside of a record leads the pages', () => {
  const got = scan('{"next":"n","a":1}', { rows: '$', values: { next: '$.next' } })
  expect(got).toMatchObject({ values: { next: '"n"' }, rows: [{ raw: '{"next":"n","a":1}' }] })
})

test.each([
  ['{"data":[{"a":1}', 'ends too early', 'transient'],
  ['{"data":[{"a":"', 'ends too early', 'transient'],
  ['', 'ends too early', 'transient'],
  ['{"data":[]', 'ends too early', 'transient'],
  ['<html>', 'no value', 'never'],
  ['{"data":[1,,2]}', 'no value', 'never'],
  ['{"data":[1 2]}', 'without a comma', 'never'],
  ['{"data":[1,]}', 'no value', 'never'],
  ['{"data" [1]}', 'without a colon', 'never'],
  ['{data:[1]}', 'without a name', 'never'],
  ['{"data":[1]} x', 'follows its end', 'never'],
  ['{"\\u00zz":1}', 'broken escape', 'never'],
])('%s is no JSON', (document, message, retry) => {
  expect(() => scan(document, { rows: '$.data[*]' })).toThrow(
    expect.objectContaining({ code: 'source.corrupt', retry, message: expect.stringContaining(message) }),
  )
})

test.each(['{"data":{"a":1}}', '{"data":"x"}', '[1]', '{"data":[{"items":7}]}', '{"data":[7]}'])(
  'something else on the way to the records: %s',
  (document) => {
    expect(() => scan(document, { rows: '$.data[*].items[*]' })).toThrow(
      expect.objectContaining({ code: 'source.schema' }),
    )
  },
)

test('a record is bounded, and so is what waits', () => {
  const large = `"${'x'.repeat(2 ** 24)}"`
  expect(() => scan(`[${large}]`, { rows: '$[*]' })).toThrow(
    expect.objectContaining({ code: 'source.too-large' }),
  )
  const item = `{"t":"${'x'.repeat(2 ** 22)}"}`
  const waiting = `{"d":[${Array.from({ length: 17 }, () => item).join(',')}],"id":1}`
  expect(() => scan(waiting, { rows: '$.d[*]', outer: ['^.id'] })).toThrow(
    expect.objectContaining({ code: 'source.too-large' }),
  )
})
