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
  int8,
  json,
  mysql,
  table,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openDatabase } from '../mysql/database.ts'
import { type Route, type RouteColumns, routeTitle, travel } from './route.ts'
import { timestamps, type Value } from './values.ts'

const missing = missingMariadb() ?? missingPostgres()

/** The columns with their types in MySQL. */
const types = {
  yes: 'tinyint(1)',
  tiny: 'tinyint',
  small: 'smallint',
  middle: 'int',
  large: 'bigint',
  larger: 'bigint unsigned',
  bits: 'bit(64)',
  whole: 'decimal(38,0)',
  money: 'decimal(38,10)',
  share: 'decimal(38,38)',
  price: 'decimal(9,2)',
  real: 'double',
  words: 'longtext',
  name: 'varchar(6000)',
  data: 'varbinary(100)',
  blob: 'longblob',
  day: 'date',
  hour: 'time(6)',
  at: 'datetime(6)',
  stamp: 'timestamp(6) null',
  id16: 'binary(16)',
  id36: 'char(36)',
  doc: 'json',
} as const

const columns: RouteColumns = {
  yes: { spec: bool({ trueValues: ['1'], falseValues: ['0'] }) },
  tiny: { spec: int8() },
  small: { spec: int16() },
  middle: { spec: int32() },
  large: { spec: int64() },
  larger: { spec: uint64() },
  bits: { spec: uint64() },
  whole: { spec: decimal(38, 0) },
  money: { spec: decimal(38, 10) },
  share: { spec: decimal(38, 38) },
  price: { spec: decimal(9, 2) },
  real: { spec: float64() },
  words: { spec: text() },
  name: { spec: text() },
  data: { spec: bytes() },
  blob: { spec: bytes() },
  day: { spec: date() },
  hour: { spec: time() },
  at: { spec: timestamp() },
  // What the type holds: from the second after the epoch to 2038.
  stamp: { spec: timestamp(), values: timestamps(1_000_000n, 2_147_483_646_999_999n) },
  id16: { spec: uuid() },
  id36: { spec: uuid() },
  doc: { spec: json() },
}

/** A canonical text as SQL of MySQL. */
function literal(name: keyof typeof types, value: Value): string {
  if (value === null) return 'null'
  switch (name) {
    case 'yes':
      return value
    case 'data':
    case 'blob':
      return `x'${value}'`
    case 'id16':
      return `x'${value.replaceAll('-', '')}'`
    case 'words':
    case 'name':
    case 'doc':
      return `convert(x'${Buffer.from(value).toString('hex')}' using utf8mb4)`
    case 'day':
    case 'hour':
    case 'id36':
      return `'${value}'`
    case 'at':
    case 'stamp':
      return `'${value.replace('T', ' ')}'`
    case 'real':
      return `${value}e0`.replace(/e([-+]?\d+)e0$/, 'e$1')
    default:
      return value
  }
}

async function mysqlRoute(): Promise<Route> {
  const db = await openDatabase(['--max-allowed-packet=64M'])
  const names = Object.keys(types) as (keyof typeof types)[]
  await db.run(
    // A year before 1000 and the like are values as any other.
    `set session time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', character_set_results = 'utf8mb4'`,
    `create table route (id bigint primary key, ${names.map((n) => `\`${n}\` ${types[n]}`).join(', ')})`,
  )
  const declared = Object.fromEntries(Object.entries(columns).map(([name, { spec }]) => [name, spec]))
  const from = mysql(db.server, {
    table: 'route',
    columns: { id: int64({ required: true }), ...declared },
    cursor: 'id',
  })
  return {
    name: 'MySQL',
    columns,
    holds: 'all',
    load: async (rows) => {
      for (let at = 0; at < rows.length; at += 250) {
        const values = rows
          .slice(at, at + 250)
          .map((row) => `(${row.id}, ${names.map((n, i) => literal(n, row.values[i] ?? null)).join(', ')})`)
        await db.run(`insert into route values ${values.join(', ')}`)
      }
    },
    table: () => table('raw.route', { from }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

test.skipIf(missing !== undefined)(
  missing === undefined ? routeTitle('MySQL') : `MySQL on its route (${missing})`,
  { timeout: 60 * 60_000 },
  async () => {
    await using route = await mysqlRoute()
    await travel(route)
  },
)
