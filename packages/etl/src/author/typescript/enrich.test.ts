import { expect, test } from 'vitest'
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
  json,
  mmdb,
  select,
  table,
  text,
  timestamp,
} from '../../index.ts'
import { typeName } from '../../plan/type.ts'
import type { Rows, Table } from './index.ts'

const networks = table('raw.networks', {
  from: mmdb('geo/*.mmdb', {
    columns: {
      country: text({ from: '$.country.iso_code' }),
      latitude: float64({ from: '$.location.latitude' }),
    },
  }),
})
const blocks = table('raw.blocks', {
  from: csv('blocks.csv', { columns: { network: text(), country: text() } }),
})
const rates = table('raw.rates', {
  from: csv('rates.csv', {
    columns: { currency: text(), date: date(), rate: decimal(12, 6), base: text() },
  }),
})
const states = table('raw.states', {
  from: csv('states.csv', {
    columns: {
      customer: int64({ required: true }),
      tier: text(),
      extra: json(),
      changed_at: timestamp(),
      day: date(),
      gone: bool(),
    },
  }),
})
const orders = table('raw.orders', {
  from: csv('orders.csv', {
    columns: {
      order_id: int64({ required: true }),
      customer: int64(),
      ip: text(),
      total: decimal(18, 2),
      ratio: float64(),
      currency: text(),
      ordered_at: timestamp(),
    },
  }),
})

/** The columns of a table made of these rows, as text; fails on any diagnostic. */
function shape(from: Rows): string {
  const made: Table = table('x.made', { from })
  expect(made.diagnostics).toBeUndefined()
  return (made.schema ?? []).map((f) => `${f.name} ${typeName(f.type)}${f.nullable ? '' : '!'}`).join(', ')
}

/** What a table made of these rows complains of. */
const problems = (from: Rows): string =>
  (table('x.made', { from }) as Table).diagnostics?.map((d) => `${d.code}: ${d.message}`).join('\n') ?? ''

const base = orders.pipe(select('order_id', 'customer', 'ip', 'total', 'currency', 'ordered_at'))
const baseShape =
  'order_id int64!, customer int64, ip text, total decimal(18,2), currency text, ordered_at timestamp'

test('a MaxMind DB source has its own columns before the declared ones', () => {
  expect(networks.schema?.map((f) => f.name)).toEqual([
    'network',
    'prefix',
    'first_key',
    'last_key',
    'country',
    'latitude',
  ])
  expect(() => mmdb('a.mmdb', { columns: { Network: text() } })).toThrow(
    expect.objectContaining({ code: 'config.invalid' }),
  )
})

test('builders that enrich', () => {
  expect(shape(base.pipe(geolocate(networks, { ip: 'ip', keep: ['country', 'latitude'] })))).toBe(
    `${baseShape}, country text, latitude float64`,
  )
  expect(shape(base.pipe(geolocate(networks, { ip: 'ip', prefix: 'ip_' })))).toBe(
    `${baseShape}, ip_network text, ip_prefix int32, ip_country text, ip_latitude float64`,
  )
  expect(shape(base.pipe(geolocate(blocks, { ip: 'ip', range: { network: 'network' } })))).toBe(
    `${baseShape}, country text`,
  )
  const converted = convertCurrency(rates, {
    amount: 'total',
    currency: 'currency',
    at: 'ordered_at',
    to: 'EUR',
    as: 'total_eur',
    scale: 4,
    rateAs: 'rate',
  })
  expect(shape(base.pipe(converted))).toBe(`${baseShape}, total_eur decimal(18,4), rate decimal(12,6)`)
  const versions = states.pipe(
    history({ by: ['customer'], at: 'changed_at', deleted: 'gone', track: ['tier'], order: ['day'] }),
  )
  expect(shape(versions)).toBe(
    'customer int64!, tier text, extra json, day date, valid_from timestamp!, valid_to timestamp, is_current bool!',
  )
  expect(
    shape(base.pipe(asOf(versions, { at: 'ordered_at', on: ['customer'], keep: ['tier'], prefix: 'then_' }))),
  ).toBe(`${baseShape}, then_tier text`)
  expect(shape(base.pipe(asOf(versions, { at: 'ordered_at', on: ['customer'] })))).toBe(
    `${baseShape}, tier text, extra json, day date`,
  )
})

test('a column that an added helper column would be called like is left alone', () => {
  const named = table('raw.named', {
    from: csv('named.csv', { columns: { ip: text(), ip$key: text(), network$first: text() } }),
  })
  const other = table('raw.other', {
    from: csv('other.csv', { columns: { network: text(), network$first: int64(), country: text() } }),
  })
  expect(
    shape(named.pipe(geolocate(other, { ip: 'ip', range: { network: 'network' }, keep: ['country'] }))),
  ).toBe('ip text, ip$key text, network$first text, country text')
})

test('wrong options are diagnostics', () => {
  const lax = (value: unknown): never => value as never
  const convert = (changed: object): Rows =>
    orders.pipe(
      convertCurrency(
        rates,
        lax({ amount: 'total', currency: 'currency', at: 'ordered_at', to: 'EUR', as: 'eur', ...changed }),
      ),
    )
  const found = [
    problems(orders.pipe(geolocate(networks, { ip: lax('order_id') }))),
    problems(orders.pipe(geolocate(blocks, { ip: 'ip' }))),
    problems(convert({ amount: 'ratio' })),
    problems(convert({ lastKnownDays: -1 })),
    problems(convert({ scale: 19 })),
    problems(convert({ rounding: 'up' })),
    problems(convert({ quote: 'other' })),
    problems(convert({ to: '' })),
    problems(convert({ as: 'total' })),
    problems(convert({ rates: { currency: 'currency', date: 'rate', rate: 'rate' } })),
    problems(states.pipe(history({ by: ['customer'], at: 'changed_at' }))),
    problems(states.pipe(history({ by: ['changed_at'], at: 'changed_at', track: [] }))),
    problems(orders.pipe(asOf(lax(states), lax({ at: 'ordered_at', on: ['customer'] })))),
    problems(
      orders.pipe(asOf(lax(states), lax({ at: 'ordered_at', on: ['customer'], from: 'day', to: 'day' }))),
    ),
    problems(
      orders.pipe(asOf(lax(states), lax({ at: 'ordered_at', on: [], from: 'changed_at', to: 'changed_at' }))),
    ),
  ]
  expect(found).toEqual([
    'plan.type-mismatch: column "order_id" is int64; expected text',
    'plan.unknown-column: there is no column "first_key" here',
    'plan.type-mismatch: column "ratio" is float64; expected int8 or int16 or int32 or int64 or uint64 or decimal',
    'config.invalid: lastKnownDays is a whole number of days from 0 to 36500',
    'config.invalid: decimal(18, 19) is no type: precision is 1 to 38, scale 0 to precision',
    "config.invalid: rounding is 'half_up' or 'half_even'",
    "config.invalid: quote is 'direct' or 'indirect'",
    'config.invalid: convert_currency needs a target currency',
    'plan.duplicate-column: two columns would be named "total"',
    'plan.type-mismatch: column "rate" is decimal; expected date',
    'plan.type-mismatch: column "extra" is json, of which two values cannot be compared',
    'config.invalid: "changed_at" is the time, and no key',
    'plan.unknown-column: there is no column "valid_from" here',
    'plan.type-mismatch: column "day" is date; expected timestamp',
    'config.invalid: as_of needs at least one key in `on`',
  ])
})
