import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessLog } from '../../packages/etl/src/connector/access-log.ts'
import {
  bool,
  decimal,
  int32,
  int64,
  json,
  text,
  timestamp,
} from '../../packages/etl/src/connector/column.ts'
import type { FilesSource } from '../../packages/etl/src/connector/contract.ts'
import { grok } from '../../packages/etl/src/connector/grok.ts'
import { openAccessLog } from '../../packages/etl/src/engine/duckdb/read/access-log.ts'
import { openGrok } from '../../packages/etl/src/engine/duckdb/read/grok.ts'
import { readSource, realData, type SeenSource } from './read-source.ts'

const data = await realData()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grok-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(
  content: string | Buffer,
  source: (file: string) => FilesSource,
  name = 'app.log',
): Promise<SeenSource> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  return readSource(source(file), [file], openGrok)
}

const combined = {
  clientip: text({ required: true }),
  ident: text(),
  auth: text(),
  timestamp: timestamp({ required: true, format: 'dd/MMM/yyyy:HH:mm:ss XXX' }),
  verb: text(),
  request: text(),
  rawrequest: text(),
  httpversion: text(),
  response: int32({ required: true }),
  bytes: int64(),
  referrer: text(),
  agent: text(),
} as const

const webLog = (file: string): FilesSource =>
  grok(file, { pattern: '%{COMBINEDAPACHELOG}', columns: combined })

describe.skipIf(data === undefined)('a real access log', () => {
  const file = path.join(data ?? '', 'apache-logs', 'apache_logs')

  test('the pattern of Apache logs reads what the reader of access logs reads', async () => {
    const [ours, theirs] = [
      await readSource(webLog(file), [file], openGrok),
      await readSource(accessLog(file), [file], openAccessLog),
    ]
    expect(theirs.total + theirs.rejects.length).toBe(10_000)
    expect(ours.rejects.map((r) => [r.rule, r.line, r.offset, r.original])).toEqual(
      theirs.rejects.map((r) => ['grok.unmatched', r.line, r.offset, r.original]),
    )
    const mine = ours.rows.map(
      ([ip, ident, user, at, verb, request, raw, version, status, bytes, referrer, agent]) => [
        ip,
        ident,
        user,
        at,
        verb,
        request ?? raw,
        version && `HTTP/${String(version)}`,
        status,
        bytes,
        referrer,
        agent,
      ],
    )
    // An empty text and one that is not there are the same to grok.
    const known = theirs.rows.map((row) => row.map((v) => (v === '' ? null : v)))
    expect(mine.map(String).toSorted()).toEqual(known.map(String).toSorted())
  })

  test('several patterns are tried in order', async () => {
    const seen = await readSource(
      grok(file, {
        pattern: [
          '%{IPORHOST:client} %{NOTSPACE} %{NOTSPACE} \\[%{HTTPDATE}\\] "HEAD %{NOTSPACE:path}%{GREEDYDATA}',
          '%{IPORHOST:client} %{GREEDYDATA:rest}',
        ],
        columns: { client: text({ required: true }), path: text(), rest: text() },
      }),
      [file],
      openGrok,
    )
    const heads = (await readFile(file, 'utf8')).split('\n').filter((l) => l.includes('"HEAD '))
    expect(heads.length).toBeGreaterThan(0)
    expect(seen.rejects).toEqual([])
    expect(seen.rows.filter((r) => r[1] !== null)).toHaveLength(heads.length)
    expect(seen.rows.filter((r) => r[2] !== null)).toHaveLength(10_000 - heads.length)
  })
})

const good = '1.2.3.4 - bob [31/Dec/2024:23:30:00 -0130] "GET /a HTTP/1.1" 200 5 "-" "x"'
const goodRow = ['1.2.3.4', null, 'bob', '2025-01-01 01:00:00', 'GET', '/a', null, '1.1', 200, '5', null, 'x']

describe('lines', () => {
  test('what no pattern matches or is no text is a reject with number, offset and text', async () => {
    const bad: readonly (readonly [Buffer, string, string])[] = [
      [Buffer.from(good.slice(0, -1)), good.slice(0, -1), 'grok.unmatched'],
      [Buffer.from(''), '', 'grok.unmatched'],
      [Buffer.from('\x02'), '\x02', 'grok.text'],
      [Buffer.from(good.replace('31/Dec', '31/Feb')), good.replace('31/Dec', '31/Feb'), 'grok.value'],
      [Buffer.from(good.replace(' 200 ', ' - ')), good.replace(' 200 ', ' - '), 'grok.required'],
      [Buffer.from(`${good}\rx`), `${good}\rx`, 'grok.text'],
      [Buffer.from(`${good}\0`), `${good}\0`, 'grok.text'],
      [Buffer.concat([Buffer.from([0xff]), Buffer.from('é')]), String.raw`\xFF\xC3\xA9`, 'grok.text'],
    ]
    const parts = bad.flatMap(([bytes]) => [Buffer.from(`${good}\n`), bytes, Buffer.from('\n')])
    const whole = Buffer.concat(parts)
    for (const content of [whole, gzipSync(whole)]) {
      const seen = await read(content, webLog)
      expect(seen.rows).toEqual(bad.map(() => goodRow))
      expect(seen.rejects.map((r) => [r.original, r.rule])).toEqual(bad.map(([, t, rule]) => [t, rule]))
      expect(seen.rejects.map((r) => r.line)).toEqual(bad.map((_, i) => 2 * i + 2))
      expect(seen.rejects[0]?.offset).toBe(good.length + 1)
    }
  })

  test('byte order mark, CRLF and a missing last line end make no difference', async () => {
    const plain = await read(`${good}\n${good}\n`, webLog)
    expect(plain.rows).toEqual([goodRow, goodRow])
    for (const content of [`\uFEFF${good}\r\n${good}\r\n`, `${good}\n${good}`, `${good}\r\n${good}`]) {
      const seen = await read(content, webLog)
      expect([seen.rows, seen.rejects]).toEqual([plain.rows, []])
    }
    const marked = await read(`\uFEFFbad\n${good}`, webLog)
    expect(marked.rejects.map((r) => [r.line, r.offset])).toEqual([[1, 0]])
  })

  test('an empty file has no records, and a file of line ends only empty ones', async () => {
    expect((await read('', webLog)).total).toBe(0)
    const seen = await read('\n\n\n', webLog)
    expect([seen.total, seen.rejects.map((r) => r.line)]).toEqual([0, [1, 2, 3]])
    const taken = await read('\n\na\n', (f) => grok(f, { pattern: '%{DATA:x}', columns: { x: text() } }))
    expect(taken.rows).toEqual([[null], [null], ['a']])
  })

  test('a line of 3 MiB is read', async () => {
    const long = 'x y'.repeat(2 ** 20)
    const seen = await read(`a ${long}\nb c\n`, (f) =>
      grok(f, { pattern: '%{WORD:a} %{GREEDYDATA:rest}', columns: { a: text(), rest: text() } }),
    )
    expect(seen.rows).toEqual([
      ['a', long],
      ['b', 'c'],
    ])
  })

  test('values are read by their types; texts that mean NULL are', async () => {
    const pattern = String.raw`%{INT:id:int} (?<at>\S+) %{NUMBER:cost} (?<ok>\w+) %{GREEDYDATA:body}`
    const lines = [
      '1 2024-02-29T10:00:00+0130 1.50 true {"a":1}',
      '2 2024-02-29T10:00:00.123Z 0 no {}',
      '3 2024-02-29T10:00:00 -1.25 false {"a"}',
      '99999999999 2024-02-29T10:00:00 1 true 1',
      '5 2024-02-29T10:00:00 0.001 true 1',
      '6 2024-02-29T10:00:00 1 true NONE',
    ]
    const seen = await read(lines.join('\n'), (f) =>
      grok(f, {
        pattern,
        columns: {
          id: int32({ required: true }),
          moment: timestamp({ from: 'at' }),
          cost: decimal(9, 2),
          ok: bool({ trueValues: ['true'], falseValues: ['false', 'no'] }),
          body: json({ nulls: ['NONE'] }),
        },
      }),
    )
    expect(seen.rows).toEqual([
      [1, '2024-02-29 08:30:00', '1.50', true, '{"a":1}'],
      [2, '2024-02-29 10:00:00.123', '0.00', false, '{}'],
      [6, '2024-02-29 10:00:00', '1.00', true, null],
    ])
    expect(seen.rejects.map((r) => [r.line, r.reason])).toEqual([
      [3, 'body: {"a"} is no json'],
      [4, 'id: 99999999999 is no int32'],
      [5, 'cost: 0.001 is no decimal(9,2)'],
    ])
  })
})

const stack = { level: text({ required: true }), message: text({ required: true }) } as const
const entry = '%{TIMESTAMP_ISO8601} %{LOGLEVEL:level} %{GREEDYDATA:message}'

describe('records of several lines', () => {
  const lines = [
    'left over',
    '2024-01-01 10:00:00 ERROR it broke',
    '  at a.b.C(D.java:1)',
    '',
    'Caused by: x',
    '2024-01-01 10:00:01 INFO fine',
    '2024-01-01 10:00:02 WEIRD no',
    '  more',
    '2024-01-01 10:00:03 WARN end',
    '  of file',
  ]
  const rows = [
    ['ERROR', 'it broke\n  at a.b.C(D.java:1)\n\nCaused by: x'],
    ['INFO', 'fine'],
    ['WARN', 'end\n  of file'],
  ]

  test('a line that begins one, or one that continues it, decides', async () => {
    for (const multiline of [
      { start: '^%{YEAR}-' },
      { continuation: String.raw`^(?:\s|$|Caused by|left)` },
    ]) {
      for (const end of ['\n', '\r\n']) {
        const content = lines.join(end)
        const seen = await read(content, (f) => grok(f, { pattern: entry, columns: stack, multiline }))
        expect(seen.rows).toEqual(rows)
        expect(
          seen.rejects.map((r) => [r.line, r.original, content.slice(r.offset ?? 0, (r.offset ?? 0) + 9)]),
        ).toEqual([
          [1, end === '\n' ? 'left over' : 'left over\r', 'left over'],
          [7, `2024-01-01 10:00:02 WEIRD no${end}  more${end === '\n' ? '' : '\r'}`, '2024-01-0'],
        ])
      }
    }
  })

  test('a record beyond its bounds is a reject, in pieces that hold every line', async () => {
    const many = ['2024-01-01 10:00:00 INFO a', ...Array.from({ length: 10 }, (_, i) => ` ${i}`)]
    const content = [
      ...many,
      '2024-01-01 10:00:01 INFO b',
      ' 1',
      ' 2',
      ' 3',
      '2024-01-01 10:00:02 INFO c',
    ].join('\n')
    const multiline = { start: '^2', maxLines: 4 }
    const seen = await read(content, (f) => grok(f, { pattern: entry, columns: stack, multiline }))
    expect(seen.rows).toEqual([
      ['INFO', 'b\n 1\n 2\n 3'],
      ['INFO', 'c'],
    ])
    expect(seen.rejects.map((r) => [r.rule, r.line])).toEqual([
      ['grok.too-long', 1],
      ['grok.too-long', 5],
      ['grok.too-long', 9],
    ])
    expect(seen.rejects.map((r) => r.original).join('\n')).toBe(many.join('\n'))
    const narrow = await read(content, (f) =>
      grok(f, { pattern: entry, columns: stack, multiline: { start: '^2', maxBytes: 34 } }),
    )
    expect(narrow.rows).toEqual([['INFO', 'c']])
    expect(narrow.rejects.every((r) => r.rule === 'grok.too-long' && r.original.length <= 34)).toBe(true)
  })

  test('one line that is no text makes its record a reject', async () => {
    const bytes = Buffer.concat([
      Buffer.from('2024-01-01 10:00:00 INFO a\n '),
      Buffer.from([0xff]),
      Buffer.from('\n2024-01-01 10:00:01 INFO b\n'),
    ])
    const seen = await read(bytes, (f) =>
      grok(f, { pattern: entry, columns: stack, multiline: { start: '^2' } }),
    )
    expect(seen.rows).toEqual([['INFO', 'b']])
    expect(seen.rejects.map((r) => [r.rule, r.line, r.original])).toEqual([
      ['grok.text', 1, '2024-01-01 10:00:00 INFO a\n \\xFF'],
    ])
  })
})
