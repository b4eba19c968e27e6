import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { test } from 'vitest'
import {
  bool,
  bytes,
  date,
  decimal,
  dynamodb,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  table,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/index.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openTables } from '../dynamodb/local-tables.ts'
import { type Route, type RouteColumns, routeTitle, sameDocument, travel } from './route.ts'
import { doubleText, type Value, valuesFor } from './values.ts'

const missing = missingDynamodbLocal() ?? missingPostgres()

const columns: RouteColumns = {
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
  // What DynamoDB holds: from 1e-130 to 1e125.
  real: {
    spec: float64(),
    values: fc
      .double({ noNaN: true, min: -1e125, max: 1e125 })
      .map((n) => doubleText(Math.abs(n) < 1e-130 ? 0 : n)),
  },
  words: { spec: text() },
  data: { spec: bytes() },
  day: { spec: date() },
  hour: { spec: time() },
  at: { spec: timestamp() },
  id36: { spec: uuid() },
  // A document made of lists and maps, whose numbers DynamoDB may spell otherwise.
  doc: {
    spec: json(),
    values: fc
      .array(
        fc.oneof(
          valuesFor(text().type).map((t) => JSON.stringify(t)),
          valuesFor(decimal(38, 10).type),
        ),
        {
          maxLength: 4,
        },
      )
      .map((items) => `{"items":[${items.join(',')}]}`),
    same: sameDocument,
  },
}

/** A canonical text as the attribute that the type is read from. */
function attribute(value: Value, kind: string): AttributeValue {
  if (value === null) return { NULL: true }
  if (kind === 'bool') return { BOOL: value === 'true' }
  if (kind === 'bytes') return { B: Buffer.from(value, 'hex') }
  if (kind === 'json') {
    const items = (JSON.parse(value, exact) as { items: (string | { number: string })[] }).items
    return { M: { items: { L: items.map((i) => (typeof i === 'string' ? { S: i } : { N: i.number })) } } }
  }
  return /^(u?int|decimal|float)/.test(kind) ? { N: value } : { S: value }
}

const exact = ((_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === 'number' ? { number: context?.source ?? '' } : value) as (
  key: string,
  v: unknown,
) => unknown

async function dynamodbRoute(): Promise<Route> {
  const tables = await openTables()
  const names = Object.keys(columns)
  const kinds = Object.values(columns).map(({ spec }) => spec.type.kind)
  const declared = Object.fromEntries(Object.entries(columns).map(([name, { spec }]) => [name, spec]))
  return {
    name: 'DynamoDB',
    columns,
    holds: 'batch',
    load: async (rows, batch) => {
      await tables.create(`route${batch}`)
      const items = rows.map(({ id, values }) => ({
        id: { S: String(id) },
        row: { N: String(id) },
        ...Object.fromEntries(values.map((v, i) => [names[i] ?? '', attribute(v, kinds[i] ?? '')])),
      }))
      const quarter = Math.ceil(items.length / 4)
      await Promise.all(
        [0, 1, 2, 3].map((q) => tables.put(`route${batch}`, items.slice(q * quarter, (q + 1) * quarter))),
      )
    },
    table: (batch) =>
      table('raw.route', {
        from: dynamodb(tables.place, {
          table: `route${batch}`,
          columns: { id: int64({ required: true, from: 'row' }), ...declared },
        }),
      }),
    [Symbol.asyncDispose]: () => tables[Symbol.asyncDispose](),
  }
}

test.skipIf(missing !== undefined)(
  missing === undefined ? routeTitle('DynamoDB') : `DynamoDB on its route (${missing})`,
  { timeout: 60 * 60_000 },
  async () => {
    await using route = await dynamodbRoute()
    await travel(route)
  },
)
