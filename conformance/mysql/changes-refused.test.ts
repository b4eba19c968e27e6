import { describe, expect, test } from 'vitest'
import { mysqlChanges, text } from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { changesSuite, columns } from './changes-suite.ts'
import { follow } from './follow.ts'

const missing = missingMariadb()
const title = `changes of MySQL that cannot be followed${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined)(title, () => {
  const suite = changesSuite()

  test('without full metadata the present columns are taken, and a change of them is told', async () => {
    await suite.db.run('set global binlog_row_metadata = NO_LOG')
    try {
      await suite.db.run(
        `create table ${suite.name} (id int unsigned primary key, v varchar(20), e enum('x','y') default 'y')`,
      )
      const follower = follow(
        mysqlChanges(suite.db.server, { table: suite.name, columns: { ...columns, e: text() } }),
      )
      await follower.next()
      await suite.db.run(`insert into ${suite.name} (id, v) values (4294967295, 'c')`)
      expect(await follower.story()).toEqual(['insert 4294967295 c y'])
      await suite.db.run(
        `insert into ${suite.name} (id, v) values (4, 'd')`,
        `alter table ${suite.name} add column z int first`,
      )
      await expect(follower.next()).rejects.toMatchObject({ code: 'source.position-lost' })
    } finally {
      await suite.db.run('set global binlog_row_metadata = FULL')
    }
  })

  test.each([
    ['truncate', (t: string) => [`truncate table ${t}`]],
    ['drop', (t: string) => [`drop table ${t}`, `create table ${t} (id int primary key, v varchar(20))`]],
    [
      'rename',
      (t: string) => [`create table ${t}x like ${t}`, `rename table ${t} to ${t}old, ${t}x to ${t}`],
    ],
    ['alter rename', (t: string) => [`alter table ${t} rename to ${t}y`, `create table ${t} like ${t}y`]],
    [
      'create or replace',
      (t: string) => [`create or replace table ${t} (id int primary key, v varchar(20))`],
    ],
  ])('rows that went without a change for each are told: %s', async (_, statements) => {
    const log = await suite.followed()
    await suite.db.run(`insert into ${suite.name} values (3, 'c')`, ...statements(suite.name))
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.position-lost',
      hint: expect.stringContaining('--full'),
    })
    log.position = undefined
    await expect(log.next()).resolves.toBeDefined()
  })

  test('a declared column that was dropped, or is called otherwise, is told', async () => {
    const log = await suite.followed()
    await suite.db.run(
      `alter table ${suite.name} drop column v`,
      `alter table ${suite.name} add column v varchar(20) default 'new'`,
    )
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('v'),
    })
  })

  test('a log that does not hold every change is refused', async () => {
    const refused = { code: 'source.log-unusable' }
    const statement = await suite.followed()
    await suite.db.run(
      'set session binlog_format = STATEMENT',
      `update ${suite.name} set v = 's'`,
      'set session binlog_format = ROW',
    )
    await expect(statement.next()).rejects.toMatchObject(refused)
    suite.name = `${suite.name}i`
    const image = await suite.followed()
    await suite.db.run(
      'set session binlog_row_image = MINIMAL',
      `update ${suite.name} set v = 's'`,
      'set session binlog_row_image = FULL',
    )
    await expect(image.next()).rejects.toMatchObject(refused)
    for (const [variable, bad, good] of [
      ['binlog_format', 'MIXED', 'ROW'],
      ['binlog_row_image', 'NOBLOB', 'FULL'],
    ] as const) {
      await suite.db.run(`set global ${variable} = ${bad}`)
      await expect(image.next()).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining(variable),
      })
      await suite.db.run(`set global ${variable} = ${good}`)
    }
  })

  test('tables and columns whose changes are not in the log are refused', async () => {
    const source = (t: string): Promise<unknown> =>
      follow(mysqlChanges(suite.db.server, { table: t, columns })).next()
    await suite.db.run(
      `create table ${suite.name}m (id int, v varchar(20)) engine=myisam`,
      `create view ${suite.name}v as select 1 as id, 'x' as v`,
      `create table ${suite.name}s (id int primary key, v varchar(20)) with system versioning`,
      `create table ${suite.name}g (id int primary key, v varchar(20) as (concat('n', id)) virtual)`,
      `create table ${suite.name}u (id int primary key, v uuid)`,
    )
    for (const end of ['m', 'v', 's', 'g', 'nowhere'])
      await expect(source(`${suite.name}${end}`), end).rejects.toMatchObject({ code: 'source.schema' })
    const log = follow(mysqlChanges(suite.db.server, { table: `${suite.name}u`, columns }))
    await log.next()
    await suite.db.run(`insert into ${suite.name}u values (1, uuid())`)
    await expect(log.next()).rejects.toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('uuid'),
    })
  })
})
