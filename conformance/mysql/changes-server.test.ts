import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { int64, mysqlChanges, text } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { type Database, openDatabase } from './database.ts'
import { follow } from './follow.ts'

const missing = missingMariadb()
const title = `changes of a server that stops, breaks or is replaced${missing === undefined ? '' : ` (${missing})`}`
const columns = { id: int64({ required: true }), v: text() }

describe.skipIf(missing !== undefined)(title, () => {
  let db: Database
  beforeAll(async () => {
    db = await openDatabase(['--log-slave-updates', '--max-binlog-size=1M'])
  })
  afterAll(async () => {
    await db?.[Symbol.asyncDispose]()
  })

  test('a dump that is cut off may be tried again, and gives everything once', async () => {
    await db.run(
      'create table cut (id int primary key auto_increment, v varchar(200))',
      `insert into cut (v) values ('first')`,
    )
    const log = follow(mysqlChanges(db.server, { table: 'cut', columns }))
    await log.next()
    for (let i = 0; i < 10; i++)
      await db.run(`insert into cut (v) select repeat('x', 200) from seq_1_to_20000`)
    const other = await db.connect()
    let cuts = 0
    for (let attempt = 0; attempt < 20 && cuts < 2; attempt++) {
      const fetched = log.next().then(
        () => undefined,
        (error: unknown) => error,
      )
      let isOver = false
      void fetched.then(() => (isOver = true))
      const goesOn = (): boolean => !isOver
      while (goesOn()) {
        const [rows] = await other.query(
          `select id from information_schema.processlist where command = 'Binlog Dump'`,
        )
        for (const [id] of rows as [number][]) await other.query(`kill ${id}`).catch(() => undefined)
        await sleep(2)
      }
      const error = await fetched
      if (error === undefined) break
      expect(error).toMatchObject({ code: 'connection.failed', retry: 'transient' })
      cuts++
    }
    other.destroy()
    expect(cuts).toBeGreaterThan(0)
    const rest = await log.next()
    const [[count]] = (await db.texts('select count(*) from cut')) as [[string]]
    expect(rest.length).toBe(Number(count) - 1)
    expect(new Set(rest.map((change) => change.values[0])).size).toBe(rest.length)
  })

  test('another server that took over goes on from the GTID, where it has it', async () => {
    await db.run(
      'create table moved (id int primary key, v varchar(20))',
      `insert into moved values (1, 'a')`,
      `create user repl@'%'`,
      `grant replication slave on *.* to repl@'%'`,
    )
    await using replica = await openDatabase(['--server-id=2', '--log-slave-updates'])
    await replica.run('drop database shop', 'reset master', `set global gtid_slave_pos = ''`)
    await replica.run(
      `change master to master_host = '127.0.0.1', master_port = ${db.mariadb.port}, master_user = 'repl', master_use_gtid = slave_pos`,
      'start slave',
    )
    const at = async (of: Database, what: string): Promise<string> =>
      (await of.texts(`select ${what}`))[0]?.[0] ?? ''
    const caughtUp = async (): Promise<void> => {
      const position = await at(db, '@@global.gtid_binlog_pos')
      const isBehind = async (): Promise<boolean> =>
        (await at(replica, '@@global.gtid_slave_pos')) !== position
      for (let i = 0; i < 400 && (await isBehind()); i++) await sleep(50)
      expect(await at(replica, '@@global.gtid_slave_pos')).toBe(position)
    }
    const first = follow(mysqlChanges(db.server, { table: 'moved', columns }))
    expect(await first.story()).toEqual(['read 1 a'])
    await db.run(`insert into moved values (2, 'b')`)
    const early = await first.next()
    await db.run(`insert into moved values (3, 'c')`)
    await caughtUp()
    await replica.run('stop slave', `insert into shop.moved values (4, 'd')`)
    const second = follow(mysqlChanges(replica.server, { table: 'moved', columns }))
    second.position = first.position
    const late = await second.next()
    expect(late.map((change) => change.values.join(' '))).toEqual(['3 c', '4 d'])
    expect((late[0]?.sequence ?? '') > (early[0]?.sequence ?? '')).toBe(true)
    await replica.run(`insert into shop.moved values (5, 'e')`)
    expect(await second.story()).toEqual(['insert 5 e'])
    // A server that does not have what was read cannot go on.
    const back = follow(mysqlChanges(db.server, { table: 'moved', columns }))
    back.position = second.position
    await expect(back.next()).rejects.toMatchObject({ code: 'source.position-lost' })
  })

  test('a server that was shut down and started again goes on in its log', async () => {
    await db.run(
      'create table stopped (id int primary key, v varchar(20))',
      `insert into stopped values (1, 'a')`,
    )
    const log = follow(mysqlChanges(db.server, { table: 'stopped', columns }))
    await log.next()
    await db.run(`insert into stopped values (2, 'b')`)
    db.client.destroy()
    await db.mariadb.restart()
    const again = await db.connect()
    await again.query(`insert into shop.stopped values (3, 'c')`)
    expect(await log.story()).toEqual(['insert 2 b', 'insert 3 c'])
    again.destroy()
  })
})
