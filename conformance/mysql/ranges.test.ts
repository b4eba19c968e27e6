import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteOf, type Fetched } from '../../packages/etl/src/connector/remote.ts'
import { int64, mysql, mysqlServer, table, text, timestamp, uint64 } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Database, openDatabase } from './database.ts'

const missing = missingMariadb()
const accounts = 60_000
const snapshots = Number(process.env['MYSQL_RANGE_RUNS'] ?? 12)

describe.skipIf(missing !== undefined)(
  `ranges of a key over several connections (${missing ?? 'MariaDB'})`,
  () => {
    let db: Database
    let shop: Workshop
    beforeAll(async () => {
      db = await openDatabase()
      shop = await openWorkshop('mysql-ranges-')
      await db.run(
        'create table account (id bigint unsigned primary key, balance bigint not null, note varchar(20), at datetime(6))',
        // Keys that lie unevenly, up to the last one that there can be.
        `insert into account select if(seq <= 50000, seq, 18446744073709551615 - 7 * (${accounts} - seq)), 100, 'x', now(6) from seq_1_to_${accounts}`,
      )
    })
    afterAll(async () => {
      await shop?.[Symbol.asyncDispose]()
      await db?.[Symbol.asyncDispose]()
    })

    const columns = {
      id: uint64({ required: true }),
      balance: int64({ required: true }),
      note: text(),
      at: timestamp(),
    }
    const source = (connections: number, of = 'account', at = db.server) =>
      mysql(at, { table: of, columns, connections })
    const fetched = async (from: ReturnType<typeof source>, signal?: AbortSignal): Promise<Fetched> => {
      const folder = await mkdtemp(path.join(tmpdir(), 'ranges-'))
      try {
        return await (
          await remoteOf(from)
        ).fetch(from, { position: undefined, folder, ...(signal ? { signal } : {}) })
      } finally {
        await rm(folder, { recursive: true })
      }
    }

    test(`${snapshots} runs beside transfers see whole transactions`, async () => {
      const stop = new AbortController()
      let transfers = 0
      const transfer = async (seed: number): Promise<void> => {
        const connection = await db.connect()
        for (let n = seed; !stop.signal.aborted; n += 7) {
          const [from, to] = [1 + ((n * 7919) % 50_000), 1 + ((n * 104_729) % 50_000)]
          await connection.query(
            `start transaction; update account set balance = balance - 1, note = null where id = ${from};
           update account set balance = balance + 1 where id = 18446744073709551615 - 7 * ${to % 9000};
           ${n % 5 === 0 ? `delete from account where id = ${to} and balance = 0;` : ''} commit`,
          )
          transfers++
          // So many in a second that a few snapshots fall between two of them.
          if (n % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        }
        connection.destroy()
      }
      const writers = [0, 1].map(transfer)
      let parallel = 0
      try {
        for (let i = 0; i < snapshots; i++) {
          const found = await fetched(source(3))
          if ((found.typed ?? []).length > 1) parallel++
          expect(found.records).toBe(accounts)
          const raw = table('raw.account', { from: source(3) })
          const { tables } = await shop.run([raw])
          expect(tables[0]?.error).toBeUndefined()
          expect(tables[0]?.counts).toMatchObject({ read: accounts, written: accounts })
          const rows = (await shop.rows('raw.account')).map((row) => JSON.parse(row) as [string, string])
          expect(new Set(rows.map(([id]) => id)).size).toBe(accounts)
          expect(rows.reduce((sum, [, balance]) => sum + Number(balance), 0)).toBe(100 * accounts)
        }
      } finally {
        stop.abort()
        await Promise.all(writers)
      }
      console.log(
        `MySQL ranges: ${parallel} of ${snapshots} were read by several connections, ${transfers} transfers`,
      )
      expect(parallel).toBeGreaterThan(0)
      expect(transfers).toBeGreaterThan(50)
    })

    test('the same rows are nothing new, whichever connection read them', async () => {
      await db.run(
        'create table still (id bigint primary key, balance bigint not null, note varchar(20), at datetime(6))',
        `insert into still select seq, 100, 'x', now(6) from seq_1_to_200000`,
      )
      const raw = table('raw.still', { from: source(3, 'still') })
      const outcomes: unknown[] = []
      for (let i = 0; i < 4; i++) outcomes.push((await shop.run([raw])).tables[0]?.outcome)
      expect(outcomes).toEqual(['published', 'unchanged', 'unchanged', 'unchanged'])
    })

    test('with a cursor the first fetch reads ranges too', async () => {
      const from = mysql(db.server, { table: 'account', columns, connections: 2, cursor: 'at' })
      const found = await fetched(from as never)
      expect(found.records).toBe(accounts)
      expect(found.typed).toHaveLength(2)
      expect(JSON.parse(found.position)).toMatchObject({ version: 1 })
    })

    test('one connection reads what has no key of integers', async () => {
      await db.run(
        'create table named (id varchar(30) primary key, balance int, note varchar(20), at datetime)',
        `insert into named select id, balance, note, at from account limit 1000`,
      )
      const found = await fetched(source(3, 'named'))
      expect([found.records, found.typed?.length]).toEqual([1000, 1])
    })

    test('one connection reads where the server keeps no log', async () => {
      await using silent = await openDatabase(['--skip-log-bin'])
      await silent.run(
        'create table account (id bigint unsigned primary key, balance bigint not null, note varchar(20), at datetime(6))',
        `insert into account select seq, 1, 'x', now(6) from seq_1_to_40000`,
      )
      const found = await fetched(source(3, 'account', silent.server))
      expect([found.records, found.typed?.length]).toEqual([40_000, 1])
    })

    test('failures of threads are told as those of one connection, and a cancelled run ends them', async () => {
      const nobody = mysqlServer({ ...db.server, user: 'nobody' })
      await expect(fetched(source(2, 'account', nobody))).rejects.toMatchObject({
        code: 'connection.unauthorized',
      })
      await db.run(
        `create user few; grant select on shop.* to few; alter user few with max_user_connections 2`,
      )
      const few = mysqlServer({ ...db.server, user: 'few' })
      await expect(fetched(source(4, 'account', few))).rejects.toMatchObject({
        code: 'connection.failed',
        retry: 'transient',
      })
      const cancel = new AbortController()
      const cancelled = fetched(source(3), cancel.signal)
      setTimeout(() => cancel.abort(), 150)
      await expect(cancelled).rejects.toThrow()
      const [left] = await db.texts(
        `select count(*) from information_schema.processlist where user = 'root' and command <> 'Daemon'`,
      )
      expect(Number(left?.[0])).toBeLessThan(5)
    })
  },
)
