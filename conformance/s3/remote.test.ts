import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { int64, mysql, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { type Database, openDatabase } from '../mysql/database.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { lakeServer } from './temporary-lake.ts'

const missing = missingMariadb()

describe.skipIf(missing !== undefined)(`a database into a lake in S3 (${missing ?? 'MariaDB'})`, () => {
  let db: Database
  let shop: Workshop
  beforeAll(async () => {
    process.env['TEST_LAKE'] = 's3'
    db = await openDatabase()
    shop = await openWorkshop('s3-remote-')
    await db.run(
      'create table orders (id bigint primary key, n varchar(20), at datetime)',
      `insert into orders values (1, '1', '2024-01-01'), (2, '2', '2024-01-01'), (3, 'three', '2024-01-01'), (4, '4', null)`,
    )
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
    await (await lakeServer())[Symbol.asyncDispose]()
  })

  const columns = { id: int64({ required: true }), n: int64(), at: timestamp() }

  test('rows, rejects, rows that are read again and rows that are gone', async () => {
    const from = mysql(db.server, {
      table: 'orders',
      columns,
      cursor: 'at',
      key: 'id',
      readAt: 'read_at',
      softDelete: 'is_deleted',
    })
    const raw = table('raw.orders', { from })
    const once = async () => (await shop.run([raw])).tables[0]
    const first = await once()
    expect(first?.error).toBeUndefined()
    expect(first?.counts).toMatchObject({ read: 4, written: 3, rejected: 1 })
    expect(await once()).toMatchObject({ outcome: 'unchanged' })
    await db.run(
      `insert into orders values (5, '5', '2024-01-02'), (6, 'six', '2024-01-02')`,
      'delete from orders where id = 2',
    )
    const second = await once()
    expect(second?.error).toBeUndefined()
    expect(second?.counts).toMatchObject({ written: 2, rejected: 1 })
    const rows = (await shop.rows('raw.orders')).map((row) => JSON.parse(row) as unknown[])
    expect(rows.map((row) => [row[0], row[4]])).toEqual([
      ['1', false],
      ['2', false],
      ['2', true],
      ['4', false],
      ['5', false],
    ])
    expect(await shop.rows('raw.orders$rejected')).toHaveLength(2)
  })

  test('a table that is read whole', async () => {
    const raw = table('raw.whole', {
      from: mysql(db.server, { table: 'orders', columns: { ...columns, n: text() } }),
    })
    const once = async () => (await shop.run([raw])).tables[0]
    expect(await once()).toMatchObject({ outcome: 'published', counts: { written: 5 } })
    expect(await once()).toMatchObject({ outcome: 'unchanged' })
    await db.run('delete from orders')
    expect(await once()).toMatchObject({ outcome: 'published' })
    expect(await shop.rows('raw.whole')).toEqual([])
  })
})
