import { randomInt } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import { int64, postgresTable, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { runBesideWriters, startWriters } from '../run/beside-writers.ts'
import { openWorkshop } from '../run/workshop.ts'
import { clientOptions, openPostgres } from '../target/warehouse.ts'

const missing = missingPostgres()
const runs = Number(process.env['POSTGRES_RUNS'] ?? '40')
const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))

test.skipIf(missing !== undefined)(
  `${runs} runs beside 8 writers lose and repeat nothing, seed ${seed}${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 60 * 60_000 },
  async () => {
    console.log(`PostgreSQL writers: SECURECART_SEED=${seed} POSTGRES_RUNS=${runs}`)
    await using db = await openPostgres()
    await using shop = await openWorkshop('postgres-writers-')
    await db.run(
      'create table written (id int primary key, v text not null, at timestamptz(0) not null); create index on written (at)',
    )
    const raw = table('raw.written', {
      from: postgresTable(db.declared, {
        table: 'written',
        columns: {
          id: int64({ required: true }),
          v: text({ required: true }),
          at: timestamp({ required: true }),
        },
        cursor: 'at',
        readAt: 'read_at',
        lag: 0,
      }),
    })
    const writers = startWriters(
      async () => {
        const client = new pg.Client(clientOptions(db.declared))
        await client.connect()
        return { query: (sql) => client.query(sql), close: () => void client.end() }
      },
      8,
      seed,
    )
    const source = async (): Promise<readonly (readonly string[])[]> =>
      (
        await db.query(
          `select id, v, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') from written`,
        )
      ).map((row) => row.split('|'))
    console.log(`PostgreSQL writers: ${await runBesideWriters(shop, raw, { runs, writers, source })}`)
  },
)
