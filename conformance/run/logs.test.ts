import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grok, int32, int64, parseUserAgent, table, text, timestamp } from '../../packages/etl/src/index.ts'
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
