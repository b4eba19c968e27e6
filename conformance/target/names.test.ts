import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../packages/etl/src/function/dialect.ts'
import { csv, int64, table, type Table, target, text } from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop } from '../run/workshop.ts'
import { clientOptions, openDuckdb, openPostgres, type TestPostgres } from './warehouse.ts'

const seed = seedFor('TARGET_SEED')
const names = Number(process.env['TARGET_NAMES'] ?? 4000)
const missing = missingPostgres()
const title = missing === undefined ? `hostile names (seed ${seed})` : `hostile names (${missing})`

const pieces = [
  '"',
  '""',
  "'",
  '\\',
  ';',
  '--',
  '/*',
  '*/',
  '$1',
  '$$',
  '%',
  '_',
  '`',
  '[',
  ']',
  '(',
  ')',
  ',',
  '.',
  ' ',
  '\t',
  '\n',
  '\r',
  'é',
  'İ',
  'ß',
  '😀',
  '\u202e',
  '\ufeff',
  '\u0001',
  '\u007f',
  'a',
  'Z',
  '0',
  'select',
  'DROP TABLE x',
  'null',
  'U&"\\0041"',
  "E'",
  '{}',
  '::',
  '=',
  '\\x00',
  '%s',
]

function hostileNames(count: number): readonly string[] {
  const random = randomFrom(seed)
  const found = new Set([
    'select',
    'user',
    'table',
    '__proto__',
    'constructor',
    ' ',
    '"',
    '\\',
    "'; drop table t; --",
  ])
  while (found.size < count) {
    let made = ''
    for (let n = 1 + random.below(6); n > 0; n--) made += pieces[random.below(pieces.length)] ?? ''
    if (Buffer.byteLength(made) <= 63) found.add(made)
  }
  return [...found]
}

describe.skipIf(missing !== undefined)(title, () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await openPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test(`${names} quoted names are what PostgreSQL stores`, async () => {
    const client = new pg.Client(clientOptions(server.declared))
    await client.connect()
    const all = hostileNames(names)
    // At most 1,600 columns a table.
    for (let i = 0; i < all.length; i += 1000) {
      const some = all.slice(i, i + 1000)
      const place = `names_${randomUUID().slice(0, 8)}`
      await client.query(`CREATE TABLE ${place} (${some.map((n) => `${quoteName(n)} int`).join(', ')})`)
      const { rows } = await client.query<{ attname: string }>(
        `SELECT attname FROM pg_attribute WHERE attrelid = '${place}'::regclass AND attnum > 0 ORDER BY attnum`,
      )
      expect(rows.map((r) => r.attname)).toEqual(some)
    }
    await client.end()
  })

  test('columns of hostile names are delivered, merged and indexed', async () => {
    await using at = await openWorkshop('names-')
    await using file = await openDuckdb()
    const some = hostileNames(60)
      .filter((n, i, all) => all.findIndex((m) => m.toLowerCase() === n.toLowerCase()) === i)
      .filter((n) => n !== '__proto__' && n.trim() === n && !/[\n\r\ufeff]/.test(n))
      .slice(0, 30)
    const quoted = (n: string): string => `"${n.replaceAll('"', '""')}"`
    await at.deliver('1.csv', [
      ['id', ...some].map(quoted).join(','),
      ['1', ...some.map((_, i) => `v${i}`)].join(','),
    ])
    const columns = { id: int64({ required: true }), ...Object.fromEntries(some.map((n) => [n, text()])) }
    const from = table('raw.names', { from: csv('in/*.csv', { columns }) }) as unknown as Table
    const targets = [server, file].flatMap(({ declared: to }) => [
      target('bi.names', {
        from,
        to,
        mode: 'merge',
        key: ['id', some[0] ?? ''],
        indexes: [[some[1] ?? '', some[2] ?? '']],
      }),
      target('bi.versions', { from, to, mode: 'history', key: ['id'] }),
      target('bi.parts', { from, to, mode: 'partition', partition: some[3] ?? '' }),
    ])
    await at.run([from], { targets })
    await at.deliver('2.csv', [
      ['id', ...some].map(quoted).join(','),
      ['1', 'v0', ...some.slice(1).map((_, i) => `w${i}`)].join(','),
    ])
    const report = await at.run([from], { targets })
    expect(report.targets.map((t) => t.error?.message)).toEqual(targets.map(() => undefined))
    const list = some.map(quoteName).join(', ')
    const wanted = ['v0', ...some.slice(1).map((_, i) => `w${i}`)].join('|')
    for (const warehouse of [server, file])
      expect(await warehouse.query(`SELECT ${list} FROM bi.names`)).toEqual([wanted])
  })
})
