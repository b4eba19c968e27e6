import fc from 'fast-check'
import type { SqlQuery, TableDeclaration } from '../../packages/etl/src/author/table.ts'
import { quoteName, quoteText, sqlType } from '../../packages/etl/src/function/dialect.ts'
import {
  bool,
  date,
  decimal,
  field,
  int32,
  int64,
  type Schema,
  text,
  timestamp,
} from '../../packages/etl/src/plan/type.ts'

/** The relations of the cases. */
export const schemas: ReadonlyMap<string, Schema> = new Map([
  [
    'orders',
    [
      field('order_id', int64, false),
      field('customer_id', int64),
      field('region', text),
      field('amount', decimal(12, 2)),
      field('quantity', int32),
      field('note', text),
      field('paid', bool),
      field('ordered_at', timestamp),
      field('updated_at', timestamp),
    ],
  ],
  [
    'customers',
    [field('customer_id', int64), field('name', text), field('segment', text), field('joined_on', date)],
  ],
  ['items', [field('order_id', int64), field('item_no', int64), field('price', decimal(10, 2))]],
])

const tables: readonly TableDeclaration[] = [...schemas.keys()].map((relation) => ({
  kind: 'table',
  name: `sales.${relation}`,
  id: `sales.${relation}`,
  content: { kind: 'plan', root: { kind: 'scan', input: 'raw', schema: [] }, tables: [] },
  partition: [],
  contract: 'evolve',
  functions: new Map(),
}))

/** A query as the `sql` tag would make it. */
export function queryOf(sql: string): SqlQuery {
  return {
    kind: 'sql',
    text: sql,
    tables: tables.map((table) => ({ relation: table.name.slice('sales.'.length), table })),
  }
}

const orNull = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: fc.constant('NULL') })
const oneOf = (...values: string[]): fc.Arbitrary<string> => orNull(fc.constantFrom(...values.map(quoteText)))
const whole = (max: number): fc.Arbitrary<string> => orNull(fc.integer({ min: 0, max }).map(String))
const money = orNull(fc.integer({ min: -500, max: 20_000 }).map((n) => (n / 100).toFixed(2)))
const moment = orNull(
  fc.integer({ min: 0, max: 90 * 24 }).map((h) => {
    const iso = new Date(Date.UTC(2024, 0, 1, h)).toISOString()
    return `TIMESTAMP ${quoteText(iso.slice(0, 19).replace('T', ' '))}`
  }),
)
const day = orNull(fc.integer({ min: 1, max: 28 }).map((d) => `DATE '2024-01-${String(d).padStart(2, '0')}'`))
const note = oneOf('abc', 'a', ' b ', 'cab', '', 'aXb', 'zc')

const rowOf: Readonly<Record<string, readonly fc.Arbitrary<string>[]>> = {
  orders: [whole(6), oneOf('EU', 'US', 'ap'), money, whole(5), note, oneOf('t', 'f'), moment, moment],
  customers: [whole(6), oneOf('Ann', 'Bob', 'cy'), oneOf('b2b', 'b2c'), day],
  items: [whole(12), whole(4), money],
}

/** Small random contents of all relations, as SQL rows; `order_id` of orders is unique. */
export const contents: fc.Arbitrary<Readonly<Record<string, readonly (readonly string[])[]>>> = fc.record({
  orders: fc
    .array(fc.tuple(...(rowOf['orders'] ?? [])), { maxLength: 14 })
    .map((rows) => rows.map((row, i) => [String(i), ...row])),
  customers: fc.array(fc.tuple(...(rowOf['customers'] ?? [])), { maxLength: 6 }),
  items: fc.array(fc.tuple(...(rowOf['items'] ?? [])), { maxLength: 10 }),
})

/** The statements that create the relations with given contents. */
export function createTables(rows: Readonly<Record<string, readonly (readonly string[])[]>>): string {
  return [...schemas]
    .map(([relation, schema]) => {
      const columns = schema.map((f) => `${quoteName(f.name)} ${sqlType(f.type, 'duckdb')}`).join(', ')
      const values = (rows[relation] ?? []).map((row) => `(${row.join(', ')})`).join(', ')
      const insert = values === '' ? '' : `INSERT INTO ${relation} VALUES ${values};`
      return `CREATE OR REPLACE TABLE ${relation} (${columns}); ${insert}`
    })
    .join('\n')
}
