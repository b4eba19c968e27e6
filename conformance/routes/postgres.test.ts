import fc from 'fast-check'
import pg from 'pg'
import { test } from 'vitest'
import {
  bool,
  bytes,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  json,
  postgresTable,
  table,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { clientOptions, openPostgres } from '../target/warehouse.ts'
import { type Route, type RouteColumns, routeTitle, travel } from './route.ts'
import { doubleText, valuesFor } from './values.ts'

const missing = missingPostgres()

/** The columns with their types in PostgreSQL. */
const types: Readonly<Record<string, string>> = {
  yes: 'boolean',
  small: 'smallint',
  middle: 'integer',
  large: 'bigint',
  larger: 'numeric',
  whole: 'numeric(38,0)',
  money: 'numeric(38,10)',
  share: 'numeric',
  price: 'numeric(9,2)',
  any: 'numeric',
  double: 'double precision',
  single: 'real',
  words: 'text',
  name: 'varchar(6000)',
  data: 'bytea',
  day: 'date',
  hour: 'time',
  at: 'timestamp',
  stamp: 'timestamptz',
  id36: 'uuid',
  doc: 'json',
  list: 'text[]',
}

/** Numbers that no decimal of ours holds. */
const wide = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 60n }), fc.stringMatching(/^\d{1,60}$/), fc.boolean())
  .map(([whole, fraction, negative]) => `${negative ? '-' : ''}${whole}.${fraction}`)

const special = fc.constantFrom('NaN', 'Infinity', '-Infinity')

const columns: RouteColumns = {
  yes: { spec: bool() },
  small: { spec: int16() },
  middle: { spec: int32() },
  large: { spec: int64() },
  larger: { spec: uint64() },
  whole: { spec: decimal(38, 0) },
  money: { spec: decimal(38, 10) },
  share: { spec: decimal(38, 38) },
  price: { spec: decimal(9, 2) },
  any: { spec: text(), values: fc.oneof({ weight: 9, arbitrary: wide }, special) },
  double: {
    spec: float64(),
    values: fc.oneof({ weight: 9, arbitrary: valuesFor(float64().type) }, special),
  },
  single: { spec: float64(), values: fc.float({ noNaN: true, noDefaultInfinity: true }).map(doubleText) },
  words: { spec: text() },
  name: { spec: text() },
  data: { spec: bytes() },
  day: { spec: date() },
  hour: { spec: time() },
  at: { spec: timestamp() },
  stamp: { spec: timestamp() },
  id36: { spec: uuid() },
  doc: { spec: json() },
  list: {
    spec: json(),
    values: fc
      .array(fc.option(valuesFor(text().type)), { maxLength: 4 })
      .map((items) => JSON.stringify(items)),
    same: (shown) => JSON.stringify(JSON.parse(shown)),
  },
}

/** A canonical text as a text that PostgreSQL reads. */
function written(name: string, value: string | null): unknown {
  if (value === null) return null
  if (name === 'data') return `\\x${value}`
  if (name === 'stamp') return `${value.replace('T', ' ')}+00`
  return value
}

const list = (of: string): string =>
  `CASE WHEN ${of} IS NULL THEN NULL ELSE ARRAY(SELECT e #>> '{}' FROM json_array_elements(${of}::json) WITH ORDINALITY AS t(e, n) ORDER BY n) END`

async function postgresRoute(): Promise<Route> {
  const db = await openPostgres()
  const client = new pg.Client(clientOptions(db.declared))
  await client.connect()
  const names = Object.keys(types)
  await client.query(
    `SET TimeZone = 'UTC'; CREATE TABLE route (id bigint primary key, ${names.map((n) => `"${n}" ${types[n]}`).join(', ')})`,
  )
  // Each column goes over as an array of texts, which the server itself reads.
  const put = `INSERT INTO route SELECT ${['id', ...names].map((n) => (n === 'list' ? list('"list"') : `"${n}"::${types[n] ?? 'bigint'}`)).join(', ')}
    FROM unnest(${['id', ...names].map((_, i) => `$${i + 1}::text[]`).join(', ')}) AS t(${['id', ...names].map((n) => `"${n}"`).join(', ')})`
  const declared = Object.fromEntries(Object.entries(columns).map(([name, { spec }]) => [name, spec]))
  const from = postgresTable(db.declared, {
    table: 'route',
    columns: { id: int64({ required: true }), ...declared },
    cursor: 'id',
  })
  return {
    name: 'PostgreSQL',
    columns,
    holds: 'all',
    load: async (rows) => {
      const cells = names.map((n, i) => rows.map((row) => written(n, row.values[i] ?? null)))
      await client.query(put, [rows.map((row) => String(row.id)), ...cells])
    },
    table: () => table('raw.route', { from }),
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await db[Symbol.asyncDispose]()
    },
  }
}

test.skipIf(missing !== undefined)(
  missing === undefined ? routeTitle('PostgreSQL') : `PostgreSQL on its route (${missing})`,
  { timeout: 60 * 60_000 },
  async () => {
    await using route = await postgresRoute()
    await travel(route)
  },
)
