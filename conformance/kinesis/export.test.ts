import { appendFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingKinesisLocal } from '../../tools/peers/kinesis-local.ts'
import { type Ended, openWorkplace, securecart, type Workplace } from '../cli/securecart.ts'
import { environmentOf, type LocalStreams, openStreams } from './local-stream.ts'
import { openPartialProxy } from './partial-proxy.ts'

const missing = missingKinesisLocal()
const title = `securecart export to Kinesis${missing === undefined ? '' : ` (${missing})`}`

const configuration = `
import { csv, defineConfig, int64, decimal, table, text, timestamp } from '@securecart/etl'
const columns = { visitor: int64(), at: timestamp(), page: text(), price: decimal(20, 2) }
const clicks = table('raw.clicks', { from: csv('clicks.csv', { columns }) })
const wide = table('raw.wide', { from: csv('wide.csv', { columns: { page: text() } }) })
export default defineConfig({ lake: 'lake', pipelines: [clicks, wide] })
`

describe.skipIf(missing !== undefined)(title, () => {
  let streams: LocalStreams
  let at: Workplace
  const run = (...args: readonly string[]): Promise<Ended> => securecart(args, { cwd: at.folder })

  beforeAll(async () => {
    streams = await openStreams()
    for (const [name, value] of Object.entries(environmentOf(streams.endpoint))) process.env[name] = value
    at = await openWorkplace()
    await writeFile(path.join(at.folder, 'securecart.config.ts'), configuration)
    const clicks = path.join(at.folder, 'clicks.csv')
    await writeFile(clicks, 'visitor,at,page,price\n')
    const rows = Array.from({ length: 3_000 }, (_, n) => {
      // In no order of time; two visitors that a double takes for one.
      const second = (n * 7_919) % 3_000
      const visitor = n % 97 === 0 ? '' : String(9_007_199_254_740_992n + BigInt(n % 31))
      return `${visitor},2024-01-01T00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}Z,"/a\u2028${n}",${n}.10\n`
    })
    await appendFile(clicks, rows.join(''))
    await writeFile(path.join(at.folder, 'wide.csv'), `page\nshort\n${'x'.repeat(1_048_576)}\n`)
    expect((await run('run')).code).toBe(0)
  }, 120_000)
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]()
    await streams?.[Symbol.asyncDispose]()
  })

  test('sends each row as JSON, those of a key in the order that is asked for', async () => {
    await streams.create('clicks', 3)
    const options = ['--record-key', 'visitor', '--order-by', 'at', '--json']
    const ended = await run('export', 'raw.clicks', 'kinesis://clicks', ...options)
    expect(`${ended.code} ${ended.stderr}`).toBe('0 ')
    expect(JSON.parse(ended.stdout)).toMatchObject({ table: 'raw.clicks', rows: 3_000, again: 0 })
    const read = await streams.read('clicks')
    const asFile = await run('export', 'raw.clicks', 'clicks.ndjson')
    expect(asFile.code).toBe(0)
    const rows = (await run('query', 'select count(distinct visitor) as n from raw.clicks', '--json')).stdout
    expect(rows).toContain('31')
    const keyed = read.filter(({ text }) => !text.includes('"visitor":null'))
    expect(read.length - keyed.length).toBe(31)
    const byKey = Map.groupBy(keyed, ({ key }) => key)
    expect(byKey.size).toBe(31)
    for (const [key, records] of byKey) {
      expect(records.every(({ text }) => text.includes(`"visitor":${key},`))).toBe(true)
      const times = records.map(({ text }) => (JSON.parse(text) as { readonly at: string }).at)
      expect(times).toEqual(times.toSorted())
    }
    const lines = (await readFile(path.join(at.folder, 'clicks.ndjson'), 'utf8')).trimEnd().split('\n')
    expect(read.map(({ text }) => text).toSorted()).toEqual(lines.toSorted())
  }, 120_000)

  test('sends nothing of a table with a row that no record holds', async () => {
    await streams.create('wide', 1)
    const { code, stderr } = await run('export', 'raw.wide', 'kinesis://wide')
    expect(code).toBe(2)
    expect(stderr).toMatch(/is 1,?048,?\d+ bytes of JSON.*nothing was sent/)
    expect(await streams.read('wide')).toEqual([])
  }, 60_000)

  test('ends at Ctrl-C, whether calls are answered or not', async () => {
    await using proxy = await openPartialProxy(streams.endpoint, () => ({ kind: 'held' }))
    process.env['AWS_ENDPOINT_URL_KINESIS'] = proxy.endpoint
    try {
      const args = ['export', 'raw.clicks', 'kinesis://clicks', '--record-key', 'visitor']
      const started = performance.now()
      const { code, stderr } = await securecart(args, {
        cwd: at.folder,
        interruptWhen: () => proxy.calls > 0,
      })
      expect(code).toBe(1)
      expect(stderr).toMatch(/run\.cancelled/)
      expect(performance.now() - started).toBeLessThan(20_000)
    } finally {
      process.env['AWS_ENDPOINT_URL_KINESIS'] = streams.endpoint
    }
  }, 60_000)

  test.each([
    [['raw.clicks', 'kinesis://clicks', '--partition-by', 'page'], /--partition-by is for files/],
    [['raw.clicks', 'x.csv', '--order-by', 'at'], /--order-by is for streams/],
    [['raw.clicks', 'kinesis://a b'], /not the address of a Kinesis data stream/],
    [['raw.clicks', 'kinesis://clicks', '--record-key', 'user'], /has no column "user"[^]*visitor/],
    [['raw.clicks', 'kinesis://nowhere'], /Check the name of the stream/],
  ] as const)(
    'tells what is wrong with %j',
    async (args, told) => {
      const { code, stderr } = await run('export', ...args)
      expect(code).not.toBe(0)
      expect(stderr).toMatch(told)
    },
    60_000,
  )
})
