import { afterAll, beforeAll } from 'vitest'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type LocalTables, openTables } from './local-tables.ts'

/** What the tests of one suite share; there once its tests run. */
export interface TableSuite {
  readonly tables: LocalTables
  readonly shop: Workshop
}

/** Opens DynamoDB Local and a workshop for the suite that this is called in. */
export function tableSuite(): TableSuite {
  let tables: LocalTables | undefined
  let shop: Workshop | undefined
  beforeAll(async () => {
    tables = await openTables()
    shop = await openWorkshop('dynamodb-')
  }, 180_000)
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await tables?.[Symbol.asyncDispose]()
  })
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the suite has not begun')
    return value
  }
  return {
    get tables() {
      return there(tables)
    },
    get shop() {
      return there(shop)
    },
  }
}
