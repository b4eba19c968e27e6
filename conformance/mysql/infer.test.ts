import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkplace, securecart, type Workplace } from '../cli/securecart.ts'
import { type Database, openDatabase } from './database.ts'

const missing = missingMariadb()

describe.skipIf(missing !== undefined)(`infer from a table of MySQL (${missing ?? 'MariaDB'})`, () => {
  let db: Database
  let at: Workplace
  let address = ''
  beforeAll(async () => {
    db = await openDatabase()
    at = await openWorkplace()
    await db.run("create user reader identified by 'geheim'; grant select, process on *.* to reader")
    address = `mysql://reader@localhost/shop/%s?socket=${encodeURIComponent(db.mariadb.socketPath)}&password=env:INFER_TEST_PASSWORD`
    process.env['INFER_TEST_PASSWORD'] = 'geheim'
  })
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })
  const infer = (table: string): ReturnType<typeof securecart> =>
    securecart(['infer', address.replace('%s', table)], { cwd: at.folder })

  test('what it prints runs as it is, and loses no value', async () => {
    await db.run(
      `create table \`Every Type\` (id bigint unsigned, part tinyint unsigned, small tinyint(1), mid mediumint unsigned, word smallint unsigned,
        n int unsigned not null, big bigint, money decimal(38,10), huge decimal(65,30), f float, d double, at datetime(6), day date,
        changed timestamp(6) not null default current_timestamp(6) on update current_timestamp(6), clock time(3), y year, flags bit(64),
        t varchar(200), c char(3), b varbinary(20), u binary(16), id4 uuid, ip inet6, j json, e enum('new','it''s'), s set('a','b'),
        \`odd name,"\` longtext, place point, primary key (id, part))`,
      `insert into \`Every Type\` values (18446744073709551615, 255, 1, 16777215, 65535, 4294967295, -9223372036854775808,
        1234567890123456789012345678.0123456789, 12345678901234567890123456789012345.123456789012345678901234567890, 1.5, 0.1,
        '2024-01-31 23:59:59.999999', '9999-12-31', '2024-01-01 00:00:00', '838:59:59', 2024, b'1111111111111111111111111111111111111111111111111111111111111111',
        'a,"b"\\n', 'é', x'00ff', x'00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff', '::1', '{"a": 1}', 'it''s', 'a,b', 'x', point(1, 2)),
        (1, 0, null, null, null, 0, null, null, null, null, null, null, null, default, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
    )
    const { code, stdout, stderr } = await infer('Every%20Type')
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
    expect(stdout.replaceAll(/socketPath: '[^']*'/g, "socketPath: '…'")).toMatchSnapshot()
    expect(stderr).toContain('warning huge: decimal(65,30) has more than 38 digits')
    await mkdir(path.join(at.folder, 'pipelines'), { recursive: true })
    await writeFile(path.join(at.folder, 'pipelines', 'table.ts'), stdout)
    await writeFile(
      path.join(at.folder, 'securecart.config.ts'),
      "import { defineConfig } from '@securecart/etl'\nimport * as t from './pipelines/table.ts'\nexport default defineConfig({ lake: 'lake', pipelines: [t] })\n",
    )
    await writeFile(path.join(at.folder, 'package.json'), '{ "type": "module" }')
    const run = await securecart(['run', '--json'], { cwd: at.folder })
    expect(`${run.code} ${run.code === 0 ? '' : run.stderr}`).toBe('0 ')
    const report = JSON.parse(run.stdout) as { tables: { counts: object }[] }
    expect(report.tables[0]?.counts).toMatchObject({ read: 2, written: 2, rejected: 0 })
    const sql =
      'select id, part, mid, big, huge, flags, clock, t, id4, j from raw.every_type where part = 255'
    const query = await securecart(['query', sql, '--json'], { cwd: at.folder })
    expect(query.stdout).toMatchSnapshot()
  })

  test('what is no table is said', async () => {
    const none = await infer('nothing')
    expect([none.code, none.stdout]).toEqual([1, ''])
    expect(none.stderr).toContain('there is no table "nothing"')
    const wrong = await securecart(['infer', 'mysql://reader:geheim@localhost/shop/t'], { cwd: at.folder })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('a password is not written into the address')
    expect(wrong.stderr).not.toContain('geheim')
    const short = await securecart(['infer', 'mysql://reader@localhost/shop'], { cwd: at.folder })
    expect([short.code, short.stderr.includes('mysql://user@host:3306/database/table')]).toEqual([2, true])
  })
})
