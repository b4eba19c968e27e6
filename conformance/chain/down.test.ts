import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  int64,
  mysql,
  mysqlServer,
  postgres,
  table,
  type Table,
  target,
  type TargetDeclaration,
  text,
} from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { type Database, openDatabase } from '../mysql/database.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type FaultProxy, startFaultProxy } from '../spark/fault-proxy.ts'
import { openPostgres, proxyTarget, type TestPostgres } from '../target/warehouse.ts'

const missing = missingMariadb() ?? missingPostgres()
const title = 'servers that are down for a while, slow, or cut off'

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  let db: Database
  let server: TestPostgres
  let toMysql: FaultProxy
  let toPostgres: FaultProxy
  let shop: Workshop
  let raw: Table
  let bi: TargetDeclaration
  let serial = 0
  beforeAll(async () => {
    db = await openDatabase()
    server = await openPostgres()
    toMysql = await startFaultProxy(db.mariadb.port)
    toPostgres = await startFaultProxy(proxyTarget(server))
  })
  afterAll(async () => {
    for (const each of [toPostgres, toMysql, server, db]) await each?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const name = `down${serial++}`
    await db.run(`create table ${name} (id int primary key auto_increment, v varchar(200))`)
    await add(name, 500)
    shop = await openWorkshop('down-')
    const from = mysqlServer({ host: '127.0.0.1', port: toMysql.port, user: 'root', database: 'shop' })
    raw = table(`raw.${name}`, {
      from: mysql(from, { table: name, columns: { id: int64({ required: true }), v: text() }, cursor: 'id' }),
    })
    const to = postgres({ ...server.declared, host: '127.0.0.1', port: toPostgres.port })
    bi = target(`bi.${name}`, { from: raw, to, mode: 'append' })
    return () => shop[Symbol.asyncDispose]()
  })

  const add = (name: string, rows: number): Promise<void> =>
    db.run(`insert into ${name} (v) select repeat('x', seq % 200) from seq_1_to_${rows}`)
  const own = (): string => raw.name.slice(4)
  const run = async (): Promise<readonly (string | undefined)[]> => {
    const report = await shop.run([raw], { targets: [bi] })
    return [report.tables[0]?.error?.code, report.targets[0]?.error?.code ?? report.targets[0]?.outcome]
  }
  const counts = async (): Promise<readonly (string | undefined)[]> => [
    (await db.texts(`select count(*), count(distinct id) from ${own()}`))[0]?.join('|'),
    (await server.query(`select count(*), count(distinct id) from ${bi.name}`))[0],
  ]

  test('a source that cannot be reached fails its run, and is read on once it is there', async () => {
    expect(await run()).toEqual([undefined, 'delivered'])
    await add(own(), 300)
    toMysql.refuse(true)
    expect(await run()).toEqual(['connection.failed', 'skipped'])
    expect(await run()).toEqual(['connection.failed', 'skipped'])
    toMysql.refuse(false)
    expect(await run()).toEqual([undefined, 'delivered'])
    expect(await counts()).toEqual(['800|800', '800|800'])
  })

  test('a warehouse that cannot be reached fails its delivery, the table is published, and is delivered later', async () => {
    toPostgres.refuse(true)
    expect(await run()).toEqual([undefined, 'connection.failed'])
    toPostgres.refuse(false)
    expect(await run()).toEqual([undefined, 'delivered'])
    expect(await counts()).toEqual(['500|500', '500|500'])
  })

  test('servers that answer late are waited for', async () => {
    toMysql.delay(80)
    toPostgres.delay(80)
    expect(await run()).toEqual([undefined, 'delivered'])
    toMysql.delay(0)
    toPostgres.delay(0)
    expect(await counts()).toEqual(['500|500', '500|500'])
  })

  test('a delivery whose connection is cut anywhere loses and repeats nothing', async () => {
    for (let round = 0; round < 8; round++) {
      await add(own(), 200)
      const how = (['reset', 'end'] as const)[round % 2] ?? 'end'
      const of = round % 3 === 0 ? 'answers' : 'requests'
      toPostgres.give(
        { of, afterBytes: 50 + round * 700, how },
        { of: 'answers', afterBytes: 30 + round * 150, how },
      )
      await run()
    }
    toPostgres.forget()
    await run()
    const [source, target] = await counts()
    expect(target).toBe(source)
    expect(toPostgres.cuts).toBeGreaterThan(8)
  })
})
