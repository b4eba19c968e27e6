import { expectTypeOf, test } from 'vitest'
import {
  byProfile,
  csv,
  dedupe,
  drop,
  dynamodb,
  int64,
  mysql,
  mysqlServer,
  table,
  text,
  timestamp,
} from '../index.ts'
import type { Relation } from '../step/contract.ts'

type ColumnsIn<T> = T extends Relation<infer C> ? C : never

const columns = { id: int64({ required: true }), name: text(), updated_at: timestamp() }
const server = mysqlServer({ user: 'u', database: 'd' })
const changes = table('raw.changes', {
  from: dynamodb({ region: 'eu-west-1' }, { table: 't', columns, changes: 'snapshot' }),
})

test('a table has the columns that its sources have in all profiles', () => {
  const raw = table('raw.t', {
    from: byProfile({
      default: () => csv('t.csv', { columns }),
      mysql: () => mysql(server, { table: 't', columns, cursor: 'updated_at' }),
      dynamodb: () => changes.pipe(drop('change_operation', 'change_at', 'change_sequence')),
    }),
  })
  expectTypeOf<keyof ColumnsIn<typeof raw>>().toEqualTypeOf<'id' | 'name' | 'updated_at'>()
  const latest = table('sales.t', {
    from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['updated_at'] })),
    key: ['id'],
  })
  expectTypeOf<keyof ColumnsIn<typeof latest>>().toEqualTypeOf<'id' | 'name' | 'updated_at'>()
})

test('a column that one profile does not have cannot be used', () => {
  const raw = table('raw.t', {
    from: byProfile({
      default: () => csv('t.csv', { columns }),
      mysql: () => mysql(server, { table: 't', columns: { id: int64({ required: true }) } }),
    }),
  })
  // @ts-expect-error there is no column 'name' here
  raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['name'] }))
})
