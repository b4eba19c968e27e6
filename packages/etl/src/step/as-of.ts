import type { ColumnName, ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, int64, text, timestamp } from '../plan/type.ts'
import { call, fieldOf, freshName, invalid, literal, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import { type JoinOptions, keptColumns, keyPairs } from './join.ts'
import type { Joined, JoinKeys, KeepOptions } from './join-typed.ts'
import { rangeLookupStep } from './range-lookup.ts'

export interface AsOfOptions {
  readonly at: string
  readonly on: JoinOptions['on']
  readonly from?: string
  readonly to?: string
  readonly keep?: readonly string[]
  readonly prefix?: string
}

const orders = [field('order_id', int64, false), field('customer', int64), field('ordered_at', timestamp)]
const versions = [
  field('customer', int64, false),
  field('tier', text),
  field('valid_from', timestamp, false),
  field('valid_to', timestamp),
]
const day = (d: string): string => `2024-${d}T00:00:00.000000`
const versionRows = [
  ['7', 'basic', day('01-01'), day('03-01')],
  ['7', 'gold', day('03-01'), null],
  ['8', 'basic', day('01-01'), day('02-01')],
]

/** Ends later than all that a table can hold, where a version has no end. */
const endOfTime = { date: '9999-12-31', timestamp: '9999-12-31T23:59:59.999999' } as const

/** Adds columns of the version that was valid at a row's own time. */
export const asOfStep = defineStep<AsOfOptions>({
  name: 'as_of',
  summary: "Add columns of the version of another table's row that was valid at a row's own time.",
  meaning:
    'Every row stays exactly once. A version is valid from its start, and no longer at its end; without an end it is valid until the last moment of the year 9999. ' +
    'Where no version of the key was valid (before the first one, after a delete; NULL matches nothing) the added columns are NULL. ' +
    'Versions of one key must not overlap; those that `history` makes do not.',
  options: {
    at: { takes: 'date or timestamp column', meaning: 'The time of the row; of the type of the ends.' },
    on: {
      takes: 'names or pairs of names',
      meaning: 'The key: columns that must be equal, [this side, other side].',
    },
    from: { takes: 'column of the other side', meaning: 'The start of a version.', default: 'valid_from' },
    to: {
      takes: 'column of the other side',
      meaning: 'The end of a version, NULL while it is valid.',
      default: 'valid_to',
    },
    keep: {
      takes: 'columns of the other side',
      meaning: 'What to take.',
      default: 'all but the key, start, end and is_current',
    },
    prefix: { takes: 'text', meaning: 'Put before the names taken.', default: 'nothing' },
  },
  lower: (left, { at, on, from = 'valid_from', to = 'valid_to', ...taken }, [right]) => {
    if (right === undefined) return [invalid('as_of needs a table of versions')]
    if (on.length === 0) return [invalid('as_of needs at least one key in `on`')]
    const { name, type } = fieldOf(left, at, ['date', 'timestamp'])
    const start = fieldOf(right, from, [type.kind])
    const end = fieldOf(right, to, [type.kind])
    const last = literal(type.kind === 'date' ? endOfTime.date : endOfTime.timestamp, type)
    const ended = freshName(right.schema, `${end.name}$end`)
    const bounded = withColumns(right, [{ name: ended, expression: call('coalesce', ref(end), last) }])
    const own = [...keyPairs(left, right, on).map((p) => p.right.name), start.name, end.name, 'is_current']
    const keep = keptColumns(right, own, taken).map((k) => k.column)
    return rangeLookupStep.lower(
      left,
      { ...taken, value: name, from: start.name, to: ended, toInclusive: false, on, keep },
      [bounded],
    )
  },
  examples: () => [
    {
      title: 'The tier of the customer when the order was made',
      in: {
        columns: orders,
        rows: [
          ['1', '7', day('02-29')],
          ['2', '7', day('03-01')],
          ['3', '7', '2023-12-31T23:59:59.999999'],
          ['4', '8', day('02-01')],
          ['5', '9', day('02-01')],
          ['6', '7', null],
        ],
      },
      others: [{ columns: versions, rows: versionRows }],
      options: { at: 'ordered_at', on: ['customer'] },
      out: {
        columns: [...orders, field('tier', text)],
        rows: [
          ['1', '7', day('02-29'), 'basic'],
          ['2', '7', day('03-01'), 'gold'],
          ['3', '7', '2023-12-31T23:59:59.999999', null],
          ['4', '8', day('02-01'), null],
          ['5', '9', day('02-01'), null],
          ['6', '7', null, null],
        ],
      },
    },
    {
      title: 'When the version began, under another name',
      in: { columns: orders, rows: [['1', '7', day('06-01')]] },
      others: [{ columns: versions, rows: versionRows }],
      options: { at: 'ordered_at', on: ['customer'], keep: ['tier', 'valid_from'], prefix: 'then_' },
      out: {
        columns: [...orders, field('then_tier', text), field('then_valid_from', timestamp)],
        rows: [['1', '7', day('06-01'), 'gold', day('03-01')]],
      },
    },
  ],
})

/** Adds columns of the version that was valid then: `asOf(customerHistory, { at: 'ordered_at', on: ['customer_id'], keep: ['tier'] })`. */
export function asOf<
  L extends Columns,
  R extends Columns,
  const T extends string,
  const S extends string = 'valid_from',
  const E extends string = 'valid_to',
  const N extends string = never,
  const A extends string = never,
  const B extends string = never,
  const K extends string = Exclude<Extract<keyof R, string>, N | B | S | E | 'is_current'>,
  const P extends string = '',
>(
  other: Relation<R>,
  options: {
    readonly at: ColumnOfKind<L, T, 'date' | 'timestamp'>
    readonly on: JoinKeys<L, R, N, A, B>
    readonly from?: ColumnName<R, S>
    readonly to?: ColumnName<R, E>
  } & KeepOptions<R, K, P>,
): Step<L, Joined<L, R, K, P, false, true>> {
  return makeStep(asOfStep, options as unknown as AsOfOptions, { others: [other] })
}
