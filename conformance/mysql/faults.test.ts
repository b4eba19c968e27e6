import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { mysqlServer } from '../../packages/etl/src/connector/mysql.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Fault, startFaultProxy } from '../spark/fault-proxy.ts'
import { type Database, openDatabase } from './database.ts'
import { killedTable } from './killed-table.ts'

const missing = missingMariadb()
const kills = Number(process.env['MYSQL_KILLS'] ?? '8')
const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))
const title = `faults between MySQL and the lake${missing === undefined ? '' : ` (${missing})`}`

async function prepare(db: Database): Promise<(rows: number) => Promise<void>> {
  // Without a key: rows are told apart by nothing but their values.
  await db.run('create table killed (id int, v varchar(200), at datetime(3) not null, key (at))')
  let next = 0
  return async (rows) => {
    const values = Array.from({ length: rows }, () => {
      next += 1
      // Every tenth row comes twice, equal in everything.
      return `(${next - (next % 10 === 0 ? 1 : 0)}, repeat('x', ${next % 150}), now())`
    })
    await db.run(`insert into killed values ${values.join(', ')}`)
  }
}

async function assertEqual(db: Database, shop: Workshop): Promise<number> {
  const { tables } = await shop.run([killedTable(db.server)])
  expect(tables[0]?.error).toBeUndefined()
  const ours = (await shop.rows('raw.killed')).map((row) =>
    (JSON.parse(row) as string[]).slice(0, 2).join(' '),
  )
  const theirs = (await db.texts('select id, v from killed')).map((row) => row.join(' '))
  expect(ours.toSorted()).toEqual(theirs.toSorted())
  return ours.length
}

describe.skipIf(missing !== undefined)(title, () => {
  test(`connections that are cut anywhere lose and repeat nothing, seed ${seed}`, async () => {
    await using db = await openDatabase()
    await using shop = await openWorkshop('mysql-faults-')
    await using proxy = await startFaultProxy(db.mariadb.port)
    const insert = await prepare(db)
    const server = mysqlServer({ host: '127.0.0.1', port: proxy.port, user: 'root', database: 'shop' })
    let state = seed
    const number = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let failed = 0
    for (let round = 0; round < 12; round++) {
      await insert(1 + number(300))
      const faults = Array.from({ length: number(4) }, (): Fault => ({
        of: number(4) === 0 ? 'requests' : 'answers',
        afterBytes: number(30_000),
        how: number(2) === 0 ? 'reset' : 'end',
      }))
      proxy.give(...faults)
      const { tables } = await shop.run([killedTable(server)])
      const error = tables[0]?.error
      if (error !== undefined) {
        failed++
        expect(error).toMatchObject({ code: 'connection.failed', retry: 'transient' })
      }
    }
    const rows = await assertEqual(db, shop)
    console.log(`MySQL faults: seed ${seed}, ${proxy.cuts} cuts, ${failed} of 12 runs failed, ${rows} rows`)
    expect(proxy.cuts).toBeGreaterThan(3)
  })

  test(`${kills} kills of runs lose and repeat nothing, seed ${seed}`, async () => {
    await using db = await openDatabase()
    await using shop = await openWorkshop('mysql-kills-')
    const insert = await prepare(db)
    await insert(500)
    let died = 0
    for (let n = 0; n < kills; n++) {
      const child = spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'run-child.ts'), shop.folder, db.mariadb.socketPath],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      const exited = once(child, 'exit')
      const output: string[] = []
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()))
      await once(child.stdout, 'data')
      const until = performance.now() + randomInt(40, 900)
      while (performance.now() < until) {
        await insert(randomInt(1, 60))
        await sleep(20)
      }
      child.kill('SIGKILL')
      const [, signal] = (await exited) as [number | null, string | null]
      if (signal === 'SIGKILL') died++
      expect(output.join('')).not.toContain('failed')
    }
    const rows = await assertEqual(db, shop)
    console.log(`MySQL kills: ${died} kills, ${rows} rows`)
    expect(died).toBe(kills)
  })
})
