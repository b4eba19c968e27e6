import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { grok } from '../../packages/etl/src/connector/grok.ts'
import { inferFile } from '../../packages/etl/src/connector/infer.ts'
import type { Inference } from '../../packages/etl/src/connector/inference.ts'
import { openFiles } from '../../packages/etl/src/engine/duckdb/read/index.ts'
import { cloudFront, logSamples } from './log-samples.ts'
import { readSource } from './read-source.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'log-infer-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  return file
}

const sourceOf = (file: string, { grok: options, columns }: Inference) =>
  grok(file, {
    pattern: options?.pattern ?? [],
    columns,
    ...(options?.multiline ? { multiline: options.multiline } : {}),
  })

test.each(logSamples)(
  '$name: the proposal reads every record',
  async ({ lines, first, rows, name, taken }) => {
    const file = await written(`${name}.log.gz`, gzipSync(`${lines.join('\r\n')}\n`))
    const found = await inferFile(file)
    expect(found.connector).toBe('grok')
    expect(found.warnings.join('\n')).toContain(taken)
    const seen = await readSource(sourceOf(file, found), [file], openFiles)
    expect(seen.rejects).toEqual([])
    expect(seen.total).toBe(rows)
    const row = Object.fromEntries(seen.columns.map((c, i) => [c, seen.rows[0]?.[i]]))
    expect(row).toMatchObject(first)
  },
)

test('records that do not fit are counted in a warning', async () => {
  const lines = Array.from({ length: 30 }, (_, i) =>
    i % 10 === 4 ? `odd ${i}` : `Jan 17 03:04:${i + 10} web cron[1]: ${i}`,
  )
  const found = await inferFile(await written('odd.log', `${lines.join('\n')}\n`))
  expect(found.warnings).toContain('taken for a syslog (RFC 3164): 27 of 30 sampled records match')
  expect(found.warnings).toContain('the records that do not match would be rejected')
  expect(found.warnings.join()).toContain('have no year')
})

test('the extended log file format of CloudFront becomes delimited text', async () => {
  const file = await written('E2.2019-12-04-21.gz', gzipSync(`${cloudFront.join('\n')}\n`))
  const found = await inferFile(file)
  expect(found.connector).toBe('csv')
  const seen = await readSource(
    csv(file, { columns: found.columns, dialect: found.dialect ?? {} }),
    [file],
    openFiles,
  )
  expect(seen.rejects).toEqual([])
  expect(seen.columns.slice(-2)).toEqual(['cs_user_agent', 'time_taken'])
  expect(seen.rows.map((r) => [r[0], r[1], r[3], r[7], r[9], r[10]])).toEqual([
    ['2019-12-04', '21:02:31', '392', '/index.html', null, 'Mozilla/5.0%20(Windows%20NT%2010.0)'],
    ['2019-12-04', '21:02:32', null, '/"a"', 'http://r/', null],
  ])
})

test.each([
  ['times first', 'at,level,text\n2024-01-02 10:00:00,INFO,a b\n2024-01-02 10:00:01,WARN,c d\n'],
  ['json last', 'id,doc\n1,"{""a"":1}"\n2,"{""a"":2}"\n'],
  ['json last, tabs', 'id\tdoc\n1\t{"a":1}\n2\t{"a":2}\n'],
  ['words', 'name text\nJan x\nFeb y\n'],
])('delimited text stays what it is: %s', async (name, content) => {
  expect((await inferFile(await written(`${name}.csv`, content))).connector).toBe('csv')
})
