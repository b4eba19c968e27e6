import { afterAll, expect, test } from 'vitest'
import type { ConvertCurrencyOptions } from '../../packages/etl/src/step/convert-currency.ts'
import { convertCurrencyStep } from '../../packages/etl/src/step/convert-currency.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { describeOnEngines, type Row } from './on-engines.ts'

const seed = seedFor('CURRENCY_SEED')
let amounts = 0
afterAll(() => console.info(`${amounts} amounts converted, seed ${seed} (CURRENCY_SEED repeats it)`))

const orders = [
  t.field('id', t.int64, false),
  t.field('total', t.decimal(16, 3)),
  t.field('currency', t.text),
  t.field('day', t.date),
  t.field('at', t.timestamp),
]
const rateColumns = [
  t.field('cur', t.text),
  t.field('on', t.date),
  t.field('rate', t.decimal(14, 6)),
  t.field('base', t.text),
]
const currencies = ['USD', 'GBP', 'JPY', 'SEK', 'XXX', 'EUR'] as const
const dayOf = (n: number): string => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10)

/** A decimal text as a whole number of units of its last digit. */
const units = (text: string): bigint => BigInt(text.replace('.', ''))

function decimalText(whole: bigint, scale: number): string {
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0')
  const point = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return whole < 0n ? `-${point}` : point
}

/** n / d (d above zero), rounded to a whole number. */
function rounded(n: bigint, d: bigint, mode: 'half_up' | 'half_even'): bigint {
  const size = n < 0n ? -n : n
  const [whole, rest] = [size / d, size % d]
  const up = 2n * rest > d || (2n * rest === d && (mode === 'half_up' || whole % 2n === 1n))
  const result = up ? whole + 1n : whole
  return n < 0n ? -result : result
}

type Rates = ReadonlyMap<string, ReadonlyMap<number, string | null>>

/** Rates with gaps; many make halves: powers of two, and halves of the last digit. */
function ratesFrom(random: Random): Rates {
  const rate = (): string | null => {
    if (random.chance(0.05)) return random.pick(['0.000000', '-1.000000', null])
    if (random.chance(0.5))
      return random.pick(['0.500000', '0.125000', '2.000000', '4.000000', '0.015625', '8.000000'])
    return decimalText(BigInt(1 + random.below(2_000_000_000)), 6)
  }
  return new Map(
    ['USD', 'GBP', 'JPY', 'SEK'].map((c) => [
      c,
      new Map(
        Array.from({ length: 40 }, (_, i) => i).flatMap((day) => (random.chance(0.4) ? [[day, rate()]] : [])),
      ),
    ]),
  )
}

const ordersFrom = (random: Random, count: number): readonly (readonly [Row, number | null])[] =>
  Array.from({ length: count }, (_, id) => {
    const day = random.chance(0.05) ? null : random.below(44) - 2
    const size = random.chance(0.5) ? random.below(20_000) : random.below(2 ** 40)
    const total = random.chance(0.05) ? null : decimalText(BigInt(random.chance(0.4) ? -size : size), 3)
    const currency = random.chance(0.05) ? null : random.pick(currencies)
    const at = day === null ? null : `${dayOf(day)}T${random.pick(['00:00:00.000000', '23:59:59.999999'])}`
    return [[String(id), total, currency, day === null ? null : dayOf(day), at], day]
  })

/** The rate in force by looking back day by day. */
function rateOn(rates: Rates, currency: string, day: number, back: number): string | undefined {
  for (let n = 0; n <= back; n++) {
    const rate = rates.get(currency)?.get(day - n)
    if (rate !== undefined && rate !== null && units(rate) > 0n) return rate
  }
  return undefined
}

type Chosen = Required<
  Pick<ConvertCurrencyOptions, 'quote' | 'rounding' | 'lastKnownDays' | 'scale' | 'missing' | 'at'>
>

function expected(row: Row, day: number | null, rates: Rates, o: Chosen): string | null {
  const [, total, currency] = row
  if (typeof total !== 'string' || typeof currency !== 'string') return null
  const shift = 10n ** BigInt(o.scale)
  if (currency === 'EUR') return decimalText(rounded(units(total) * shift, 1000n, o.rounding), o.scale)
  const rate = day === null ? undefined : rateOn(rates, currency, day, o.lastKnownDays)
  if (rate === undefined) return null
  const [n, d] =
    o.quote === 'direct'
      ? [units(total) * units(rate) * shift, 10n ** 9n]
      : [units(total) * 1000n * shift, units(rate)]
  return decimalText(rounded(n, d, o.rounding), o.scale)
}

const combinations: readonly Chosen[] = (['direct', 'indirect'] as const).flatMap((quote) =>
  (['half_up', 'half_even'] as const).flatMap((rounding) => [
    { quote, rounding, lastKnownDays: 0, scale: 2, missing: 'null', at: 'day' },
    { quote, rounding, lastKnownDays: 3, scale: 4, missing: 'reject', at: 'at' },
    { quote, rounding, lastKnownDays: 365, scale: 0, missing: 'null', at: 'at' },
  ]),
)

describeOnEngines('converted amounts', (bench) => {
  const tried = bench.isEmbedded ? combinations : combinations.filter((_, i) => i % 3 === 1)
  test.each(tried)(
    'are those of whole-number arithmetic: $quote, $rounding, $lastKnownDays days, scale $scale',
    async (o) => {
      const random = randomFrom(seed + combinations.indexOf(o))
      const rates = ratesFrom(random)
      const rateRows = [...rates].flatMap(([currency, byDay]) =>
        [...byDay].flatMap(([day, rate]): Row[] => [
          [currency, dayOf(day), rate, 'EUR'],
          [currency, dayOf(day), '77.000000', 'CHF'],
        ]),
      )
      const made = ordersFrom(random, 600)
      const left = await bench.table(
        'orders',
        orders,
        made.map(([row]) => row),
      )
      const right = await bench.table('rates', rateColumns, rateRows)
      const plan = convertCurrencyStep.lower(
        left.scan,
        {
          ...o,
          amount: 'total',
          currency: 'currency',
          to: 'EUR',
          as: 'eur',
          precision: 30,
          rates: { currency: 'cur', date: 'on', rate: 'rate', to: 'base' },
        },
        [right.scan],
      )
      const { rows, counts } = await bench.run(plan, [left, right])
      const want = made.map(([row, day]): Row => [...row, expected(row, day, rates, o)])
      const isKept = (row: Row): boolean => o.missing === 'null' || row[1] === null || row[5] !== null
      expect(want.filter((r) => r[5] !== null).length).toBeGreaterThan(100)
      expect(rows, `seed ${seed}`).toEqual(
        want
          .filter(isKept)
          .map((r) => JSON.stringify(r))
          .toSorted(),
      )
      expect(counts.rejected).toBe(want.filter((r) => !isKept(r)).length)
      amounts += made.length
    },
    180_000,
  )

  test('two rates of one day stop the run', async () => {
    const left = await bench.table('orders', orders, [['1', '1.000', 'USD', '2024-01-01', null]])
    const rate = (day: string, value: string): Row => ['USD', day, value, 'EUR']
    const right = await bench.table('rates', rateColumns, [
      rate('2024-01-01', '1.000000'),
      rate('2024-01-02', '2.000000'),
      rate('2024-01-02', '3.000000'),
      rate('2024-01-05', '4.000000'),
    ])
    for (const lastKnownDays of [0, 10]) {
      const plan = convertCurrencyStep.lower(
        left.scan,
        {
          amount: 'total',
          currency: 'currency',
          at: 'day',
          to: 'EUR',
          as: 'eur',
          lastKnownDays,
          rates: { currency: 'cur', date: 'on', rate: 'rate' },
        },
        [right.scan],
      )
      await expect(bench.run(plan, [left, right])).rejects.toMatchObject({ code: 'run.ranges-overlap' })
    }
  }, 60_000)
})
