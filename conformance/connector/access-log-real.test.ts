import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessLog } from '../../packages/etl/src/connector/access-log.ts'
import { inferFile } from '../../packages/etl/src/connector/infer.ts'
import { openAccessLog } from '../../packages/etl/src/engine/duckdb/read/access-log.ts'
import { readSource, realData, type SeenSource } from './read-source.ts'

const data = await realData()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'access-log-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(
  content: string | Buffer,
  layout: 'combined' | 'common' = 'combined',
): Promise<SeenSource> {
  const file = path.join(folder, 'access.log')
  await writeFile(file, content)
  return readSource(accessLog(file, { layout }), [file], openAccessLog)
}

/** Splits a line by hand, one character at a time: the independent reader. */
function fieldsOf(line: string): readonly string[] {
  const fields: string[] = []
  let at = 0
  const until = (end: string): string => {
    let field = ''
    for (; at < line.length && line[at] !== end; at += 1) {
      if (line[at] === '\\' && end === '"') {
        const next = line[at + 1] ?? ''
        field += next === '"' || next === '\\' ? next : `\\${next}`
        at += 1
      } else field += line[at] ?? ''
    }
    if (line[at] !== end) return '<cut off>'
    at += 1
    return field
  }
  while (at < line.length) {
    if (line[at] === '"' || line[at] === '[') {
      at += 1
      fields.push(until(line[at - 1] === '[' ? ']' : '"'))
      at += 1
    } else fields.push(until(' '))
  }
  return fields
}

describe.skipIf(data === undefined)('a real access log', () => {
  const file = path.join(data ?? '', 'apache-logs', 'apache_logs')

  test('every line is a row equal to an independent reading, but for the one that is cut off', async () => {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((l) => l !== '')
    expect(lines).toHaveLength(10_000)
    const seen = await readSource(accessLog(file), [file], openAccessLog)
    expect(seen.rejects.map((r) => [r.rule, r.line, r.original])).toEqual([
      ['access-log.malformed', 8899, lines[8898]],
    ])
    const theirs = lines.map(fieldsOf).filter((f) => !f.includes('<cut off>'))
    const ours = seen.rows.map(rowText)
    expect(ours.toSorted()).toEqual(theirs.map(fieldText).toSorted())
  })

  test('is recognised by its content', async () => {
    expect((await inferFile(file)).connector).toBe('accessLog')
  })
})

const orDash = (v: unknown): string => (v === null || v === '' ? '-' : String(v))

function rowText(row: readonly unknown[]): string {
  const [ip, identity, user, at, method, target, protocol, status, bytes, referrer, agent] = row
  const request = [method, target, protocol].filter((p) => p !== null).join(' ')
  const moment = Date.parse(`${String(at).replace(' ', 'T')}Z`)
  return [ip, identity, user, moment, request, status, bytes, referrer, agent].map(orDash).join('|')
}

function fieldText(f: readonly string[]): string {
  const [ip, identity, user, at = '', ...rest] = f
  const [day, month, year, time, zone = ''] = at.split(/[/ ]|(?<=\d{4}):/)
  const moment = Date.parse(`${day} ${month} ${year} ${time} ${zone}`)
  return [ip, identity, user, moment, ...rest].map(orDash).join('|')
}

const good = '1.2.3.4 - bob [31/Dec/2024:23:30:00 -0130] "GET /a HTTP/1.1" 200 5 "-" "x"'

describe('access log lines', () => {
  test('offsets are applied, escapes undone, dashes are NULL', async () => {
    const lines = [
      good,
      String.raw`::1 id bob smith [01/Jan/2024:00:00:00 +0000] "GET /\"q\" b HTTP/2.0" 404 - "http://r/\\x" "a \"b\" \x41"`,
      '1.1.1.1 - - [01/Jan/2024:00:00:00 +0000] "-" 408 0 "-" "-"',
      String.raw`1.1.1.1 - - [01/Jan/2024:00:00:00 +0000] "\x16\x03\x01" 400 226 "-" "-"`,
    ]
    const seen = await read(`${lines.join('\r\n')}\n`)
    expect(seen.rejects).toEqual([])
    expect(seen.rows).toEqual([
      ['1.2.3.4', null, 'bob', '2025-01-01 01:00:00', 'GET', '/a', 'HTTP/1.1', 200, '5', null, 'x'],
      [
        '::1',
        'id',
        'bob smith',
        '2024-01-01 00:00:00',
        'GET',
        '/"q" b',
        'HTTP/2.0',
        404,
        null,
        String.raw`http://r/\x`,
        String.raw`a "b" \x41`,
      ],
      ['1.1.1.1', null, null, '2024-01-01 00:00:00', null, null, null, 408, '0', null, null],
      [
        '1.1.1.1',
        null,
        null,
        '2024-01-01 00:00:00',
        null,
        String.raw`\x16\x03\x01`,
        null,
        400,
        '226',
        null,
        null,
      ],
    ])
  })

  test('what is no line of the format is a reject with number, offset and text', async () => {
    const bad: readonly (readonly [Buffer, string])[] = [
      [Buffer.from(good.slice(0, -1)), good.slice(0, -1)],
      [Buffer.from(''), ''],
      [Buffer.from(good.replace('31/Dec', '31/Feb')), good.replace('31/Dec', '31/Feb')],
      [
        Buffer.from(good.replace(' 5 ', ' 99999999999999999999 ')),
        good.replace(' 5 ', ' 99999999999999999999 '),
      ],
      [Buffer.from(`${good}\rx`), `${good}\rx`],
      [Buffer.from(`${good}\0`), `${good}\0`],
      [Buffer.concat([Buffer.from([0xff]), Buffer.from('é')]), String.raw`\xFF\xC3\xA9`],
    ]
    const parts = bad.flatMap(([bytes]) => [Buffer.from(`${good}\n`), bytes, Buffer.from('\n')])
    const whole = Buffer.concat(parts)
    for (const content of [whole, gzipSync(whole)]) {
      const seen = await read(content)
      expect(seen.rows).toHaveLength(bad.length)
      expect(seen.rejects.map((r) => r.original)).toEqual(bad.map(([, text]) => text))
      expect(seen.rejects.map((r) => r.line)).toEqual(bad.map((_, i) => 2 * i + 2))
      expect(seen.rejects[0]?.offset).toBe(good.length + 1)
    }
  })

  test('common logs have no referrer and user agent', async () => {
    const line = '1.2.3.4 - - [31/Dec/2024:23:30:00 +0000] "GET /a HTTP/1.1" 200 5'
    const seen = await read(`${line}\n${good}\n`, 'common')
    expect(seen.rows).toEqual([
      ['1.2.3.4', null, null, '2024-12-31 23:30:00', 'GET', '/a', 'HTTP/1.1', 200, '5', null, null],
    ])
    expect(seen.rejects.map((r) => r.line)).toEqual([2])
  })
})
