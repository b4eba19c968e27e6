import { exactKinds } from '../function/contract.ts'
import type { Column, ColumnOfKind, Columns, NewColumn, With } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import { date, decimal, field, type Field, int64, text, timestamp } from '../plan/type.ts'
import { call, expectNode, fieldOf, freshName, invalid, project, ref } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import { type ConversionRounding, converted } from './convert-currency-amount.ts'
import { type RateColumns, type Rates, ratesOf } from './convert-currency-rates.ts'
import { joinNode } from './join.ts'

export interface ConvertCurrencyOptions {
  readonly amount: string
  readonly currency: string
  readonly at: string
  readonly to: string
  readonly as: string
  readonly rates?: RateColumns
  readonly quote?: 'direct' | 'indirect'
  readonly precision?: number
  readonly scale?: number
  readonly rounding?: ConversionRounding
  readonly lastKnownDays?: number
  readonly missing?: 'null' | 'reject'
  readonly rateAs?: string
}

const usualColumns: RateColumns = { currency: 'currency', date: 'date', rate: 'rate' }

/** Each row with the rate of its currency and day. */
function withRate(left: Node, rates: Rates, currency: Field, day: Expression, as: string): Node {
  return joinNode(left, rates.node, {
    type: 'left',
    pairs: [{ left: currency, right: rates.currency }],
    keep: [{ column: rates.rate.name, as }],
    range: { left: day, from: ref(rates.from), to: ref(rates.until), toInclusive: true },
  })
}

const orders = [
  field('order_id', int64, false),
  field('total', decimal(18, 2)),
  field('currency', text),
  field('ordered_at', timestamp),
]
const rateColumns = [
  field('currency', text, false),
  field('date', date, false),
  field('rate', decimal(12, 6)),
]
const at = (d: string): string => `2024-${d}T18:30:00.000000`

/** Converts amounts into one currency by the rate of the day. */
export const convertCurrencyStep = defineStep<ConvertCurrencyOptions>({
  name: 'convert_currency',
  summary: 'Convert amounts into one currency by the rate of the day, with exact decimals.',
  meaning:
    'Every row stays exactly once, the converted amount is added. It is the amount times the rate (or divided by it, for indirect quotes), computed exactly and rounded once. An amount that is in the target currency already needs no rate. ' +
    'The day of a moment is that in UTC. Rates that are NULL, zero or below are none. On a day without a rate the last one before it counts, as long as it is not older than `lastKnownDays`; else the rate is missing, and the result NULL or the row a reject (with `maxRejected: 0` on the table, one such row fails the run). NULL amounts give NULL. ' +
    'Two rates for one currency and day fail the run, as does a result with more digits than the precision.',
  options: {
    amount: { takes: 'decimal or integer column', meaning: 'What is converted.' },
    currency: {
      takes: 'text column',
      meaning: 'The currency of the amount, spelled as in the table of rates.',
    },
    at: { takes: 'date or timestamp column', meaning: 'Of which day the rate is.' },
    to: { takes: 'text', meaning: 'The target currency.' },
    as: { takes: 'name', meaning: 'The added column.' },
    rates: {
      takes: '{ currency, date, rate, to? }',
      meaning:
        'The columns of the table of rates; `to` is the currency that a rate is stated against, where there are several.',
      default: 'the columns of those names, all rates against the target currency',
    },
    quote: {
      takes: "'direct' | 'indirect'",
      meaning:
        'What a rate says: the price of one unit of the currency in the target currency, or how many units of it one unit of the target currency costs (as the European Central Bank states them against the euro).',
      default: 'direct',
    },
    precision: { takes: 'number', meaning: 'The digits of the result, at most 38.', default: '18' },
    scale: { takes: 'number', meaning: 'Those of them after the point.', default: '2' },
    rounding: {
      takes: "'half_up' | 'half_even'",
      meaning: 'Where a half goes: away from zero, or to the even digit.',
      default: 'half_up',
    },
    lastKnownDays: {
      takes: 'number',
      meaning: 'How many days old a rate may be on a day that has none (weekends, holidays).',
      default: '0',
    },
    missing: {
      takes: "'null' | 'reject'",
      meaning: 'What becomes of a row without a rate.',
      default: 'null',
    },
    rateAs: {
      takes: 'name',
      meaning: 'A further added column: the rate, NULL where none was needed or found.',
      default: 'none',
    },
  },
  lower: (left, options, [table]) => {
    if (table === undefined) return [invalid('convert_currency needs a table of rates')]
    const { lastKnownDays = 0, missing = 'null', rates: columns = usualColumns } = options
    if (!Number.isInteger(lastKnownDays) || lastKnownDays < 0 || lastKnownDays > 36_500)
      return [invalid('lastKnownDays is a whole number of days from 0 to 36500')]
    if (options.to === '') return [invalid('convert_currency needs a target currency')]
    const amount = fieldOf(left, options.amount, exactKinds)
    const currency = fieldOf(left, options.currency, ['text'])
    const when = fieldOf(left, options.at, ['date', 'timestamp'])
    const rates = ratesOf(table, columns, options.to, lastKnownDays)
    const day = when.type.kind === 'date' ? ref(when) : call('to_date', ref(when))
    const found = options.rateAs ?? freshName(left.schema, `${options.as}$rate`)
    const domestic = call('eq', ref(currency), options.to)
    const rated = withRate(left, rates, currency, day, found)
    const rate = fieldOf(rated, found)
    const result = converted({ ...options, amount: ref(amount), rate: ref(rate), domestic })
    const added = project(rated, [
      ...left.schema.map((f) => ({ name: f.name, expression: ref(f) })),
      { name: options.as, expression: result },
      ...(options.rateAs === undefined
        ? []
        : [{ name: found, expression: call('if', domestic, nullOf(rate), ref(rate)) }]),
    ])
    if (missing === 'null') return added
    const output = ref(fieldOf(added, options.as))
    return expectNode(added, {
      rule: 'convert_currency',
      reason: `there is no rate of the currency against ${options.to} for the day`,
      predicate: call('or', call('is_null', ref(amount)), call('is_not_null', output)),
      blame: [amount.name, currency.name, when.name],
    })
  },
  examples: () => [
    {
      title: 'Direct quotes, with a weekend',
      in: {
        columns: orders,
        rows: [
          ['1', '10.00', 'USD', at('01-05')],
          ['2', '10.00', 'USD', at('01-07')],
          ['3', '10.00', 'USD', at('01-09')],
          ['4', '10.00', 'EUR', at('01-09')],
          ['5', '10.00', 'XXX', at('01-05')],
          ['6', null, 'USD', at('01-05')],
          ['7', '10.00', null, at('01-05')],
        ],
      },
      others: [{ columns: rateColumns, rows: [['USD', '2024-01-05', '0.912345']] }],
      options: {
        amount: 'total',
        currency: 'currency',
        at: 'ordered_at',
        to: 'EUR',
        as: 'total_eur',
        lastKnownDays: 3,
      },
      out: {
        columns: [...orders, field('total_eur', decimal(18, 2))],
        rows: [
          ['1', '10.00', 'USD', at('01-05'), '9.12'],
          ['2', '10.00', 'USD', at('01-07'), '9.12'],
          ['3', '10.00', 'USD', at('01-09'), null],
          ['4', '10.00', 'EUR', at('01-09'), '10.00'],
          ['5', '10.00', 'XXX', at('01-05'), null],
          ['6', null, 'USD', at('01-05'), null],
          ['7', '10.00', null, at('01-05'), null],
        ],
      },
    },
    {
      title: 'Indirect quotes, halves to even, rows without a rate rejected',
      in: {
        columns: orders,
        rows: [
          ['1', '10.00', 'USD', at('01-05')],
          ['2', '0.05', 'GBP', at('01-05')],
          ['3', '0.15', 'GBP', at('01-05')],
          ['4', '10.00', 'USD', at('01-06')],
        ],
      },
      others: [
        {
          columns: [...rateColumns, field('base', text)],
          rows: [
            ['USD', '2024-01-05', '1.250000', 'EUR'],
            ['GBP', '2024-01-05', '2.000000', 'EUR'],
            ['USD', '2024-01-06', '1.000000', 'CHF'],
          ],
        },
      ],
      options: {
        amount: 'total',
        currency: 'currency',
        at: 'ordered_at',
        to: 'EUR',
        as: 'total_eur',
        rates: { currency: 'currency', date: 'date', rate: 'rate', to: 'base' },
        quote: 'indirect',
        rounding: 'half_even',
        missing: 'reject',
        rateAs: 'rate',
      },
      rejected: 1,
      out: {
        columns: [...orders, field('total_eur', decimal(18, 2)), field('rate', decimal(12, 6))],
        rows: [
          ['1', '10.00', 'USD', at('01-05'), '8.00', '1.250000'],
          ['2', '0.05', 'GBP', at('01-05'), '0.02', '2.000000'],
          ['3', '0.15', 'GBP', at('01-05'), '0.08', '2.000000'],
        ],
      },
    },
  ],
})

const nullOf = (f: Field): Expression => ({ kind: 'literal', value: null, type: f.type, nullable: true })

type ExactKind = (typeof exactKinds)[number]

type Added<A extends string, R extends string> = { readonly [N in A | R]: Column<'decimal', true> }

/**
 * Converts amounts by the rate of the day: `convertCurrency(rates, { amount: 'total', currency: 'currency', at:
 * 'ordered_at', to: 'EUR', as: 'total_eur', lastKnownDays: 4 })`.
 */
export function convertCurrency<
  L extends Columns,
  R extends Columns,
  const M extends string,
  const C extends string,
  const W extends string,
  const A extends string,
  const U extends string = never,
  const RC extends string = 'currency',
  const RD extends string = 'date',
  const RR extends string = 'rate',
  const RT extends string = never,
>(
  rates: Relation<R>,
  options: {
    readonly amount: ColumnOfKind<L, M, ExactKind>
    readonly currency: ColumnOfKind<L, C, 'text'>
    readonly at: ColumnOfKind<L, W, 'date' | 'timestamp'>
    readonly to: string
    readonly as: NewColumn<L, A>
    readonly rates?: {
      readonly currency: ColumnOfKind<R, RC, 'text'>
      readonly date: ColumnOfKind<R, RD, 'date'>
      readonly rate: ColumnOfKind<R, RR, ExactKind>
      readonly to?: ColumnOfKind<R, RT, 'text'>
    }
    readonly rateAs?: NewColumn<L, U>
  } & Omit<ConvertCurrencyOptions, 'amount' | 'currency' | 'at' | 'to' | 'as' | 'rates' | 'rateAs'>,
): Step<L, With<L, Added<A, U>>> {
  return makeStep(convertCurrencyStep, options as unknown as ConvertCurrencyOptions, { others: [rates] })
}
