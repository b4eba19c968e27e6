import { afterEach, expect, test } from 'vitest'
import { date, int64, mysql, mysqlChanges, table, time, timestamp } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop } from '../run/workshop.ts'
import { openDatabase } from './database.ts'

const missing = missingMariadb()
const seed = seedFor('SECURECART_SEED')
const usualZone = process.env['TZ']
afterEach(() => {
  if (usualZone === undefined) delete process.env['TZ']
  else process.env['TZ'] = usualZone
})

// The system of the server has a zone of its own (see its script), so these are three.
test.skipIf(missing !== undefined).each([
  { process: 'Australia/Eucla', server: '-09:30' },
  { process: 'America/New_York', server: '+13:00' },
  { process: 'UTC', server: 'SYSTEM' },
])(
  `a row is the same read whole, by a cursor and from the log: process in $process, server in $server, seed ${seed}${missing === undefined ? '' : ` (${missing})`}`,
  async ({ process: processZone, server }) => {
    process.env['TZ'] = processZone
    expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(processZone)
    await using db = await openDatabase()
    await using shop = await openWorkshop('zones-')
    const random = randomFrom(seed)
    await db.run(
      `set global time_zone = '${server}'; set session time_zone = '${server}'`,
      'create table z (id int primary key, at datetime(6), stamp timestamp(6) null, day date, hour time(6), n int not null)',
    )
    const columns = {
      id: int64({ required: true }),
      at: timestamp(),
      stamp: timestamp(),
      day: date(),
      hour: time(),
    }
    const n = { n: int64({ required: true }) }
    const whole = table('raw.whole', {
      from: mysql(db.server, { table: 'z', columns: { ...columns, ...n } }),
    })
    const byCursor = table('raw.cursor', {
      from: mysql(db.server, { table: 'z', columns: { ...columns, ...n }, cursor: 'n' }),
    })
    const byLog = table('raw.log', {
      from: mysqlChanges(db.server, { table: 'z', columns: { ...columns, ...n } }),
    })
    const two = (most: number, least = 0): string => String(least + random.below(most)).padStart(2, '0')
    let id = 0
    const insert = async (): Promise<void> => {
      const rows = Array.from({ length: 150 }, () => {
        const hour = `${two(24)}:${two(60)}:${two(60)}.${String(random.below(1_000_000)).padStart(6, '0')}`
        const day = `${1971 + random.below(66)}-${two(12, 1)}-${two(28, 1)}`
        // Hours that a zone leaves out are none of the server's; those of this range are in all of them.
        return `(${++id}, '${day} ${hour}', from_unixtime(${random.below(2_000_000_000)}.${two(99)}), '${day}', '${hour}', ${id})`
      })
      await db.run(`insert into z values ${rows.join(', ')}`)
    }
    await insert()
    await shop.run([byCursor, byLog])
    await insert()
    await shop.run([byCursor, byLog, whole])
    const wanted = await shop.rows('raw.whole')
    expect(wanted).toHaveLength(300)
    expect(await shop.rows('raw.cursor')).toEqual(wanted)
    const fromLog = (await shop.rows('raw.log')).map((row) =>
      JSON.stringify((JSON.parse(row) as unknown[]).slice(0, 6)),
    )
    expect(fromLog.toSorted()).toEqual(wanted)
    const theirs = await db.texts(
      `select id, date_format(at, '%Y-%m-%dT%H:%i:%s.%f'), cast(cast(unix_timestamp(stamp) * 1000000 as decimal(20)) as char) from z`,
    )
    const seen = new Map(wanted.map((row) => JSON.parse(row) as string[]).map((row) => [row[0], row]))
    for (const [key = null, at, micros] of theirs) {
      const row = seen.get(key ?? '')
      expect(row?.[1]).toBe(at)
      const [whole = '', fraction = ''] = (row?.[2] ?? '').split('.')
      expect(`${BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction)}`).toBe(micros)
    }
  },
)
