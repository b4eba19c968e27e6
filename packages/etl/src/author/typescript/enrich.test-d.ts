import { expectTypeOf, test } from 'vitest'
import {
  asOf,
  bool,
  convertCurrency,
  csv,
  date,
  decimal,
  float64,
  geolocate,
  history,
  int64,
  mmdb,
  select,
  table,
  text,
  timestamp,
} from '../../index.ts'
import type { Column } from '../../plan/columns.ts'
import type { Relation } from '../../step/contract.ts'

type ColumnsIn<T> = T extends Relation<infer C> ? C : never

const networks = table('raw.networks', {
  from: mmdb('geo/*.mmdb', { columns: { country: text({ from: '$.country.iso_code' }), lat: float64() } }),
})
const rates = table('raw.rates', {
  from: csv('rates.csv', { columns: { currency: text(), date: date(), rate: decimal(12, 6) } }),
})
const states = table('raw.states', {
  from: csv('states.csv', {
    columns: { customer: int64({ required: true }), tier: text(), at: timestamp(), gone: bool() },
  }),
})
const orders = table('raw.orders', {
  from: csv('orders.csv', {
    columns: {
      customer: int64(),
      ip: text(),
      total: decimal(18, 2),
      currency: text(),
      ordered_at: timestamp(),
      day: date(),
    },
  }),
})

test('a MaxMind DB source types its own and the declared columns', () => {
  expectTypeOf<ColumnsIn<typeof networks>>().toMatchTypeOf<{
    readonly network: Column<'text', false>
    readonly prefix: Column<'int32', false>
    readonly first_key: Column<'text', false>
    readonly country: Column<'text', true>
    readonly lat: Column<'float64', true>
  }>()
})

test('enriched rows have the added columns', () => {
  const versions = states.pipe(history({ by: ['customer'], at: 'at', deleted: 'gone' }))
  expectTypeOf<ColumnsIn<typeof versions>>().toEqualTypeOf<{
    readonly customer: Column<'int64', false>
    readonly tier: Column<'text', true>
    readonly valid_from: Column<'timestamp', false>
    readonly valid_to: Column<'timestamp', true>
    readonly is_current: Column<'bool', false>
  }>()
  const enriched = orders.pipe(
    geolocate(networks, { ip: 'ip', keep: ['country'] }),
    asOf(versions, { at: 'ordered_at', on: ['customer'] }),
    convertCurrency(rates, {
      amount: 'total',
      currency: 'currency',
      at: 'day',
      to: 'EUR',
      as: 'eur',
      rateAs: 'used',
    }),
    select('country', 'tier', 'eur', 'used'),
  )
  expectTypeOf<ColumnsIn<typeof enriched>>().toEqualTypeOf<{
    readonly country: Column<'text', true>
    readonly tier: Column<'text', true>
    readonly eur: Column<'decimal', true>
    readonly used: Column<'decimal', true>
  }>()
})

test('wrong names and kinds are sentences', () => {
  // @ts-expect-error column 'customer' is int64; expected text
  orders.pipe(geolocate(networks, { ip: 'customer' }))
  // @ts-expect-error there is no column 'city' here
  orders.pipe(geolocate(networks, { ip: 'ip', keep: ['city'] }))
  // @ts-expect-error there is no column 'network_text' here
  orders.pipe(geolocate(networks, { ip: 'ip', range: { network: 'network_text' } }))
  // @ts-expect-error column 'tier' is text; expected timestamp | date
  states.pipe(history({ by: ['customer'], at: 'tier' }))
  const dated = states.pipe(history({ by: ['customer'], at: 'at' }))
  // @ts-expect-error column 'ip' is text; expected timestamp | date
  orders.pipe(asOf(dated, { at: 'ip', on: ['customer'] }))
  const wanted = { currency: 'currency', at: 'day', to: 'EUR' } as const
  // @ts-expect-error column 'ip' is text; expected a number
  orders.pipe(convertCurrency(rates, { ...wanted, amount: 'ip', as: 'eur' }))
  // @ts-expect-error there is a column 'ip' already
  orders.pipe(convertCurrency(rates, { ...wanted, amount: 'total', as: 'ip' }))
})
