import { expect, test } from 'vitest'
import {
  int64,
  mysql,
  mysqlChanges,
  table,
  type Table,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openDatabase } from '../mysql/database.ts'
import { openWorkshop } from '../run/workshop.ts'

const missing = missingMariadb()

test.skipIf(missing !== undefined)(
  `an edit that would cost rows which the source no longer has is refused until a full refresh is asked for${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    await using db = await openDatabase()
    await using shop = await openWorkshop('edited-')
    await db.run(
      'create table followed (id int primary key, v varchar(20), at datetime not null)',
      `insert into followed values (1, 'a', '2024-01-01'), (2, 'b', '2024-01-01')`,
    )
    const narrow = { id: int64({ required: true }), at: timestamp() }
    const wide = { ...narrow, v: text() }
    const byCursor = (columns: typeof narrow): Table =>
      table('raw.by_cursor', { from: mysql(db.server, { table: 'followed', columns, cursor: 'at' }) })
    const byLog = (columns: typeof narrow): Table =>
      table('raw.by_log', { from: mysqlChanges(db.server, { table: 'followed', columns }) })
    await shop.run([byCursor(narrow), byLog(narrow)])
    await db.run(
      `update followed set v = 'c', at = '2024-01-02' where id = 1`,
      'delete from followed where id = 2',
    )
    await shop.run([byCursor(narrow), byLog(narrow)])
    expect(await shop.rows('raw.by_cursor')).toHaveLength(3)
    expect(await shop.rows('raw.by_log')).toHaveLength(4)

    const edited = [byCursor(wide), byLog(wide)]
    for (let again = 0; again < 2; again++) {
      const { tables } = await shop.run(edited)
      expect(tables.map((t) => t.error?.code)).toEqual(['run.rows-would-go', 'run.rows-would-go'])
      expect(tables[0]?.error?.hint).toContain('--full')
      expect(await shop.rows('raw.by_cursor')).toHaveLength(3)
      expect(await shop.rows('raw.by_log')).toHaveLength(4)
    }
    // Undone, the tables go on from where they were.
    await db.run(`insert into followed values (3, 'd', '2024-01-03')`)
    const undone = await shop.run([byCursor(narrow), byLog(narrow)])
    expect(undone.tables.map((t) => t.error ?? t.counts?.written)).toEqual([1, 1])
    const asked = await shop.run(edited, { full: true })
    expect(asked.tables.map((t) => t.error ?? t.counts?.written)).toEqual([2, 2])
    // Where no row is lost, an edit needs no asking.
    await db.run('alter table followed add w int default 7')
    const more = await shop.run([byCursor({ ...wide, w: int64() } as typeof narrow)])
    expect(more.tables.map((t) => t.error ?? t.counts?.written)).toEqual([2])
  },
)
