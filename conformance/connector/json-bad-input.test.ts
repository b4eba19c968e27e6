import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bool,
  type Columns,
  decimal,
  float64,
  int64,
  json,
  list as listOf,
  struct,
  text,
  timestamp,
  uint64,
} from '../../packages/etl/src/connector/column.ts'
import { jsonArray, ndjson } from '../../packages/etl/src/connector/json.ts'
import { openJson } from '../../packages/etl/src/engine/duckdb/read/json.ts'
import { type ChildJob, readInChild } from './read-in-child.ts'
import { readSource, type SeenSource } from './read-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'json-bad-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(
  content: string | Buffer,
  columns: Columns,
  declare: typeof ndjson | typeof jsonArray = ndjson,
): Promise<SeenSource> {
  const file = path.join(folder, 'in.json')
  await writeFile(file, content)
  return readSource(declare(file, { columns }), [file], openJson)
}

/** A record and what must come of it: the row, or the reason of the reject. */
type Case = readonly [record: string, outcome: readonly unknown[] | RegExp]

async function judge(columns: Columns, cases: readonly Case[]): Promise<void> {
  const seen = await read(`${cases.map(([record]) => record).join('\n')}\n`, columns)
  const rows = cases.filter(([, outcome]) => !(outcome instanceof RegExp)).map(([, outcome]) => outcome)
  expect(seen.rows.map((r) => JSON.stringify(r)).toSorted()).toEqual(
    rows.map((r) => JSON.stringify(r)).toSorted(),
  )
  const rejects = cases.flatMap(([record, outcome], i) =>
    outcome instanceof RegExp ? [{ i, record, outcome }] : [],
  )
  expect(seen.rejects.map((r) => [r.line, r.original])).toEqual(rejects.map((r) => [r.i + 1, r.record]))
  for (const [n, r] of rejects.entries()) expect(seen.rejects[n]?.reason).toMatch(r.outcome)
}

const nines = '9'.repeat(38)

describe('JSON records', () => {
  test('numbers keep every digit or are rejects', () =>
    judge({ i: int64(), u: uint64(), d: decimal(38, 20), w: decimal(38, 0), f: float64() }, [
      [
        '{"i":9223372036854775807,"u":18446744073709551615}',
        ['9223372036854775807', '18446744073709551615', null, null, null],
      ],
      ['{"i":9007199254740993}', ['9007199254740993', null, null, null, null]],
      ['{"i":9223372036854775808}', /i: .* is no int64/],
      ['{"u":18446744073709551616}', /u: .* is no uint64/],
      ['{"u":-1}', /u: -1 is no uint64/],
      ['{"i":1.5}', /i: 1.5 is no int64/],
      ['{"i":"12"}', ['12', null, null, null, null]],
      [`{"w":${nines}}`, [null, null, null, nines, null]],
      [`{"w":${'9'.repeat(400)}}`, /w: 9+ is no decimal/],
      ['{"d":0.10000000000000000001}', [null, null, '0.10000000000000000001', null, null]],
      [
        '{"d":123456789012345678.12345678901234567891}',
        [null, null, '123456789012345678.12345678901234567891', null, null],
      ],
      ['{"d": 0.5}', [null, null, '0.50000000000000000000', null, null]],
      ['{"d":0.123456789012345678901}', /d: 0.123456789012345678901 is no decimal/],
      ['{"\\u0064":0.10000000000000000001}', [null, null, '0.10000000000000000001', null, null]],
      ['{"d":1e400}', /d: 1e400 is no decimal/],
      ['{"d":1e-400}', /d: 1e-400 is no decimal/],
      ['{"f":1e400}', /f: 1e400 is no float64/],
      ['{"f":-1e400}', /f: -1e400 is no float64/],
      ['{"f":NaN}', /f: NaN is no float64/],
      ['{"f":-Infinity}', /f: -Infinity is no float64/],
      ['{"f":0.1}', [null, null, null, null, 0.1]],
      ['{"f":"NaN"}', [null, null, null, null, 'NaN']],
    ]))

  test('a value of another type is a reject, never NULL', () =>
    judge(
      {
        t: text(),
        b: bool(),
        at: timestamp(),
        l: listOf(int64()),
        s: struct({ x: int64({ required: true }) }),
      },
      [
        ['{"t":1}', /t: 1 is no text/],
        ['{"t":{"a":1}}', /t: {"a":1} is no text/],
        ['{"t":[1]}', /t: \[1\] is no text/],
        ['{"t":true}', /t: true is no text/],
        ['{"b":1}', /b: 1 is no bool/],
        ['{"b":"true","at":"2024-01-31T12:00:00+02:00"}', [null, true, '2024-01-31 10:00:00', null, null]],
        ['{"at":"31/01/2024"}', /at: "31\/01\/2024" is no timestamp/],
        ['{"at":1706700000}', /at: 1706700000 is no timestamp/],
        ['{"l":[1,null,3],"s":{"x":1,"y":2}}', [null, null, null, ['1', null, '3'], { x: '1' }]],
        ['{"l":[1,"x"]}', /l: \[1,"x"\] is no list/],
        ['{"l":{"a":1}}', /l: .* is no list/],
        ['{"s":{"y":1}}', /s: .* is no struct/],
        ['{"s":[1]}', /s: \[1\] is no struct/],
        ['{"t":null,"b":null,"at":null,"l":null,"s":null}', [null, null, null, null, null]],
        ['{}', [null, null, null, null, null]],
      ],
    ))

  test('texts and keys as they occur', () =>
    judge(
      {
        a: text(),
        upper: text({ from: 'A' }),
        p: text({ from: '__proto__' }),
        e: text({ from: '$.x."a.b"[1]' }),
      },
      [
        ['{"a":"x\\u0000y"}', ['x\u0000y', null, null, null]],
        ['{"a":"\\ud83d\\ude00 \\"q\\" \\\\ \\/ \\n"}', ['😀 "q" \\ / \n', null, null, null]],
        ['{"a":"\\ud800"}', /no JSON/],
        ['{"a":"first","a":"second"}', ['first', null, null, null]],
        ['{"A":"other case"}', [null, 'other case', null, null]],
        ['{"__proto__":"p","constructor":"c"}', [null, null, 'p', null]],
        ['{"x":{"a.b":["0","1"]}}', [null, null, null, '1']],
        ['{"x":{"a.b":"no list"}}', [null, null, null, null]],
      ],
    ))

  test('what is no JSON object on its line is a reject', () =>
    judge({ a: json() }, [
      ['{"a":1}{"a":2}', /no JSON/],
      ['{"a":1},', /no JSON/],
      ['{"a":1,}', /comma before a closing bracket/],
      ['{"a":[1, ]}', /comma before a closing bracket/],
      ['{"a":",]"}', ['",]"']],
      ['[{"a":1}]', /no JSON object/],
      ['"text"', /no JSON object/],
      ['null', /no JSON object/],
      ["{'a':1}", /no JSON/],
      ['{"a":1} // x', /no JSON/],
      ['{"a":', /no JSON/],
      ['{"a":0.12345678901234567890123456789}', ['0.12345678901234567890123456789']],
      ['{"a":{"b":[1e-400,12345678901234567890.5]}}', ['{"b":[1e-400,12345678901234567890.5]}']],
    ]))

  const list = (n: number): string => `${'['.repeat(n)}${']'.repeat(n)}`
  const objects = (n: number): string => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`
  const quoted = String.raw`\\\"`
  const brackets = `"${'[{'.repeat(1000)}"`

  test('records nest at most 200 levels deep', () =>
    judge({ a: json() }, [
      [`{"a":${list(199)}}`, [list(199)]],
      [`{"a":${list(200)}}`, /nests deeper than 200 levels/],
      [objects(200), [objects(199)]],
      [objects(201), /nests deeper than 200 levels/],
      [`{"a":${list(2_000)}}`, /nests deeper than 200 levels/],
      [`{"a":${list(1_000_000)}}`, /nests deeper than 200 levels/],
      [`{"a":${'['.repeat(1_000_000)}}`, /no JSON/],
      ['['.repeat(1_000_000), /no JSON/],
      [list(1_000_000), /no JSON object/],
      // Brackets in strings and beside one another are no depth.
      [`{"a":${brackets}}`, [brackets]],
      [`{"a":"${quoted}${'['.repeat(500)}"}`, [`"${quoted}${'['.repeat(500)}"`]],
      [`{"a":[${Array(500).fill('[]').join(',')}]}`, [`[${Array(500).fill('[]').join(',')}]`]],
    ]))

  test('depth is judged whatever the columns are', async () => {
    const deep = `{"t":"x","l":${list(300)},"s":{"x":${list(300)}}}`
    const columns = {
      t: text(),
      l: listOf(int64()),
      s: struct({ x: json() }),
      deep: text({ from: '$.l[0]' }),
    }
    const seen = await read(`${deep}\n{"t":"y"}\n`, columns)
    expect(seen.rows).toEqual([['y', null, null, null]])
    expect(seen.rejects).toMatchObject([{ line: 1, rule: 'json.depth', original: deep }])
  })

  test('more deep records than memory is given for are found too', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      i % 4 === 0 ? `{"a":${i}}` : `{"a":[${i},${list(200)}]}`,
    )
    const seen = await read(lines.join('\n'), { a: json() })
    expect([seen.rows.length, seen.rejects.length]).toEqual([15_000, 45_000])
    expect(seen.rejects[0]).toMatchObject({ line: 2, reason: 'the record nests deeper than 200 levels' })
  })

  test('elements of an array nest at most 200 levels deep', async () => {
    const elements = [
      `{"a":${list(199)}}`,
      `{"a":${list(200)}}`,
      list(1_000_000),
      '{"a":1}',
      '['.repeat(1_000_000),
    ]
    const seen = await read(`[${elements.join(',')}`, { a: json() }, jsonArray)
    expect(seen.rows.map(([v]) => String(v).length).toSorted((a, b) => a - b)).toEqual([1, 398])
    expect(seen.rejects.map((r) => [r.line, r.reason.slice(0, 30)])).toEqual([
      [2, 'the record nests deeper than 2'],
      [3, 'the record is no JSON object: '],
      [5, 'the record is no JSON'],
      [6, 'the record is no JSON'],
    ])
  })

  test('a record of 100,000 keys is a record', async () => {
    const wide = `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join(',')},"a":7}`
    expect((await read(wide, { a: json() })).rows).toEqual([['7']])
  })

  test('a million brackets take little memory and no stack', async () => {
    const million = '['.repeat(1_000_000)
    const jobs: ChildJob[] = []
    for (const [connector, content] of [
      ['ndjson', `{"a":${list(1_000_000)}}\n${million}\n`],
      ['ndjson', `{"a":1}\n`.repeat(10) + '['.repeat(15_000_000)],
      ['jsonArray', `[{"a":${list(1_000_000)}}]`],
      ['jsonArray', '['.repeat(15_000_000)],
      ['jsonArray', '['.repeat(100_000_000)],
      ['jsonArray', '{"a":'.repeat(3_000_000)],
    ] as const) {
      const file = path.join(folder, `million-${jobs.length}.json`)
      await writeFile(file, content)
      jobs.push({ connector, file, columns: { a: json() } })
    }
    const seen = await readInChild(jobs)
    expect(seen.map((r) => r.refused?.code ?? [r.rows, r.rejects.length])).toEqual([
      [0, 2],
      // The parser needs more memory for such a record than the engine may use.
      'engine.out-of-memory',
      [0, 1],
      'engine.out-of-memory',
      'source.corrupt',
      [0, 1],
    ])
    expect(Math.max(...seen.map((r) => r.peakMiB))).toBeLessThan(1300)
  }, 120_000)
})

describe('JSON files', () => {
  const columns = { a: int64() }
  const lines = '{"a":1}\n{"a":2}\nbroken\n{"a":3}'

  test.each([
    ['plain', Buffer.from(lines)],
    ['marked', Buffer.from(`\uFEFF${lines}`)],
    ['blanks first', Buffer.from(`\uFEFF\n \n${lines}\n\n`)],
    ['CRLF', Buffer.from(lines.replaceAll('\n', '\r\n'))],
    ['gzip', gzipSync(lines)],
    ['gzip in two members', Buffer.concat([gzipSync(lines.slice(0, 9)), gzipSync(lines.slice(9))])],
    ['zstd', zstdCompressSync(lines)],
  ])('%s', async (_name, content) => {
    const seen = await read(content, columns)
    expect(seen.rows.map(([a]) => a).toSorted()).toEqual(['1', '2', '3'])
    expect(seen.rejects.map((r) => r.original.trim())).toEqual(['broken'])
  })

  test('a partial last line is a reject with its offset', async () => {
    const seen = await read('{"a":1}\n{"a":', columns)
    expect(seen.rows).toEqual([['1']])
    expect(seen.rejects).toMatchObject([{ line: 2, offset: 8, original: '{"a":' }])
  })

  test('an array over several lines gives its elements', async () => {
    const seen = await read('[\n {"a":\n1}, {"a":2},, 3, {"a":4}\n]\n', columns, jsonArray)
    expect(seen.rows.map(([a]) => a).toSorted()).toEqual(['1', '2', '4'])
    expect(seen.rejects.map((r) => [r.line, r.original])).toEqual([
      [3, ','],
      [4, '3'],
    ])
  })

  test('an array that is cut off rejects its end', async () => {
    const seen = await read('[{"a":1},{"a":2},{"a"', columns, jsonArray)
    expect(seen.rows.map(([a]) => a).toSorted()).toEqual(['1', '2'])
    expect(seen.rejects.map((r) => r.original)).toEqual(['{"a"', '['])
  })

  test('a damaged archive is refused', async () => {
    await expect(read(gzipSync(lines.repeat(1000)).subarray(0, -20), columns)).rejects.toMatchObject({
      code: 'source.corrupt',
    })
  })

  test('a record beyond the limit refuses the file', async () => {
    const long = `{"a":1}\n{"a":2,"x":"${'y'.repeat(40 * 1024 * 1024)}"}\n`
    await expect(read(long, columns)).rejects.toThrow(/16777216|maximum_object_size/)
    await expect(read(`[${long.replace('\n', ',')}]`, columns, jsonArray)).rejects.toMatchObject({
      code: 'source.corrupt',
    })
  })

  test('files of 0 bytes hold no records', async () => {
    expect(await read('', columns)).toMatchObject({ rows: [], rejects: [] })
  })
})
