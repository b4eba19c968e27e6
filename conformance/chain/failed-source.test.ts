import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  duckdbFile,
  int64,
  mysql,
  mysqlServer,
  postgresTable,
  table,
  type Table,
  target,
  text,
} from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { type Database, openDatabase } from '../mysql/database.ts'
import { openWorkshop } from '../run/workshop.ts'
import { type FaultProxy, startFaultProxy } from '../spark/fault-proxy.ts'
import { openDuckdbAt, openPostgres, proxyTarget, type TestPostgres } from '../target/warehouse.ts'

const missing = missingMariadb() ?? missingPostgres()
const title = 'a source that fails while it is read whole'
const rows = 20_000

/** Every attempt of a run meets the fault; more than enough of them. */
const attempts = 12

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  let db: Database
  let server: TestPostgres
  let warehouse: TestPostgres
  beforeAll(async () => {
    db = await openDatabase()
    server = await openPostgres()
    warehouse = await openPostgres()
  })
  afterAll(async () => {
    await warehouse?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })

  const columns = { id: int64({ required: true }), v: text() }
  const sources = {
    MySQL: {
      fill: (value: string) =>
        db.run(
          `create or replace table whole (id int, v varchar(100))`,
          `insert into whole select seq, concat('${value}', repeat('x', 60)) from seq_1_to_${rows}`,
        ),
      proxy: () => startFaultProxy(db.mariadb.port),
      declare: (port: number): Table =>
        table('raw.whole', {
          from: mysql(mysqlServer({ host: '127.0.0.1', port, user: 'root', database: 'shop' }), {
            table: 'whole',
            columns,
          }),
        }),
    },
    PostgreSQL: {
      fill: (value: string) =>
        server.run(
          `drop table if exists whole; create table whole as select n as id, '${value}' || repeat('x', 60) as v from generate_series(1, ${rows}) n`,
        ),
      proxy: () => startFaultProxy(proxyTarget(server)),
      declare: (port: number): Table =>
        table('raw.whole', {
          from: postgresTable({ ...server.declared, host: '127.0.0.1', port }, { table: 'whole', columns }),
        }),
    },
  }

  test.each(['MySQL', 'PostgreSQL'] as const)(
    'of %s, at 0, 50 and 99 percent, leaves table and targets as they were',
    async (name) => {
      const { fill, proxy: open, declare } = sources[name]
      await using shop = await openWorkshop('failed-source-')
      await using proxy: FaultProxy = await open()
      const raw = declare(proxy.port)
      const file = `${shop.folder}/warehouse.duckdb`
      const place = `bi.whole_${name.toLowerCase()}`
      const targets = [warehouse.declared, duckdbFile(file)].map((to) =>
        target(place, { from: raw, to, mode: 'replace' }),
      )
      await fill('first')
      const before = await shop.run([raw], { targets })
      expect(before.targets.map((t) => t.error ?? t.counts?.inserted)).toEqual([rows, rows])
      await fill('second')
      const bytes = rows * 70
      for (const share of [0, 0.5, 0.99]) {
        for (const how of ['reset', 'end'] as const) {
          const fault = { of: 'answers', afterBytes: Math.floor(bytes * share), how } as const
          proxy.give(...Array.from({ length: attempts }, () => fault))
          const cuts = proxy.cuts
          const { tables, targets: told } = await shop.run([raw], { targets })
          expect(tables[0]?.error).toMatchObject({ code: 'connection.failed' })
          expect(told.map((t) => t.outcome)).not.toContain('delivered')
          const used = proxy.cuts - cuts
          expect(used).toBeGreaterThan(0)
          expect(await shop.rows('raw.whole')).toHaveLength(rows)
          const seen = `SELECT count(*), min(left(v, 5)), max(left(v, 5)) FROM ${place}`
          expect(await warehouse.query(seen)).toEqual([`${rows}|first|first`])
          expect(await openDuckdbAt(file).query(seen)).toEqual([`${rows}|first|first`])
          proxy.forget()
        }
      }
      const after = await shop.run([raw], { targets })
      expect(after.targets.map((t) => t.error ?? t.counts?.inserted)).toEqual([rows, rows])
      expect((await shop.rows('raw.whole')).every((row) => row.includes('second'))).toBe(true)
    },
  )
})
