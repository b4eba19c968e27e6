import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Columns } from '../../packages/etl/src/connector/column.ts'
import { int64, mysqlChanges, text } from '../../packages/etl/src/index.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Database, openDatabase } from './database.ts'
import { follow, type Follower } from './follow.ts'

/** The columns of a table that tests follow, unless they declare others. */
export const columns = { id: int64({ required: true }), v: text() }

/** What the tests of one suite share; there once its tests run. */
export interface ChangesSuite {
  readonly db: Database
  readonly shop: Workshop
  /** A name for the table of a test, another one for each. */
  name: string
  /** Follows a new table, with rows 1 and 2 that were there at first. */
  followed(declared?: Columns, body?: string): Promise<Follower>
}

/** Opens a server and a workshop for the suite that this is called in. */
export function changesSuite(): ChangesSuite {
  let db: Database | undefined
  let shop: Workshop | undefined
  let made = 0
  beforeAll(async () => {
    db = await openDatabase()
    shop = await openWorkshop('changes-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await db?.[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    suite.name = `t${++made}`
  })
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the suite has not begun')
    return value
  }
  const suite: ChangesSuite = {
    get db() {
      return there(db)
    },
    get shop() {
      return there(shop)
    },
    name: '',
    followed: async (declared = columns, body = 'id int primary key, v varchar(20)') => {
      const { name } = suite
      await suite.db.run(
        `create table ${name} (${body})`,
        `insert into ${name} (id, v) values (1, 'a'), (2, 'b')`,
      )
      const follower = follow(mysqlChanges(suite.db.server, { table: name, columns: declared }))
      expect(await follower.story()).toEqual(['read 1 a', 'read 2 b'])
      return follower
    },
  }
  return suite
}
