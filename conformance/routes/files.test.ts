import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'vitest'
import {
  bool,
  bytes,
  csv,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  ndjson,
  table,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { type Route, type RouteColumns, routeTitle, sameDocument, travel } from './route.ts'
import { type Value, valuesFor } from './values.ts'

const missing = missingPostgres()

const common: RouteColumns = {
  yes: { spec: bool() },
  tiny: { spec: int8() },
  small: { spec: int16() },
  middle: { spec: int32() },
  large: { spec: int64() },
  larger: { spec: uint64() },
  whole: { spec: decimal(38, 0) },
  money: { spec: decimal(38, 10) },
  share: { spec: decimal(38, 38) },
  price: { spec: decimal(9, 2) },
  real: { spec: float64() },
  words: { spec: text() },
  day: { spec: date() },
  hour: { spec: time() },
  at: { spec: timestamp() },
  id36: { spec: uuid() },
}

const csvColumns: RouteColumns = { ...common, doc: { spec: json() } }

const jsonColumns: RouteColumns = {
  ...common,
  data: { spec: bytes() },
  // A reader of JSON may spell the numbers of a document in another way; a member that is null is NULL.
  doc: { spec: json(), values: valuesFor(json().type).filter((v) => v !== 'null'), same: sameDocument },
}

/** A field as RFC 4180 has it: whatever might be taken for something else is quoted; NULL is nothing at all. */
const csvField = (value: Value): string =>
  value === null ? '' : /^$|[",\r\n\\ ]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

/** A member as JSON: numbers as numbers with all their digits, every other value as a string. */
function jsonMember(value: Value, kind: string): string {
  if (value === null) return 'null'
  if (kind === 'json' || kind === 'bool') return value
  if (kind === 'bytes') return JSON.stringify(Buffer.from(value, 'hex').toString('base64'))
  return /^(u?int|decimal|float)/.test(kind) ? value : JSON.stringify(value)
}

const specs = (columns: RouteColumns) => ({
  id: int64({ required: true }),
  ...Object.fromEntries(Object.entries(columns).map(([name, { spec }]) => [name, spec])),
})

async function fileRoute(name: 'CSV' | 'JSON'): Promise<Route> {
  const folder = await mkdtemp(path.join(tmpdir(), 'route-in-'))
  const columns = name === 'CSV' ? csvColumns : jsonColumns
  const names = Object.keys(columns)
  const kinds = Object.values(columns).map(({ spec }) => spec.type.kind)
  const from =
    name === 'CSV'
      ? csv(`${folder}/*.csv`, { columns: specs(columns) })
      : ndjson(`${folder}/*.ndjson`, { columns: specs(columns) })
  return {
    name,
    columns,
    holds: 'all',
    load: async (rows, batch) => {
      const lines =
        name === 'CSV'
          ? [
              ['id', ...names].join(','),
              ...rows.map(({ id, values }) => [String(id), ...values.map(csvField)].join(',')),
            ]
          : rows.map(({ id, values }) => {
              const members = values.map((v, i) => `"${names[i]}": ${jsonMember(v, kinds[i] ?? '')}`)
              return `{"id": ${id}, ${members.join(', ')}}`
            })
      await appendFile(
        path.join(folder, `${batch}.${name === 'CSV' ? 'csv' : 'ndjson'}`),
        `${lines.join('\n')}\n`,
      )
    },
    table: () => table('raw.route', { from }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

test.skipIf(missing !== undefined).each(['CSV', 'JSON'] as const)(
  missing === undefined ? routeTitle('%s') : `%s on its route (${missing})`,
  { timeout: 60 * 60_000 },
  async (name) => {
    await using route = await fileRoute(name)
    await travel(route)
  },
)
