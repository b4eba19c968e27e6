import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { int64, mysql, type MysqlOptions, table, text, timestamp } from '../../packages/etl/src/index.ts'
import type { TableReport } from '../../packages/etl/src/run/report.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Database, openDatabase } from './database.ts'

const missing = missingMariadb()
const runs = Number(process.env['MYSQL_DELETE_RUNS'] ?? 25)

const columns = {
  shop: text({ required: true }),
  id: int64({ required: true }),
  v: text(),
  at: timestamp(),
}

describe.skipIf(missing !== undefined)(`rows deleted in MySQL (${missing ?? 'MariaDB'})`, () => {
  let db: Database
  let shop: Workshop
  beforeAll(async () => {
    db = await openDatabase()
    shop = await openWorkshop('mysql-deletes-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })

  const create = (name: string): Promise<void> =>
    db.run(
      `create table ${name} (shop varchar(10) not null, id bigint not null, v varchar(20), at datetime(6), primary key (shop, id))`,
    )
  const marked = (name: string, options: Partial<MysqlOptions<typeof columns>> = {}) =>
    table(`raw.${name}`, {
      from: mysql(db.server, {
        table: name,
        columns,
        cursor: 'at',
        key: ['shop', 'id'],
        readAt: 'read_at',
        softDelete: 'is_deleted',
        ...options,
      }),
    })
  const runOnce = async (one: ReturnType<typeof marked>, full = false): Promise<TableReport | undefined> =>
    (await shop.run([one], { full })).tables[0]
  /** The last version of each row, as the lake has them. */
  const current = async (name: string): Promise<readonly string[]> => {
    const rows = (await shop.rows(`raw.${name}`)).map(
      (row) => JSON.parse(row) as [string, string, string, string, string, boolean],
    )
    const last = new Map<string, (typeof rows)[number]>()
    for (const row of rows.toSorted((a, b) => (a[4] < b[4] ? -1 : 1)))
      last.set(JSON.stringify([row[0], row[1]]), row)
    return [...last.values()]
      .filter((r) => !r[5])
      .map((r) => JSON.stringify(r.slice(0, 4)))
      .toSorted()
  }

  test('a row that is gone is appended once more, marked, once', async () => {
    await create('gone')
    await db.run(
      `insert into gone values ('a', 1, 'x', '2024-01-01'), ('a', 2, 'y', '2024-01-01'), ('b', 1, 'z', null)`,
    )
    const raw = marked('gone')
    expect(await runOnce(raw)).toMatchObject({ outcome: 'published', counts: { read: 3, written: 3 } })
    expect(await runOnce(raw)).toMatchObject({ outcome: 'unchanged' })
    await db.run(
      `update gone set v = 'y2', at = '2024-01-03' where id = 2`,
      `delete from gone where shop = 'a' and id = 1`,
      `update gone set shop = 'B' where shop = 'b'`,
      `insert into gone values ('c', 3, 'new', '2024-01-04')`,
    )
    // The key is compared as it is written, whatever the collation: 'B' is not 'b'.
    const report = await runOnce(raw)
    expect(report?.error).toBeUndefined()
    expect(report).toMatchObject({ action: 'append', counts: { written: 3 + 2 } })
    expect(await runOnce(raw)).toMatchObject({ outcome: 'unchanged' })
    expect(
      (await shop.rows('raw.gone'))
        .filter((row) => row.endsWith('true]'))
        .map((row) => row.replace(/"[^"]*",true/, 'now,true')),
    ).toEqual(['["a","1","x","2024-01-01T00:00:00.000000",now,true]', '["b","1","z",null,now,true]'])
    await db.run(`insert into gone values ('a', 1, 'back', '2024-01-05')`)
    expect(await runOnce(raw)).toMatchObject({ counts: { written: 1 } })
    await db.run(`delete from gone where shop = 'a' and id = 1`)
    expect(await runOnce(raw)).toMatchObject({ counts: { written: 1 } })
    expect(await runOnce(raw)).toMatchObject({ outcome: 'unchanged' })
  })

  test('a record that is rejected is so once, also beside marks', async () => {
    await create('stale')
    await db.run(
      `insert into stale values ('a', 1, '1', '2024-01-01'), ('a', 2, 'two, or so', '2024-01-01'), ('b', 3, 'three', null)`,
    )
    const from = mysql(db.server, {
      table: 'stale',
      columns: { ...columns, v: int64() },
      cursor: 'at',
      key: ['shop', 'id'],
      readAt: 'read_at',
      softDelete: 'is_deleted',
    })
    const raw = table('raw.stale', { from })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 1, rejected: 2 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await db.run(`insert into stale values ('b', 4, 'four', '2024-01-01')`)
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 0, rejected: 1 })
    expect(await shop.rows('raw.stale$rejected')).toHaveLength(3)
  })

  test('a source that was emptied takes nothing away unasked', async () => {
    await create('emptied')
    await db.run(`insert into emptied select 'a', seq, 'x', '2024-01-01' from seq_1_to_10`)
    const [raw, lenient] = [marked('emptied'), marked('emptied', { maxShrink: 1 })]
    await runOnce(raw)
    await db.run('delete from emptied where id > 5')
    expect(await runOnce(raw)).toMatchObject({ outcome: 'published', counts: { written: 5 } })
    await db.run('delete from emptied where id > 2')
    expect((await runOnce(raw))?.error?.code).toBe('source.shrinks')
    await db.run('delete from emptied')
    const refused = await runOnce(raw)
    expect(refused?.error?.message).toContain('5 of 5 rows are gone from the source')
    expect(await current('emptied')).toHaveLength(5)
    expect(await runOnce(lenient)).toMatchObject({ outcome: 'published', counts: { written: 5 } })
    expect(await current('emptied')).toEqual([])
    await db.run(`insert into emptied values ('a', 1, 'y', '2024-02-01')`)
    expect(await runOnce(raw)).toMatchObject({ outcome: 'published' })
    expect(await current('emptied')).toHaveLength(1)
  })

  test('a table that is read whole is guarded by its number of rows', async () => {
    await create('whole')
    await db.run(`insert into whole select 'a', seq, 'x', '2024-01-01' from seq_1_to_10`)
    const raw = table('raw.whole', { from: mysql(db.server, { table: 'whole', columns, maxShrink: 0.3 }) })
    await shop.run([raw])
    await db.run('delete from whole where id > 7')
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'published', counts: { written: 7 } })
    await db.run('delete from whole')
    expect((await shop.run([raw])).tables[0]?.error?.code).toBe('source.shrinks')
    expect(await shop.rows('raw.whole')).toHaveLength(7)
    expect((await shop.run([raw], { full: true })).tables[0]).toMatchObject({ outcome: 'published' })
    expect(await shop.rows('raw.whole')).toEqual([])
  })

  test(`${runs} runs beside writers that insert, update and delete end in the table's own rows`, async () => {
    await create('busy')
    const raw = marked('busy', { maxShrink: 1 })
    const stop = new AbortController()
    let changes = 0
    const write = async (writer: number): Promise<void> => {
      const connection = await db.connect()
      for (let n = 0; !stop.signal.aborted; n++) {
        const id = Math.floor(Math.random() * 150)
        const key = `shop = 'w${writer}' and id = ${id}`
        const [begin, end] = n % 3 === 0 ? ['start transaction', 'commit'] : ['do 0', 'do 0']
        await connection.query(begin)
        if (n % 4 === 3) await connection.query(`delete from busy where ${key}`)
        else
          await connection.query(
            `insert into busy values ('w${writer}', ${id}, 'v${n}', now(6)) on duplicate key update v = values(v), at = values(at)`,
          )
        if (n % 50 === 0) await connection.query('do sleep(0.2)')
        await connection.query(end)
        changes++
      }
      connection.destroy()
    }
    await db.run(`insert into busy select 'w0', seq, 'x', now(6) from seq_1_to_150`)
    await runOnce(raw)
    const writers = [0, 1, 2, 3].map(write)
    for (let i = 0; i < runs; i++) expect((await runOnce(raw))?.error).toBeUndefined()
    stop.abort()
    await Promise.all(writers)
    expect((await runOnce(raw))?.error).toBeUndefined()
    const expected = await db.texts(`select shop, id, v, date_format(at, '%Y-%m-%dT%H:%i:%s.%f') from busy`)
    expect(await current('busy')).toEqual(expected.map((row) => JSON.stringify(row)).toSorted())
    expect(changes).toBeGreaterThan(200)
    console.log(`MySQL deletes: ${changes} changes, ${runs} runs, ${expected.length} rows are left`)
  })

  test('what softDelete needs is said', () => {
    const broken =
      (options: object): (() => unknown) =>
      () =>
        mysql(db.server, { table: 'gone', columns, ...options } as never)
    expect(broken({ softDelete: 'd' })).toThrow('softDelete of gone needs key, cursor, readAt')
    expect(broken({ key: 'v' })).toThrow('the key "v" of gone is no declared column that is required')
    expect(broken({ key: 'id', cursor: 'at', readAt: 'v', softDelete: 'd' })).toThrow(
      '"v" is a column already',
    )
    expect(broken({ maxShrink: 2 })).toThrow('maxShrink of gone is a share from 0 to 1, not 2')
  })
})
