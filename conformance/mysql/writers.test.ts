import { randomInt } from 'node:crypto'
import { test } from 'vitest'
import { int64, mysql, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { runBesideWriters, startWriters } from '../run/beside-writers.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openDatabase } from './database.ts'

const missing = missingMariadb()
const runs = Number(process.env['MYSQL_RUNS'] ?? '40')
const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))

test.skipIf(missing !== undefined)(
  `${runs} runs beside 8 writers lose and repeat nothing, seed ${seed}${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 60 * 60_000 },
  async () => {
    console.log(`MySQL writers: SECURECART_SEED=${seed} MYSQL_RUNS=${runs}`)
    await using db = await openDatabase()
    await using shop = await openWorkshop('mysql-writers-')
    await db.run(
      'create table written (id int primary key, v varchar(40) not null, at datetime not null, key (at))',
    )
    const raw = table('raw.written', {
      from: mysql(db.server, {
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
        const client = await db.connect()
        await client.query('set session transaction isolation level read committed')
        return { query: (sql) => client.query(sql), close: () => client.destroy() }
      },
      8,
      seed,
    )
    const source = (): Promise<readonly (readonly (string | null)[])[]> =>
      db.texts('select id, v, date_format(at, "%Y-%m-%dT%H:%i:%s.%f") from written')
    console.log(`MySQL writers: ${await runBesideWriters(shop, raw, { runs, writers, source })}`)
  },
)
