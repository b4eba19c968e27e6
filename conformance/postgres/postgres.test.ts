import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bool,
  bytes,
  date,
  decimal,
  float64,
  int16,
  int64,
  json,
  postgresTable,
  secret,
  table,
  text,
  time,
  timestamp,
  uuid,
} from '../../packages/etl/src/index.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { clientOptions, openPostgres, type TestPostgres } from '../target/warehouse.ts'

const missing = missingPostgres()
const title = `PostgreSQL as a source${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined)(title, () => {
  let db: TestPostgres
  let shop: Workshop
  beforeAll(async () => {
    db = await openPostgres()
    shop = await openWorkshop('postgres-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })

  test('every type arrives exactly', async () => {
    await db.run(
      `create domain price as numeric(38,10); create domain dear as price; create type mood as enum ('sad', 'glad');
      create type pair as (a int, b text);
      create table exact (id bigint primary key, small smallint, money dear, f real, d double precision, paid boolean,
        at timestamp, stamp timestamptz, day date, hour time, span interval, t text, c char(4), b bytea, j json, jb jsonb,
        list numeric[], "both" pair, range int4range, m mood, ip inet, u uuid, cash money, "odd name,""" int);
      insert into exact values
        (9223372036854775807, -32768, 1234567890123456789012345678.0123456789, 1.1, 0.1, true, '2024-01-31 23:59:59.999999',
          '2024-06-01 12:00:00.5+05:30', '9999-12-31', '23:59:59.999999', '1 year 2 days 03:04:05.678', E'a "b", \\n\\\\N', 'ab', '\\x00ff22',
          '{"big": 9007199254740993, "a": 1, "a": 2}', '{"b": 1.10, "a": [null]}', '{1.10,NULL,12345678901234567890.5}', '(1,"x,y")',
          '[1,5)', 'glad', '10.0.0.1', '00112233-4455-6677-8899-aabbccddeeff', 12.34, 7),
        (-9223372036854775808, 32767, -0.0000000001, 16777216, 1e308, false, '0001-01-01', '0001-01-01 00:00:00+00', '0001-01-01',
          '00:00', '-1 second', '', '', '', 'null', 'null', '{}', null, 'empty', 'sad', '::1/64', null, -0.01, null),
        (0, null, null, 'NaN', '-Infinity', null, null, null, null, null, null, E'\\\\N', null, null, null, null, null, null, null, null, null, null, null, -1)`,
    )
    const raw = table('raw.exact', {
      from: postgresTable(db.declared, {
        table: 'exact',
        columns: {
          id: int64({ required: true }),
          small: int16(),
          money: decimal(38, 10),
          f: float64(),
          d: float64(),
          paid: bool(),
          at: timestamp(),
          stamp: timestamp(),
          day: date(),
          hour: time(),
          span: text(),
          t: text(),
          c: text(),
          b: bytes(),
          j: json(),
          jb: json(),
          list: json(),
          both: json(),
          range: text(),
          m: text(),
          ip: text(),
          u: uuid(),
          cash: decimal(12, 2),
          odd: int64({ from: 'odd name,"' }),
        },
      }),
    })
    const report = await shop.run([raw])
    expect(report.tables[0]?.error).toBeUndefined()
    expect(report.tables[0]?.counts).toMatchObject({ read: 3, written: 3, rejected: 0 })
    expect(await shop.rows('raw.exact')).toMatchSnapshot()
  })

  test('a table that is read whole and is what was published is nothing new', async () => {
    await db.run(`create table plain (id int primary key, v text)`)
    const from = postgresTable(db.declared, {
      table: 'plain',
      columns: { id: int64({ required: true }), v: text() },
    })
    const raw = table('raw.plain', { from })
    const once = async (): Promise<string | undefined> => (await shop.run([raw])).tables[0]?.outcome
    expect([await once(), await once()]).toEqual(['published', 'unchanged'])
    await db.run(`insert into plain select n, E'a\nb,' || n from generate_series(1, 1000) n`)
    expect([await once(), await once()]).toEqual(['published', 'unchanged'])
    await db.run(`update plain set v = null where id = 500`)
    expect([await once(), await once()]).toEqual(['published', 'unchanged'])
    await db.run('delete from plain')
    expect([await once(), await once()]).toEqual(['published', 'unchanged'])
  })

  test('rows without a cursor are followed, also where there are no others', async () => {
    await db.run(
      `create table untouched (id int primary key, v text, at timestamptz);
      insert into untouched values (1, 'a', null), (2, 'b', 'infinity')`,
    )
    const from = postgresTable(db.declared, {
      table: 'untouched',
      columns: { id: int64({ required: true }), v: text(), at: timestamp() },
      cursor: 'at',
      readAt: 'read_at',
    })
    const raw = table('raw.untouched', { from })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 1, rejected: 1 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run(
      `update untouched set v = 'a2', at = now() where id = 1; insert into untouched values (3, 'c', null)`,
    )
    expect((await shop.run([raw])).tables[0]).toMatchObject({ action: 'append', counts: { written: 2 } })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    expect(await shop.rows('raw.untouched')).toHaveLength(3)
  })

  test('what a declared type does not hold is a reject, and arrives as text', async () => {
    await db.run(
      `create table edge (id int primary key, n numeric, at timestamptz, day date);
      insert into edge values (1, 'NaN', now(), now()), (2, 'Infinity', now(), now()), (3, 1.005, now(), now()), (4, 1e30, now(), now()),
        (5, 1, 'infinity', now()), (6, 1, '0044-03-15 00:00:00+00 BC', now()), (7, 1, now(), '-infinity'), (8, 1, now(), '10000-01-01'),
        (9, 1.00, '2024-01-01 00:00:00+00', '2024-02-29')`,
    )
    const strict = table('raw.edge', {
      from: postgresTable(db.declared, {
        table: 'edge',
        columns: { id: int64({ required: true }), n: decimal(10, 2), at: timestamp(), day: date() },
      }),
    })
    const loose = table('raw.edge_text', {
      from: postgresTable(db.declared, {
        table: 'edge',
        columns: { id: int64({ required: true }), n: text(), at: text(), day: text() },
      }),
    })
    const { by } = await shop.run([strict, loose])
    expect(by.get('raw.edge')?.counts).toMatchObject({ read: 9, written: 1, rejected: 8 })
    expect(await shop.rows('raw.edge')).toEqual(['["9","1.00","2024-01-01T00:00:00.000000","2024-02-29"]'])
    const seen = (await shop.rows('raw.edge_text')).map((row) => JSON.parse(row) as string[])
    expect(seen.map((row) => row[1])).toEqual([
      'NaN',
      'Infinity',
      '1.005',
      '1000000000000000000000000000000',
      '1',
      '1',
      '1',
      '1',
      '1.00',
    ])
    expect(seen[4]?.[2]).toBe('infinity')
    expect(seen[5]?.[2]).toBe('0044-03-15 00:00:00+00 BC')
    expect(seen.slice(6, 8).map((row) => row[3])).toEqual(['-infinity', '10000-01-01'])
  })

  test.each([
    {
      type: 'timestamptz',
      first: '2024-01-01 10:00:00+02',
      next: '2024-01-02 10:00:00+02',
      never: `'infinity'`,
    },
    {
      type: 'timestamp',
      first: '2024-01-01 10:00:00',
      next: '2024-01-02 10:00:00.000001',
      never: `'infinity'`,
    },
    { type: 'date', first: '2024-01-01', next: '2024-01-02', never: `'infinity'` },
    { type: 'int', first: '7', next: '8', never: 'null' },
    { type: 'numeric', first: '7.50', next: '7.51', never: `'NaN'` },
  ])('a cursor of $type gives what is new once, whatever it equals', async ({ type, first, next, never }) => {
    const name = `moved_${type}`
    await db.run(
      `create table ${name} (id int primary key, v varchar(10), at ${type}); create index on ${name} (at);
      insert into ${name} values (1, 'a', '${first}'), (2, null, '${first}')`,
    )
    const at = {
      timestamptz: timestamp(),
      timestamp: timestamp(),
      date: date(),
      int: int64(),
      numeric: decimal(10, 2),
    }
    const raw = table(`raw.${name}`, {
      from: postgresTable(db.declared, {
        table: name,
        columns: { id: int64({ required: true }), v: text(), at: at[type as keyof typeof at] },
        cursor: 'at',
        readAt: 'read_at',
      }),
    })
    const once = async (sql = ''): Promise<unknown> => {
      await db.run(sql)
      const { tables } = await shop.run([raw])
      expect(tables[0]?.error).toBeUndefined()
      return [tables[0]?.outcome, tables[0]?.action, tables[0]?.counts?.written, tables[0]?.counts?.rejected]
    }
    expect(await once()).toEqual(['published', 'full', 2, 0])
    expect(await once()).toEqual(['unchanged', 'none', undefined, undefined])
    expect(
      await once(`insert into ${name} values (3, 'c', '${first}'); update ${name} set v = 'b' where id = 1`),
    ).toEqual(['published', 'append', 2, 0])
    expect(await once()).toEqual(['unchanged', 'none', undefined, undefined])
    // What has no place in the order does not move the cursor to where nothing follows.
    const rejected = never === 'null' ? 0 : 1
    expect(await once(`insert into ${name} values (4, 'x', ${never})`)).toEqual([
      'published',
      'append',
      1 - rejected,
      rejected,
    ])
    expect(await once()).toEqual(['unchanged', 'none', undefined, undefined])
    expect(await once(`insert into ${name} values (5, 'e', '${next}')`)).toEqual([
      'published',
      'append',
      1,
      0,
    ])
    expect(await once()).toEqual(['unchanged', 'none', undefined, undefined])
    expect(await shop.rows(`raw.${name}`)).toHaveLength(6 - rejected)
  })

  test('a transaction that commits late is found, however far the cursor has gone', async () => {
    await db.run(`create table late (id bigint generated always as identity primary key, v text)`)
    const raw = table('raw.late', {
      from: postgresTable(db.declared, {
        table: 'late',
        columns: { id: int64({ required: true }), v: text() },
        cursor: 'id',
      }),
    })
    const slow = new pg.Client(clientOptions(db.declared))
    await slow.connect()
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
      const all = ['["1","a"]', '["2","slow"]', '["3","b"]', '["4","c"]', '["5","d"]']
      expect(await shop.rows('raw.late')).toEqual(all)
      await shop.run([raw])
      expect(await shop.rows('raw.late')).toEqual(all)
    } finally {
      await slow.end()
    }
  })

  test('a time that a transaction took long before it wrote is found', async () => {
    await db.run(`create table began (id int primary key, at timestamptz not null default now())`)
    const raw = table('raw.began', {
      from: postgresTable(db.declared, {
        table: 'began',
        columns: { id: int64({ required: true }), at: timestamp({ required: true }) },
        cursor: 'at',
        lag: 0,
      }),
    })
    const slow = new pg.Client(clientOptions(db.declared))
    await slow.connect()
    try {
      await db.run('insert into began values (1)')
      await shop.run([raw])
      // It has no identifier of a transaction before it writes, but `now()` is this moment.
      await slow.query('begin')
      await slow.query('select 1')
      for (const id of [2, 3, 4]) {
        await db.run(`insert into began values (${id})`)
        await shop.run([raw])
      }
      await slow.query('insert into began values (5)')
      await slow.query('commit')
      await shop.run([raw])
      expect(await shop.rows('raw.began')).toHaveLength(5)
      await shop.run([raw])
      expect(await shop.rows('raw.began')).toHaveLength(5)
    } finally {
      await slow.end()
    }
  })

  test('views, partitions, other schemas and empty tables are read', async () => {
    await db.run(
      `create schema "Sales ""x"; create table "Sales ""x"."Orders" (id int, region text) partition by list (region);
      create table "Sales ""x".eu partition of "Sales ""x"."Orders" for values in ('EU'); create table "Sales ""x".us partition of "Sales ""x"."Orders" default;
      insert into "Sales ""x"."Orders" values (1, 'EU'), (2, 'US'); create view public.seen as select id from "Sales ""x"."Orders";
      create table nothing (id int, at timestamptz)`,
    )
    const id = int64({ required: true })
    const orders = table('raw.orders', {
      from: postgresTable(db.declared, {
        schema: 'Sales "x',
        table: 'Orders',
        columns: { id, region: text() },
      }),
    })
    const seen = table('raw.seen', { from: postgresTable(db.declared, { table: 'seen', columns: { id } }) })
    const nothing = table('raw.nothing', {
      from: postgresTable(db.declared, { table: 'nothing', columns: { id, at: timestamp() }, cursor: 'at' }),
    })
    await shop.run([orders, seen, nothing])
    expect(await shop.rows('raw.orders')).toEqual(['["1","EU"]', '["2","US"]'])
    expect(await shop.rows('raw.seen')).toEqual(['["1"]', '["2"]'])
    expect(await shop.rows('raw.nothing')).toEqual([])
    await db.run(`insert into nothing values (1, now())`)
    expect((await shop.run([nothing])).tables[0]?.counts?.written).toBe(1)
    await db.run('delete from nothing')
    expect((await shop.run([nothing])).tables[0]?.outcome).toBe('unchanged')
  })

  test('a probe tells what it saw; an account that may not see transactions is told so', async () => {
    const columns = { id: int64(), at: timestamp() }
    const options = { table: 'moved_timestamptz', columns, cursor: 'at' } as const
    const source = postgresTable(db.declared, options)
    const seen = await (await remoteOf(source)).probe(source)
    expect(seen.service).toMatch(/^PostgreSQL \d/)
    expect(seen.notes).toEqual([
      'public.moved_timestamptz: 2 declared columns are there',
      'at has come to 2024-01-02 08:00:00.000000',
      'at is NULL or infinite in some rows: they are read again by every run',
    ])
    await db.run('create role clerk login; grant select on moved_timestamptz to clerk')
    const { password: _, ...place } = db.declared
    const clerk = postgresTable({ ...place, user: 'clerk' }, options)
    expect((await (await remoteOf(clerk)).probe(clerk)).notes.at(-1)).toContain('pg_read_all_stats')
    const { tables } = await shop.run([table('raw.clerk', { from: clerk })])
    expect(tables[0]?.warnings?.[0]?.message).toContain('open transactions cannot be seen')
    const denied = postgresTable({ ...place, user: 'clerk' }, { table: 'late', columns: { id: int64() } })
    await expect((await remoteOf(denied)).probe(denied)).rejects.toMatchObject({
      code: 'connection.unauthorized',
    })
    await db.run('drop owned by clerk; drop role clerk')
  })

  test('what is wrong is told before anything is published', async () => {
    const run = async (source: ReturnType<typeof postgresTable>): Promise<unknown> =>
      (await shop.run([table('raw.wrong', { from: source })])).tables[0]?.error
    const columns = { id: int64(), nothing: text() }
    const { declared } = db
    expect(await run(postgresTable(declared, { table: 'late', columns }))).toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('nothing'),
    })
    expect(await run(postgresTable(declared, { table: 'Late', columns }))).toMatchObject({
      code: 'source.schema',
    })
    const wrong = { b: text(), at: date(), t: bytes(), span: time(), d: bool(), list: int64() }
    expect(await run(postgresTable(declared, { table: 'exact', columns: wrong }))).toMatchObject({
      code: 'source.schema',
      message: expect.stringMatching(/b: .*; at: .*; t: .*; span: .*; d: .*; list: /),
    })
    process.env['WRONG_PASSWORD'] = 'hunter2'
    const stranger = { ...declared, user: 'nobody_here', password: secret('env:WRONG_PASSWORD') }
    const denied = await run(postgresTable(stranger, { table: 'late', columns: { id: int64() } }))
    expect(denied).toMatchObject({ code: 'connection.unauthorized' })
    expect(JSON.stringify(denied)).not.toContain('hunter2')
    const nowhere = { ...declared, host: '127.0.0.1', port: 9 }
    expect(await run(postgresTable(nowhere, { table: 'late', columns: { id: int64() } }))).toMatchObject({
      code: 'connection.failed',
      retry: 'transient',
    })
    expect(() => postgresTable(declared, { table: 't', columns: { a: text() }, cursor: 'a' })).toThrow(
      'no dependable order',
    )
  })
})
