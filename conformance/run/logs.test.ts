import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  flattenJson,
  grok,
  int32,
  int64,
  json,
  list,
  ndjson,
  parseUserAgent,
  table,
  text,
  timestamp,
  unnest,
} from '../../packages/etl/src/index.ts'
import { realData } from '../connector/read-source.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

const data = await realData()
let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop('logs-')
})
afterAll(async () => {
  await shop[Symbol.asyncDispose]()
})

function declare(folder: string) {
  const hits = table('raw.hits', {
    from: grok(join(folder, 'in/*.log'), {
      pattern: '%{COMBINEDAPACHELOG}',
      columns: {
        client: text({ from: 'clientip', required: true }),
        at: timestamp({ from: 'timestamp', format: 'dd/MMM/yyyy:HH:mm:ss XXX', required: true }),
        status: int32({ from: 'response', required: true }),
        bytes: int64(),
        agent: text(),
      },
    }),
  })
  const agents = table('web.agents', { from: hits.pipe(parseUserAgent('agent')) })
  return { hits, agents }
}

describe.skipIf(data === undefined)('a real log, through the lake', () => {
  test('records read are rows or rejects, user agents are read, and only new files are read again', async () => {
    const source = join(data ?? '', 'apache-logs', 'apache_logs')
    await mkdir(join(shop.folder, 'in'))
    await copyFile(source, join(shop.folder, 'in', 'a.log'))
    const { hits, agents } = declare(shop.folder)
    const first = await shop.run([hits, agents])
    expect(first.by.get('raw.hits')?.counts).toMatchObject({ read: 10_000, written: 9_999, rejected: 1 })
    expect(first.by.get('web.agents')?.counts).toMatchObject({ read: 9_999, written: 9_999 })
    const lines = (await readFile(source, 'utf8')).split('\n').filter((l) => l.endsWith('"'))
    const rows = (await shop.rows('web.agents')).map((row) => JSON.parse(row) as readonly unknown[])
    const count = (test: (row: readonly unknown[]) => boolean): number => rows.filter(test).length
    const having = (form: RegExp): number => lines.filter((l) => form.test(l.split('"')[5] ?? '')).length
    expect(count((r) => r[5] === 'Googlebot')).toBe(having(/Googlebot/))
    expect(count((r) => r[10] === true)).toBeGreaterThan(having(/Googlebot|bingbot/))
    expect(count((r) => r[7] === 'iOS')).toBe(having(/iPhone|iPad|iPod/))
    expect(count((r) => r[4] === null)).toBe(lines.filter((l) => l.endsWith(' "-"')).length)
    await shop.deliver('b.log', ['nonsense', lines[0] ?? ''])
    const second = await shop.run([hits, agents])
    expect(second.by.get('raw.hits')?.counts).toMatchObject({ read: 2, written: 1, rejected: 1 })
    expect(second.by.get('web.agents')?.counts).toMatchObject({ read: 1, written: 1 })
  })
})

const rowsOf = (at: Workshop, name: string): Promise<readonly unknown[]> =>
  at.rows(name).then((rows) => rows.map((r) => JSON.parse(r) as unknown))

describe('JSON logs', () => {
  test('members by path, also below names with dots; missing ones are NULL', async () => {
    await using at = await openWorkshop('json-logs-')
    await at.deliver('app.ndjson', [
      '{"@timestamp":"2024-05-06T07:08:09.123Z","log.level":"INFO","http":{"request":{"method":"GET"}},"took":12}',
      '{"@timestamp":"2024-05-06T07:08:10Z","log.level":"WARN","error":{"stack":["a","b"]}}',
      '{"@timestamp":"yesterday","log.level":"WARN"}',
    ])
    const logs = table('raw.logs', {
      from: ndjson(join(at.folder, 'in/app.ndjson'), {
        columns: {
          at: timestamp({ from: '@timestamp', required: true }),
          level: text({ from: 'log.level' }),
          method: text({ from: '$.http.request.method' }),
          frame: text({ from: '$.error.stack[0]' }),
          took: int64(),
        },
      }),
    })
    const report = await at.run([logs])
    expect(report.by.get('raw.logs')?.counts).toMatchObject({ read: 3, written: 2, rejected: 1 })
    expect(await rowsOf(at, 'raw.logs')).toEqual([
      ['2024-05-06T07:08:09.123000', 'INFO', 'GET', null, '12'],
      ['2024-05-06T07:08:10.000000', 'WARN', null, 'a', null],
    ])
  })

  test('documents behind a prefix, and lines that are none, in one file', async () => {
    await using at = await openWorkshop('json-logs-')
    await at.deliver('compose.log', [
      'web_1  | {"level":"info","msg":"started","user":{"id":7}}',
      'db_1   | LOG: ready {for you}',
      'web_1  | {"level":"warn","msg":"a | b","user":null}',
      'web_1  | {"level":',
      'no prefix',
    ])
    const lines = table('raw.lines', {
      from: grok(join(at.folder, 'in/compose.log'), {
        pattern: [
          String.raw`%{NOTSPACE:service} +\| (?<body>\{".*\})`,
          String.raw`%{NOTSPACE:service} +\| %{GREEDYDATA:line}`,
        ],
        columns: { service: text({ required: true }), body: json(), line: text() },
      }),
    })
    const read = table('app.lines', {
      from: lines.pipe(
        flattenJson('body', {
          level: text(),
          message: text({ from: '$.msg' }),
          user: int64({ from: '$.user.id' }),
        }),
      ),
    })
    const report = await at.run([lines, read])
    expect(report.by.get('raw.lines')?.counts).toMatchObject({ read: 5, written: 4, rejected: 1 })
    expect(await rowsOf(at, 'app.lines')).toEqual([
      ['db_1', 'LOG: ready {for you}', null, null, null],
      ['web_1', '{"level":', null, null, null],
      ['web_1', null, 'info', 'started', '7'],
      ['web_1', null, 'warn', 'a | b', null],
    ])
  })

  test('events in one list, as CloudTrail delivers them', async () => {
    await using at = await openWorkshop('json-logs-')
    await at.deliver('trail.json', [
      '{"Records":[{"eventName":"PutObject","userIdentity":{"arn":"arn:1"}},{"eventName":"GetObject","userIdentity":{}}]}',
    ])
    const files = table('raw.trail', {
      from: ndjson(join(at.folder, 'in/trail.json'), {
        columns: { records: list(json(), { from: 'Records' }) },
      }),
    })
    const events = table('audit.events', {
      from: files.pipe(
        unnest('records', { as: 'event' }),
        flattenJson('event', {
          name: text({ from: '$.eventName' }),
          who: text({ from: '$.userIdentity.arn' }),
        }),
      ),
    })
    await at.run([files, events])
    expect(await rowsOf(at, 'audit.events')).toEqual([
      ['GetObject', null],
      ['PutObject', 'arn:1'],
    ])
  })
})
