import { expect, test } from 'vitest'
import { int64, postgresTable, table, type Table, text } from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop } from '../run/workshop.ts'
import { type Fault, startFaultProxy } from '../spark/fault-proxy.ts'
import { openPostgres, proxyTarget, type TestPostgres } from '../target/warehouse.ts'

const missing = missingPostgres()
const seed = seedFor('SECURECART_SEED')
const rounds = 16

const killed = (db: TestPostgres, port?: number): Table => {
  const place = port === undefined ? db.declared : { ...db.declared, host: '127.0.0.1', port }
  const columns = { id: int64(), v: text(), at: int64({ required: true }) }
  return table('raw.cut', { from: postgresTable(place, { table: 'cut', columns, cursor: 'at' }) })
}

test.skipIf(missing !== undefined)(
  `connections to PostgreSQL that are cut anywhere lose and repeat nothing, seed ${seed}${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    await using db = await openPostgres()
    await using shop = await openWorkshop('postgres-faults-')
    await using proxy = await startFaultProxy(proxyTarget(db))
    // Without a key: rows are told apart by nothing but their values, and every tenth comes twice.
    await db.run('create table cut (id int, v text, at bigint generated always as identity)')
    const random = randomFrom(seed)
    let failed = 0
    let next = 0
    for (let round = 0; round < rounds; round++) {
      const last = next + 1 + random.below(300)
      await db.run(
        `insert into cut (id, v) select n - (n % 10 = 0)::int, repeat('x', n % 150) from generate_series(${next}, ${last}) n`,
      )
      next = last + 1
      const faults = Array.from({ length: random.below(4) }, (): Fault => ({
        of: random.chance(0.25) ? 'requests' : 'answers',
        afterBytes: random.below(20_000),
        how: random.chance(0.5) ? 'reset' : 'end',
      }))
      proxy.give(...faults)
      const error = (await shop.run([killed(db, proxy.port)])).tables[0]?.error
      if (error === undefined) continue
      failed++
      expect(error).toMatchObject({ code: 'connection.failed', retry: 'transient' })
    }
    expect((await shop.run([killed(db)])).tables[0]?.error).toBeUndefined()
    const ours = (await shop.rows('raw.cut')).map((row) => (JSON.parse(row) as string[]).join(' '))
    const theirs = (await db.query('select id, v, at from cut')).map((row) => row.split('|').join(' '))
    expect(ours.toSorted()).toEqual(theirs.toSorted())
    console.log(
      `PostgreSQL faults: seed ${seed}, ${proxy.cuts} cuts, ${failed} of ${rounds} runs failed, ${ours.length} rows`,
    )
    expect(proxy.cuts).toBeGreaterThan(3)
  },
)
