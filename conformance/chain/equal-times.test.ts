import { expect, test } from 'vitest'
import { int64, mysql, postgresTable, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { ledgerOf } from '../../packages/etl/src/run/ledger.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openDatabase } from '../mysql/database.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openPostgres } from '../target/warehouse.ts'

const missing = missingMariadb() ?? missingPostgres()
const rows = Number(process.env['EQUAL_ROWS'] ?? 30_000)
const runs = Number(process.env['EQUAL_RUNS'] ?? 5)

const columns = { id: int64({ required: true }), v: text(), at: timestamp({ required: true }) }

test.skipIf(missing !== undefined).each(['MySQL', 'PostgreSQL'] as const)(
  `${rows} rows of one time in %s: ${runs} runs double none, and remember no more for it${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 60 * 60_000 },
  async (name) => {
    await using mariadb = name === 'MySQL' ? await openDatabase() : undefined
    await using postgres = name === 'MySQL' ? undefined : await openPostgres()
    await using shop = await openWorkshop('equal-times-')
    const from =
      mariadb === undefined
        ? postgresTable(postgres?.declared ?? { host: '', database: '', user: '' }, {
            table: 'equal',
            columns,
            cursor: 'at',
          })
        : mysql(mariadb.server, { table: 'equal', columns, cursor: 'at' })
    const raw = table('raw.equal', { from })
    const execute = async (sql: string): Promise<void> => mariadb?.run(sql) ?? postgres?.run(sql)
    const moment = '2024-01-01 10:00:00'
    const add = (first: number, last: number): Promise<void> =>
      execute(
        mariadb === undefined
          ? `insert into equal select n, 'v', '${moment}' from generate_series(${first}, ${last}) n`
          : `insert into equal select seq, 'v', '${moment}' from seq_${first}_to_${last}`,
      )
    await execute(
      `create table equal (id int, v varchar(10), at ${mariadb === undefined ? 'timestamp' : 'datetime'})`,
    )
    await add(1, rows)
    let all = rows
    for (let run = 0; run < runs; run++) {
      const { tables } = await shop.run([raw])
      expect(tables[0]?.error).toBeUndefined()
      const loaded = await shop.load('raw.equal')
      expect((await loaded.files()).reduce((sum, file) => sum + file.rows, 0)).toBe(all)
      expect(ledgerOf(loaded)?.position?.length).toBeLessThan(4_000)
      // Two that are equal in everything to others, and three that are not.
      await execute(`insert into equal select * from equal where id = 1 or id = 2 limit 2`)
      await add(rows + 10 * run + 1, rows + 10 * run + 3)
      all += 5
    }
  },
)
