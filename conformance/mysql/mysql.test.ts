import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytes,
  date,
  decimal,
  float64,
  int16,
  int64,
  int8,
  json,
  mysql,
  secret,
  table,
  text,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Database, openDatabase } from './database.ts'

const missing = missingMariadb()
const title = `MySQL and MariaDB${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined)(title, () => {
  let db: Database
  let shop: Workshop
  beforeAll(async () => {
    db = await openDatabase()
    shop = await openWorkshop('mysql-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })

  test('every type arrives exactly', async () => {
    await db.run(
      `create table exact (id bigint unsigned primary key, small tinyint(1), money decimal(38,10), f float, d double,
        at datetime(6), stamp timestamp(6) null, day date, t varchar(200), b varbinary(20), j json, e enum('new','paid'), s set('a','b'),
        bits bit(64), y year, u binary(16), odd \`name,"\` int)`.replace(
        'odd `name,"` int',
        '`odd ``name,"` int',
      ),
      `insert into exact values
        (0, -128, 1234567890123456789012345678.0123456789, 1.1, 0.1, '2024-01-31 23:59:59.999999', '2024-06-01 12:00:00.5', '9999-12-31',
          'a "b", \\n\\\\N', x'00ff22', '{"big": 9007199254740993, "a": 1, "a": 2}', 'paid', 'a,b', b'1111111111111111111111111111111111111111111111111111111111111111', 2024, x'00112233445566778899aabbccddeeff', 7),
        (18446744073709551615, 127, -0.0000000001, 16777216, 1e308, '1000-01-01 00:00:00', null, '1000-01-01', '', x'', 'null', 'new', '', 0, 1901, null, null),
        (9007199254740993, 1, null, null, null, null, null, null, '\\\\N', null, null, null, null, null, null, null, -1)`,
    )
    const raw = table('raw.exact', {
      from: mysql(db.server, {
        table: 'exact',
        columns: {
          id: uint64({ required: true }),
          small: int8(),
          money: decimal(38, 10),
          f: float64(),
          d: float64(),
          at: timestamp(),
          stamp: timestamp(),
          day: date(),
          t: text(),
          b: bytes(),
          j: json(),
          e: text(),
          s: text(),
          bits: uint64(),
          y: int16(),
          u: uuid(),
          odd: int64({ from: 'odd `name,"' }),
        },
      }),
    })
    const report = await shop.run([raw])
    expect(report.tables[0]?.error).toBeUndefined()
    expect(report.tables[0]?.counts).toMatchObject({ read: 3, written: 3, rejected: 0 })
    expect(await shop.rows('raw.exact')).toMatchSnapshot()
  })

  test('dates that are none are rejects, or NULL where that is asked for', async () => {
    await db.run(
      'set sql_mode = ""',
      'create table zero (id int primary key, day date, at datetime)',
      `insert into zero values (1, '0000-00-00', '2024-01-01'), (2, '2024-02-00', '2024-00-01 10:00:00'), (3, '2024-02-29', '0000-00-00')`,
    )
    const columns = { id: int64({ required: true }), day: date(), at: timestamp() }
    const strict = table('raw.zero_strict', { from: mysql(db.server, { table: 'zero', columns }) })
    const lenient = table('raw.zero_null', {
      from: mysql(db.server, { table: 'zero', columns, zeroDates: 'null' }),
    })
    const { by } = await shop.run([strict, lenient])
    expect(by.get('raw.zero_strict')?.counts).toMatchObject({ read: 3, written: 0, rejected: 3 })
    expect(by.get('raw.zero_null')?.counts).toMatchObject({ read: 3, written: 3, rejected: 0 })
    expect(by.get('raw.zero_null')?.warnings?.[0]?.message).toContain('4 zero dates of zero became NULL')
    expect(await shop.rows('raw.zero_null')).toEqual([
      '["1",null,"2024-01-01T00:00:00.000000"]',
      '["2",null,null]',
      '["3","2024-02-29",null]',
    ])
  })

  test('a cursor gives what is new once, whatever it equals', async () => {
    await db.run(
      'create table moved (id int primary key, v varchar(10), at datetime(0))',
      `insert into moved values (1, 'a', '2024-01-01 10:00:00'), (2, null, '2024-01-01 10:00:00')`,
    )
    const raw = table('raw.moved', {
      from: mysql(db.server, {
        table: 'moved',
        columns: { id: int64({ required: true }), v: text(), at: timestamp() },
        cursor: 'at',
      }),
    })
    const once = async (...sql: readonly string[]): Promise<unknown> => {
      await db.run(...sql)
      const { tables } = await shop.run([raw])
      expect(tables[0]?.error).toBeUndefined()
      return { outcome: tables[0]?.outcome, action: tables[0]?.action, written: tables[0]?.counts?.written }
    }
    expect(await once()).toEqual({ outcome: 'published', action: 'full', written: 2 })
    expect(await once()).toEqual({ outcome: 'unchanged', action: 'none', written: undefined })
    // Equal time, inserted and changed.
    expect(
      await once(
        `insert into moved values (3, 'c', '2024-01-01 10:00:00')`,
        `update moved set v = 'b' where id = 1`,
      ),
    ).toEqual({ outcome: 'published', action: 'append', written: 2 })
    expect(await once()).toMatchObject({ outcome: 'unchanged' })
    expect(
      await once(`insert into moved values (4, 'd', '2024-01-02 10:00:00'), (5, 'e', null)`),
    ).toMatchObject({ written: 2 })
    expect(await once()).toMatchObject({ outcome: 'unchanged' })
    expect(await shop.rows('raw.moved')).toEqual([
      '["1","a","2024-01-01T10:00:00.000000"]',
      '["1","b","2024-01-01T10:00:00.000000"]',
      '["2",null,"2024-01-01T10:00:00.000000"]',
      '["3","c","2024-01-01T10:00:00.000000"]',
      '["4","d","2024-01-02T10:00:00.000000"]',
      '["5","e",null]',
    ])
  })

  test('a record that is rejected is so once, also where it says when it was read', async () => {
    await db.run(
      'create table stale (id int primary key, v varchar(20), at datetime)',
      "insert into stale values (1, '1', '2024-01-01'), (2, 'two, or so', '2024-01-01'), (3, 'three', null)",
    )
    const columns = { id: int64({ required: true }), v: int64(), at: timestamp() }
    const from = mysql(db.server, { table: 'stale', columns, cursor: 'at', readAt: 'read_at' })
    const raw = table('raw.stale', { from })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ read: 3, written: 1, rejected: 2 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run("insert into stale values (4, 'four', '2024-01-01')")
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 0, rejected: 1 })
    expect(await shop.rows('raw.stale$rejected')).toHaveLength(3)
  })

  test('rows without a cursor are followed, also where there are no others', async () => {
    await db.run(
      'create table untouched (id int primary key, v text, at datetime(6))',
      "insert into untouched values (1, 'a', null), (2, 'b', null)",
    )
    const from = mysql(db.server, {
      table: 'untouched',
      columns: { id: int64({ required: true }), v: text(), at: timestamp() },
      cursor: 'at',
      readAt: 'read_at',
    })
    const raw = table('raw.untouched', { from })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 2 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run(
      "update untouched set v = 'a2', at = now(6) where id = 1",
      "insert into untouched values (3, 'c', null)",
    )
    const third = await shop.run([raw])
    expect(third.tables[0]).toMatchObject({ action: 'append', counts: { written: 2 } })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run("insert into untouched values (4, 'd', now(6))")
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 1 })
    expect(await shop.rows('raw.untouched')).toHaveLength(5)
  })

  test('a record that is rejected is so once, by the name of its table', async () => {
    await db.run(
      'create table dirty (id int primary key, v varchar(20), at datetime)',
      "insert into dirty values (1, '1', '2024-01-01'), (2, 'two', '2024-01-01')",
    )
    const raw = table('raw.dirty', {
      from: mysql(db.server, {
        table: 'dirty',
        columns: { id: int64({ required: true }), v: int64(), at: timestamp() },
        cursor: 'at',
      }),
    })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ read: 2, written: 1, rejected: 1 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run("insert into dirty values (3, 'three', '2024-01-01'), (4, '4', '2024-01-02')")
    const { tables } = await shop.run([raw])
    expect(tables[0]?.counts).toMatchObject({ read: 4, written: 1, rejected: 1, filtered: 2 })
    const rejected = await shop.rows('raw.dirty$rejected')
    expect(rejected.map((row) => (JSON.parse(row) as unknown[])[5]).toSorted()).toEqual([
      '2,two,2024-01-01 00:00:00',
      '3,three,2024-01-01 00:00:00',
    ])
    expect((JSON.parse(rejected[0] ?? '') as unknown[])[2]).toMatch(/mariadb\.sock\/shop\.dirty$/)
  })

  test('a transaction that commits late is found, however far the cursor has gone', async () => {
    await db.run('create table late (id int primary key auto_increment, v varchar(10))')
    const raw = table('raw.late', {
      from: mysql(db.server, {
        table: 'late',
        columns: { id: int64({ required: true }), v: text() },
        cursor: 'id',
      }),
    })
    const slow = await db.connect()
    try {
      await db.run(`insert into late (v) values ('a')`)
      await shop.run([raw])
      await slow.query('begin')
      await slow.query(`insert into late (v) values ('slow')`)
      for (const v of ['b', 'c', 'd']) {
        await db.run(`insert into late (v) values ('${v}')`)
        await shop.run([raw])
      }
      expect(await shop.rows('raw.late')).toHaveLength(4)
      await slow.query('commit')
      await shop.run([raw])
      expect(await shop.rows('raw.late')).toEqual([
        '["1","a"]',
        '["2","slow"]',
        '["3","b"]',
        '["4","c"]',
        '["5","d"]',
      ])
      await shop.run([raw])
      expect(await shop.rows('raw.late')).toHaveLength(5)
    } finally {
      slow.destroy()
    }
  })

  test('an empty table is published once', async () => {
    await db.run('create table nothing (id int primary key, at datetime)')
    const columns = { id: int64({ required: true }), at: timestamp() }
    const raw = table('raw.nothing', { from: mysql(db.server, { table: 'nothing', columns, cursor: 'at' }) })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'published' })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run("insert into nothing values (1, '2024-01-01')")
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'published', counts: { written: 1 } })
    await db.run('delete from nothing')
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    expect(await shop.rows('raw.nothing')).toHaveLength(1)
  })

  test('a probe tells what it saw', async () => {
    const source = mysql(db.server, {
      table: 'moved',
      columns: { id: int64(), at: timestamp() },
      cursor: 'at',
    })
    const seen = await (await remoteOf(source)).probe(source)
    expect(seen.service).toContain('MariaDB')
    expect(seen.notes).toEqual([
      'moved: 2 declared columns are there',
      'at has come to 2024-01-02 10:00:00.000000',
      'at is NULL in some rows: they are read again by every run',
    ])
  })

  test('an account that may not see transactions is told so, and reads with a lag', async () => {
    process.env['CLERK_PASSWORD'] = 'clerk'
    await db.run(
      "create user clerk@localhost identified by 'clerk'",
      'grant select on shop.* to clerk@localhost',
    )
    const server = { ...db.server, user: 'clerk', password: secret('env:CLERK_PASSWORD') }
    const source = mysql(server, { table: 'moved', columns: { id: int64(), at: timestamp() }, cursor: 'at' })
    expect((await (await remoteOf(source)).probe(source)).notes.at(-1)).toContain('PROCESS')
    const { tables } = await shop.run([table('raw.clerk', { from: source })])
    expect(tables[0]?.warnings?.[0]?.message).toContain('open transactions cannot be seen')
    expect(tables[0]?.counts?.written).toBe(5)
  })

  test('what is wrong is told before anything is published', async () => {
    const columns = { id: int64(), nothing: text() }
    const of = (options: Partial<Parameters<typeof mysql>[0]>, name = 'moved'): ReturnType<typeof mysql> =>
      mysql({ ...db.server, ...options }, { table: name, columns })
    const run = async (source: ReturnType<typeof mysql>): Promise<unknown> => {
      const { tables } = await shop.run([table('raw.wrong', { from: source })], {})
      return tables[0]?.error
    }
    expect(await run(of({}))).toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('nothing'),
    })
    expect(await run(of({}, 'Moved'))).toMatchObject({ code: 'source.schema' })
    process.env['WRONG_PASSWORD'] = 'hunter2'
    const denied = await run(of({ user: 'nobody', password: secret('env:WRONG_PASSWORD') }))
    expect(denied).toMatchObject({ code: 'connection.unauthorized' })
    expect(JSON.stringify(denied)).not.toContain('hunter2')
    const probe = (await remoteOf(of({}))).probe(of({ socketPath: '/nowhere' }))
    await expect(probe).rejects.toMatchObject({ code: 'connection.failed', retry: 'transient' })
  })
})
