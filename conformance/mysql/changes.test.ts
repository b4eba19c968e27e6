import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
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
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { changesSuite, columns } from './changes-suite.ts'
import { follow } from './follow.ts'

const missing = missingMariadb()
const title = `changes of MySQL and MariaDB${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined)(title, () => {
  const suite = changesSuite()

  test('the history and the present state of a table, in a lake', async () => {
    await suite.db.run(
      'create table orders (id int primary key, v varchar(20), price decimal(10,2))',
      `insert into orders values (1, 'a', 1.10), (2, 'b', 2)`,
    )
    const changes = table('raw.order_changes', {
      from: mysqlChanges(suite.db.server, {
        table: 'orders',
        columns: { ...columns, price: decimal(10, 2) },
      }),
    })
    const orders = table('sales.orders', {
      from: changes.pipe(
        current({ by: ['id'], order: ['_sequence'], deleted: (c) => fn.eq(c._operation, 'delete') }),
        select('id', 'v', 'price'),
      ),
      key: ['id'],
    })
    const run = async (...statements: readonly string[]): Promise<readonly string[]> => {
      await suite.db.run(...statements)
      const report = await suite.shop.run([changes, orders])
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
    expect(await suite.shop.rows('sales.orders')).toEqual(['["1","aa","1.20"]', '["4","c","3.00"]'])
    expect(
      (await suite.shop.rows('raw.order_changes')).map((row) => (JSON.parse(row) as string[]).slice(0, 4)),
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
    const log = await suite.followed()
    const other = await suite.db.connect()
    await suite.db.run(
      'begin',
      `insert into ${suite.name} values (10, 'gone')`,
      'rollback',
      'begin',
      `insert into ${suite.name} values (11, 'kept')`,
      'savepoint s',
      `insert into ${suite.name} values (12, 'gone')`,
      'rollback to savepoint s',
      `insert into ${suite.name} values (13, 'kept')`,
      'commit',
    )
    await other.query(
      `xa start 'one'; insert into ${suite.name} values (20, 'one'); xa end 'one'; xa prepare 'one'`,
    )
    const third = await suite.db.connect()
    await third.query(
      `xa start 'two'; insert into ${suite.name} values (30, 'two'); xa end 'two'; xa prepare 'two'`,
    )
    await suite.db.run(`insert into ${suite.name} values (14, 'between')`)
    expect(await log.story()).toEqual(['insert 11 kept', 'insert 13 kept', 'insert 14 between'])
    const changes = await log.next()
    expect(changes).toEqual([])
    await third.query(`xa rollback 'two'`)
    await other.query(`xa commit 'one'`)
    await suite.db.run(`insert into ${suite.name} values (15, 'after')`)
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
    await suite.db.run('create table notes (n int) engine=myisam')
    const log = await suite.followed()
    await suite.db.run(
      'begin',
      `insert into ${suite.name} values (10, 'gone')`,
      'insert into notes values (1)',
      'create temporary table mixed (n int)',
      'savepoint a',
      `insert into ${suite.name} values (11, 'gone')`,
      'rollback to a',
      'drop temporary table mixed',
      'rollback',
      `insert into ${suite.name} values (12, 'kept')`,
    )
    expect(await log.story()).toEqual(['insert 12 kept'])
  })

  test('tables without a key, replaced rows, several tables and great transactions', async () => {
    const log = await suite.followed(columns, 'id int, v varchar(20)')
    await suite.db.run(`update ${suite.name} set v = 'x' where id = 1`)
    expect(await log.story()).toEqual(['delete 1 a', 'insert 1 x'])
    await suite.db.run(
      `alter table ${suite.name} add primary key (id)`,
      `create table ${suite.name}b like ${suite.name}`,
      'begin',
      `insert into ${suite.name}b select * from ${suite.name}`,
      `replace into ${suite.name} values (2, 'bb')`,
      `update ${suite.name}, ${suite.name}b set ${suite.name}.v = 'both', ${suite.name}b.v = 'both' where ${suite.name}.id = 1 and ${suite.name}b.id = 1`,
      'commit',
    )
    expect(await log.story()).toEqual(['update 2 bb', 'update 1 both'])
    await suite.db.run(
      `insert into ${suite.name} select seq + 100, repeat('x', 20) from seq_1_to_60000`,
      'flush binary logs',
    )
    const many = await log.next()
    expect(many).toHaveLength(60_000)
    expect(new Set(many.map((c) => c.sequence)).size).toBe(60_000)
    const sequences = many.map((c) => c.sequence)
    expect(sequences.toSorted()).toEqual(sequences)
    expect(await log.next()).toEqual([])
    expect(log.last?.isDue).toBeUndefined()
    await suite.db.run('flush binary logs')
    // Another file was begun: the position is worth keeping although there is no change.
    expect(await log.story()).toEqual([])
    expect(log.last?.isDue).toBe(true)
  })

  test('columns that come, go, move, widen or are called otherwise leave the declared ones as they are', async () => {
    const declared = { id: int64({ required: true }), v: text(), n: int64(), e: text() }
    await suite.db.run(
      `create table ${suite.name} (id int primary key, v varchar(20), n int unsigned, e enum('a','b'), old int default 5)`,
      `insert into ${suite.name} values (1, 'one', 1, 'a', 0)`,
    )
    const log = follow(mysqlChanges(suite.db.server, { table: suite.name, columns: declared }))
    await log.next()
    const change = (id: number): string =>
      `insert into ${suite.name} (id, v, n, e) values (${id}, 'v${id}', ${id}, 'b')`
    await suite.db.run(
      change(2),
      `alter table ${suite.name} add column extra json first`,
      change(3),
      `alter table ${suite.name} drop column old`,
      change(4),
      `alter table ${suite.name} modify n bigint unsigned after e`,
      `insert into ${suite.name} (id, v, n, e) values (5, 'v5', 18446744073709551615, 'b')`,
      `alter table ${suite.name} modify v longtext character set latin1`,
      change(6),
      `alter table ${suite.name} change extra other json`,
      `alter table ${suite.name} modify e enum('c','b','a') first`,
      change(7),
      `update ${suite.name} set e = 'c' where id = 7`,
      `alter table ${suite.name} add column gen int as (id * 2) stored, add index (n)`,
      `delete from ${suite.name} where id = 3`,
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

  test('foreign keys that change rows in silence are told', async () => {
    await suite.db.run(
      `create table ${suite.name}p (id int primary key)`,
      `insert into ${suite.name}p values (1), (2)`,
    )
    const log = await suite.followed(
      columns,
      `id int primary key, v varchar(20), p int, foreign key (p) references ${suite.name}p (id) on delete cascade`,
    )
    expect(log.last?.warnings[0]?.message).toContain('foreign keys')
  })

  /** Drops all log but the present file. The server keeps a file until its own checkpoint is beyond it. */
  async function purge(): Promise<void> {
    const [[file]] = (await suite.db.texts('show master status')) as [[string]]
    const files = async (): Promise<number> => (await suite.db.texts('show binary logs')).length
    while ((await files()) > 1) {
      await suite.db.run(`purge binary logs to '${file}'`)
      await sleep(50)
    }
  }

  test('a quiet table does not lose its place when old log is purged', async () => {
    await suite.db.run(
      `create table ${suite.name} (id int primary key, v varchar(20))`,
      `insert into ${suite.name} values (1, 'a')`,
    )
    const raw = table('raw.quiet', { from: mysqlChanges(suite.db.server, { table: suite.name, columns }) })
    const run = async (): Promise<unknown> => {
      const [report] = (await suite.shop.run([raw])).tables
      expect(report?.error).toBeUndefined()
      return `${report?.outcome} ${report?.counts?.written ?? ''}`
    }
    expect(await run()).toBe('published 1')
    for (let i = 0; i < 2; i++) {
      await suite.db.run('flush binary logs')
      expect(await run()).toBe('published 0')
      await purge()
    }
    expect(await run()).toBe('unchanged ')
    await suite.db.run(`insert into ${suite.name} values (2, 'b')`)
    expect(await run()).toBe('published 1')
    await suite.db.run(`insert into ${suite.name} values (3, 'c')`, 'flush binary logs', 'flush binary logs')
    await purge()
    const [lost] = (await suite.shop.run([raw])).tables
    expect(lost?.error).toMatchObject({ code: 'source.position-lost' })
    await suite.db.run('reset master')
    const [reset] = (await suite.shop.run([raw])).tables
    expect(reset?.error).toMatchObject({ code: 'source.position-lost' })
    expect((await suite.shop.run([raw], { full: true })).tables[0]?.counts?.written).toBe(3)
  })

  test('an account with the rights that are asked for is enough, and one without them is told', async () => {
    await suite.db.run(
      `create table ${suite.name} (id int primary key, v varchar(20))`,
      `create user reader@localhost`,
      `grant select on shop.* to reader@localhost`,
    )
    const log = follow(mysqlChanges({ ...suite.db.server, user: 'reader' }, { table: suite.name, columns }))
    await expect(log.next()).rejects.toMatchObject({ code: 'connection.unauthorized' })
    await suite.db.run('grant binlog monitor, replication slave on *.* to reader@localhost')
    expect(await log.story()).toEqual([])
    await suite.db.run(`insert into ${suite.name} values (1, 'a')`)
    expect(await log.story()).toEqual(['insert 1 a'])
  })

  test('a probe tells what it saw', async () => {
    await suite.followed()
    const source = mysqlChanges(suite.db.server, { table: suite.name, columns })
    const probe = await (await remoteOf(source)).probe(source)
    expect(probe.service).toContain('MariaDB')
    expect(probe.notes.join('\n')).toMatch(/key of 1[\s\S]*the log ends at binlog/)
    expect(() =>
      mysqlChanges(suite.db.server, { table: suite.name, columns: { _sequence: int64() } }),
    ).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  })
})
