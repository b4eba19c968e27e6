import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  current,
  decimal,
  fn,
  int64,
  mysqlChanges,
  select,
  table,
  text,
} from '../../packages/etl/src/index.ts'
import type { Columns } from '../../packages/etl/src/connector/column.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Database, openDatabase } from './database.ts'
import { follow, type Follower } from './follow.ts'

const missing = missingMariadb()
const title = `changes of MySQL and MariaDB${missing === undefined ? '' : ` (${missing})`}`
const columns = { id: int64({ required: true }), v: text() }

describe.skipIf(missing !== undefined)(title, () => {
  let db: Database
  let shop: Workshop
  let made = 0
  let name = ''
  beforeAll(async () => {
    db = await openDatabase()
    shop = await openWorkshop('changes-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    name = `t${++made}`
  })

  /** Follows a new table, with rows 1 and 2 that were there at first. */
  async function followed(
    declared: Columns = columns,
    body = 'id int primary key, v varchar(20)',
  ): Promise<Follower> {
    await db.run(`create table ${name} (${body})`, `insert into ${name} (id, v) values (1, 'a'), (2, 'b')`)
    const follower = follow(mysqlChanges(db.server, { table: name, columns: declared }))
    expect(await follower.story()).toEqual(['read 1 a', 'read 2 b'])
    return follower
  }

  test('the history and the present state of a table, in a lake', async () => {
    await db.run(
      'create table orders (id int primary key, v varchar(20), price decimal(10,2))',
      `insert into orders values (1, 'a', 1.10), (2, 'b', 2)`,
    )
    const changes = table('raw.order_changes', {
      from: mysqlChanges(db.server, { table: 'orders', columns: { ...columns, price: decimal(10, 2) } }),
    })
    const orders = table('sales.orders', {
      from: changes.pipe(
        current({ by: ['id'], order: ['_sequence'], deleted: (c) => fn.eq(c._operation, 'delete') }),
        select('id', 'v', 'price'),
      ),
      key: ['id'],
    })
    const run = async (...statements: readonly string[]): Promise<readonly string[]> => {
      await db.run(...statements)
      const report = await shop.run([changes, orders])
      for (const { error } of report.tables) expect(error).toBeUndefined()
      return report.tables.map((t) => `${t.table} ${t.outcome} ${t.action}`)
    }
    expect(await run()).toContain('raw.order_changes published full')
    expect(await run()).toContain('raw.order_changes unchanged none')
    expect(
      await run(
        `insert into orders values (3, 'c', 3)`,
        'begin',
        `update orders set v = 'aa', price = 1.2 where id = 1`,
        'delete from orders where id = 2',
        'update orders set id = 4 where id = 3',
        'commit',
      ),
    ).toEqual(['raw.order_changes published append', 'sales.orders published merge'])
    expect(await shop.rows('sales.orders')).toEqual(['["1","aa","1.20"]', '["4","c","3.00"]'])
    expect(
      (await shop.rows('raw.order_changes')).map((row) => (JSON.parse(row) as string[]).slice(0, 4)),
    ).toEqual([
      ['1', 'a', '1.10', 'read'],
      ['1', 'aa', '1.20', 'update'],
      ['2', 'b', '2.00', 'delete'],
      ['2', 'b', '2.00', 'read'],
      ['3', 'c', '3.00', 'delete'],
      ['3', 'c', '3.00', 'insert'],
      ['4', 'c', '3.00', 'insert'],
    ])
    expect(await run()).toContain('raw.order_changes unchanged none')
  })

  test('what was rolled back is never seen, and what was prepared only once it is committed', async () => {
    const log = await followed()
    const other = await db.connect()
    await db.run(
      'begin',
      `insert into ${name} values (10, 'gone')`,
      'rollback',
      'begin',
      `insert into ${name} values (11, 'kept')`,
      'savepoint s',
      `insert into ${name} values (12, 'gone')`,
      'rollback to savepoint s',
      `insert into ${name} values (13, 'kept')`,
      'commit',
    )
    await other.query(
      `xa start 'one'; insert into ${name} values (20, 'one'); xa end 'one'; xa prepare 'one'`,
    )
    const third = await db.connect()
    await third.query(
      `xa start 'two'; insert into ${name} values (30, 'two'); xa end 'two'; xa prepare 'two'`,
    )
    await db.run(`insert into ${name} values (14, 'between')`)
    expect(await log.story()).toEqual(['insert 11 kept', 'insert 13 kept', 'insert 14 between'])
    const changes = await log.next()
    expect(changes).toEqual([])
    await third.query(`xa rollback 'two'`)
    await other.query(`xa commit 'one'`)
    await db.run(`insert into ${name} values (15, 'after')`)
    const later = await log.next()
    expect(later.toSorted((a, b) => (a.sequence < b.sequence ? -1 : 1)).map((c) => c.values[1])).toEqual([
      'one',
      'after',
    ])
    other.destroy()
    third.destroy()
    expect(await log.story()).toEqual([])
  })

  test('a transaction that a table without transactions shares keeps only what was committed', async () => {
    await db.run('create table notes (n int) engine=myisam')
    const log = await followed()
    await db.run(
      'begin',
      `insert into ${name} values (10, 'gone')`,
      'insert into notes values (1)',
      'create temporary table mixed (n int)',
      'savepoint a',
      `insert into ${name} values (11, 'gone')`,
      'rollback to a',
      'drop temporary table mixed',
      'rollback',
      `insert into ${name} values (12, 'kept')`,
    )
    expect(await log.story()).toEqual(['insert 12 kept'])
  })

  test('tables without a key, replaced rows, several tables and great transactions', async () => {
    const log = await followed(columns, 'id int, v varchar(20)')
    await db.run(`update ${name} set v = 'x' where id = 1`)
    expect(await log.story()).toEqual(['delete 1 a', 'insert 1 x'])
    await db.run(
      `alter table ${name} add primary key (id)`,
      `create table ${name}b like ${name}`,
      'begin',
      `insert into ${name}b select * from ${name}`,
      `replace into ${name} values (2, 'bb')`,
      `update ${name}, ${name}b set ${name}.v = 'both', ${name}b.v = 'both' where ${name}.id = 1 and ${name}b.id = 1`,
      'commit',
    )
    expect(await log.story()).toEqual(['update 2 bb', 'update 1 both'])
    await db.run(
      `insert into ${name} select seq + 100, repeat('x', 20) from seq_1_to_60000`,
      'flush binary logs',
    )
    const many = await log.next()
    expect(many).toHaveLength(60_000)
    expect(new Set(many.map((c) => c.sequence)).size).toBe(60_000)
    const sequences = many.map((c) => c.sequence)
    expect(sequences.toSorted()).toEqual(sequences)
    expect(await log.next()).toEqual([])
    expect(log.last?.isDue).toBeUndefined()
    await db.run('flush binary logs')
    // Another file was begun: the position is worth keeping although there is no change.
    expect(await log.story()).toEqual([])
    expect(log.last?.isDue).toBe(true)
  })

  test('columns that come, go, move, widen or are called otherwise leave the declared ones as they are', async () => {
    const declared = { id: int64({ required: true }), v: text(), n: int64(), e: text() }
    await db.run(
      `create table ${name} (id int primary key, v varchar(20), n int unsigned, e enum('a','b'), old int default 5)`,
      `insert into ${name} values (1, 'one', 1, 'a', 0)`,
    )
    const log = follow(mysqlChanges(db.server, { table: name, columns: declared }))
    await log.next()
    const change = (id: number): string =>
      `insert into ${name} (id, v, n, e) values (${id}, 'v${id}', ${id}, 'b')`
    await db.run(
      change(2),
      `alter table ${name} add column extra json first`,
      change(3),
      `alter table ${name} drop column old`,
      change(4),
      `alter table ${name} modify n bigint unsigned after e`,
      `insert into ${name} (id, v, n, e) values (5, 'v5', 18446744073709551615, 'b')`,
      `alter table ${name} modify v longtext character set latin1`,
      change(6),
      `alter table ${name} change extra other json`,
      `alter table ${name} modify e enum('c','b','a') first`,
      change(7),
      `update ${name} set e = 'c' where id = 7`,
      `alter table ${name} add column gen int as (id * 2) stored, add index (n)`,
      `delete from ${name} where id = 3`,
    )
    expect(await log.story()).toEqual([
      'insert 2 v2 2 b',
      'insert 3 v3 3 b',
      'insert 4 v4 4 b',
      'insert 5 v5 18446744073709551615 b',
      'insert 6 v6 6 b',
      'insert 7 v7 7 b',
      'update 7 v7 7 c',
      'delete 3 v3 3 b',
    ])
    expect(log.last?.warnings.map((w) => w.message)).toEqual([
      expect.stringContaining('values of n '),
      expect.stringContaining('values of v '),
      expect.stringContaining('values of e '),
    ])
  })

  test('without full metadata the present columns are taken, and a change of them is told', async () => {
    await db.run('set global binlog_row_metadata = NO_LOG')
    try {
      await db.run(
        `create table ${name} (id int unsigned primary key, v varchar(20), e enum('x','y') default 'y')`,
      )
      const follower = follow(mysqlChanges(db.server, { table: name, columns: { ...columns, e: text() } }))
      await follower.next()
      await db.run(`insert into ${name} (id, v) values (4294967295, 'c')`)
      expect(await follower.story()).toEqual(['insert 4294967295 c y'])
      await db.run(
        `insert into ${name} (id, v) values (4, 'd')`,
        `alter table ${name} add column z int first`,
      )
      await expect(follower.next()).rejects.toMatchObject({ code: 'source.position-lost' })
    } finally {
      await db.run('set global binlog_row_metadata = FULL')
    }
  })

  test.each([
    ['truncate', (t: string) => [`truncate table ${t}`]],
    ['drop', (t: string) => [`drop table ${t}`, `create table ${t} (id int primary key, v varchar(20))`]],
    [
      'rename',
      (t: string) => [`create table ${t}x like ${t}`, `rename table ${t} to ${t}old, ${t}x to ${t}`],
    ],
    ['alter rename', (t: string) => [`alter table ${t} rename to ${t}y`, `create table ${t} like ${t}y`]],
    [
      'create or replace',
      (t: string) => [`create or replace table ${t} (id int primary key, v varchar(20))`],
    ],
  ])('rows that went without a change for each are told: %s', async (_, statements) => {
    const log = await followed()
    await db.run(`insert into ${name} values (3, 'c')`, ...statements(name))
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.position-lost',
      hint: expect.stringContaining('--full'),
    })
    log.position = undefined
    await expect(log.next()).resolves.toBeDefined()
  })

  test('a declared column that was dropped, or is called otherwise, is told', async () => {
    const log = await followed()
    await db.run(
      `alter table ${name} drop column v`,
      `alter table ${name} add column v varchar(20) default 'new'`,
    )
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('v'),
    })
  })

  test('a log that does not hold every change is refused', async () => {
    const refused = { code: 'source.log-unusable' }
    const statement = await followed()
    await db.run(
      'set session binlog_format = STATEMENT',
      `update ${name} set v = 's'`,
      'set session binlog_format = ROW',
    )
    await expect(statement.next()).rejects.toMatchObject(refused)
    name = `${name}i`
    const image = await followed()
    await db.run(
      'set session binlog_row_image = MINIMAL',
      `update ${name} set v = 's'`,
      'set session binlog_row_image = FULL',
    )
    await expect(image.next()).rejects.toMatchObject(refused)
    for (const [variable, bad, good] of [
      ['binlog_format', 'MIXED', 'ROW'],
      ['binlog_row_image', 'NOBLOB', 'FULL'],
    ] as const) {
      await db.run(`set global ${variable} = ${bad}`)
      await expect(image.next()).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining(variable),
      })
      await db.run(`set global ${variable} = ${good}`)
    }
  })

  test('tables and columns whose changes are not in the log are refused', async () => {
    const source = (t: string): Promise<unknown> =>
      follow(mysqlChanges(db.server, { table: t, columns })).next()
    await db.run(
      `create table ${name}m (id int, v varchar(20)) engine=myisam`,
      `create view ${name}v as select 1 as id, 'x' as v`,
      `create table ${name}s (id int primary key, v varchar(20)) with system versioning`,
      `create table ${name}g (id int primary key, v varchar(20) as (concat('n', id)) virtual)`,
      `create table ${name}u (id int primary key, v uuid)`,
    )
    for (const end of ['m', 'v', 's', 'g', 'nowhere'])
      await expect(source(`${name}${end}`), end).rejects.toMatchObject({ code: 'source.schema' })
    const log = follow(mysqlChanges(db.server, { table: `${name}u`, columns }))
    await log.next()
    await db.run(`insert into ${name}u values (1, uuid())`)
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('uuid'),
    })
  })

  test('foreign keys that change rows in silence are told', async () => {
    await db.run(`create table ${name}p (id int primary key)`, `insert into ${name}p values (1), (2)`)
    const log = await followed(
      columns,
      `id int primary key, v varchar(20), p int, foreign key (p) references ${name}p (id) on delete cascade`,
    )
    expect(log.last?.warnings[0]?.message).toContain('foreign keys')
  })

  /** Drops all log but the present file. The server keeps a file until its own checkpoint is beyond it. */
  async function purge(): Promise<void> {
    const [[file]] = (await db.texts('show master status')) as [[string]]
    const files = async (): Promise<number> => (await db.texts('show binary logs')).length
    while ((await files()) > 1) {
      await db.run(`purge binary logs to '${file}'`)
      await sleep(50)
    }
  }

  test('a quiet table does not lose its place when old log is purged', async () => {
    await db.run(
      `create table ${name} (id int primary key, v varchar(20))`,
      `insert into ${name} values (1, 'a')`,
    )
    const raw = table('raw.quiet', { from: mysqlChanges(db.server, { table: name, columns }) })
    const run = async (): Promise<unknown> => {
      const [report] = (await shop.run([raw])).tables
      expect(report?.error).toBeUndefined()
      return `${report?.outcome} ${report?.counts?.written ?? ''}`
    }
    expect(await run()).toBe('published 1')
    for (let i = 0; i < 2; i++) {
      await db.run('flush binary logs')
      expect(await run()).toBe('published 0')
      await purge()
    }
    expect(await run()).toBe('unchanged ')
    await db.run(`insert into ${name} values (2, 'b')`)
    expect(await run()).toBe('published 1')
    await db.run(`insert into ${name} values (3, 'c')`, 'flush binary logs', 'flush binary logs')
    await purge()
    const [lost] = (await shop.run([raw])).tables
    expect(lost?.error).toMatchObject({ code: 'source.position-lost' })
    await db.run('reset master')
    const [reset] = (await shop.run([raw])).tables
    expect(reset?.error).toMatchObject({ code: 'source.position-lost' })
    expect((await shop.run([raw], { full: true })).tables[0]?.counts?.written).toBe(3)
  })

  test('an account with the rights that are asked for is enough, and one without them is told', async () => {
    await db.run(
      `create table ${name} (id int primary key, v varchar(20))`,
      `create user reader@localhost`,
      `grant select on shop.* to reader@localhost`,
    )
    const log = follow(mysqlChanges({ ...db.server, user: 'reader' }, { table: name, columns }))
    await expect(log.next()).rejects.toMatchObject({ code: 'connection.unauthorized' })
    await db.run('grant binlog monitor, replication slave on *.* to reader@localhost')
    expect(await log.story()).toEqual([])
    await db.run(`insert into ${name} values (1, 'a')`)
    expect(await log.story()).toEqual(['insert 1 a'])
  })

  test('a probe tells what it saw', async () => {
    await followed()
    const source = mysqlChanges(db.server, { table: name, columns })
    const probe = await (await remoteOf(source)).probe(source)
    expect(probe.service).toContain('MariaDB')
    expect(probe.notes.join('\n')).toMatch(/key of 1[\s\S]*the log ends at binlog/)
    expect(() => mysqlChanges(db.server, { table: name, columns: { _sequence: int64() } })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    )
  })
})
