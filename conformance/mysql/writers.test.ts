import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { int64, mysql, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openDatabase } from './database.ts'
import { startWriters } from './writers.ts'

const missing = missingMariadb()
const runs = Number(process.env['MYSQL_RUNS'] ?? '40')
const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))

test.skipIf(missing !== undefined)(
  `${runs} runs beside 8 writers lose and repeat nothing, seed ${seed}${missing === undefined ? '' : ` (${missing})`}`,
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
    const writers = await startWriters(db, 8, seed)
    let published = 0
    for (let run = 0; run < runs; run++) {
      const { tables } = await shop.run([raw])
      expect(tables[0]?.error).toBeUndefined()
      if (tables[0]?.outcome === 'published') published++
    }
    const changes = await writers.stop()
    await shop.run([raw])
    const rows = (await shop.rows('raw.written')).map(
      (row) => JSON.parse(row) as [string, string, string, string],
    )
    const versions = rows.map(([id, v, at]) => `${id} ${v} ${at}`)
    console.log(
      `MySQL writers: ${changes} changes, ${rows.length} versions, ${published} of ${runs} runs published`,
    )
    expect(published).toBeGreaterThan(runs / 2)
    expect(versions.length - new Set(versions).size).toBe(0)
    const current = new Map<string, (typeof rows)[number]>()
    for (const row of rows) {
      const [id, , at, readAt] = row
      const known = current.get(id)
      if (known === undefined || `${at} ${readAt}` > `${known[2]} ${known[3]}`) current.set(id, row)
    }
    const source = await db.texts('select id, v, date_format(at, "%Y-%m-%dT%H:%i:%s.%f") from written')
    expect(source.length).toBeGreaterThan(100)
    const wrong = source.filter(([id, v, at]) => {
      const row = current.get(id ?? '')
      return row?.[1] !== v || row?.[2] !== at
    })
    expect(wrong).toEqual([])
  },
)
