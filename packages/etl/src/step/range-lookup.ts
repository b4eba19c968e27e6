import type { ColumnName, Columns } from '../plan/columns.ts'
import { field, int64, text, typeName } from '../plan/type.ts'
import { fieldOf, invalid, mismatch, ref } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import { joinNode, type JoinOptions, keptColumns, keyPairs } from './join.ts'
import type { Joined, JoinKeys, KeepOptions, OtherThan } from './join-typed.ts'

export interface RangeLookupOptions {
  readonly value: string
  readonly from: string
  readonly to: string
  readonly toInclusive?: boolean
  readonly on?: JoinOptions['on']
  readonly keep?: readonly string[]
  readonly prefix?: string
}

const visits = [field('visit', int64, false), field('ip', int64)]
const ranges = [
  field('first_ip', int64, false),
  field('last_ip', int64, false),
  field('country', text, false),
]
const rangeRows = [
  ['100', '199', 'DE'],
  ['200', '299', 'FR'],
]

/** Adds columns of the row whose range holds a value. */
export const rangeLookupStep = defineStep<RangeLookupOptions>({
  name: 'range_lookup',
  summary: 'Add columns of the row of another table whose range holds a value.',
  meaning:
    'Every row stays exactly once; without a range that holds the value the added columns are NULL. Ranges must not overlap (within equal keys).',
  options: {
    value: { takes: 'column', meaning: 'The value that is looked up.' },
    from: { takes: 'column of the other side', meaning: 'The first value of the range.' },
    to: { takes: 'column of the other side', meaning: 'The end of the range.' },
    toInclusive: { takes: 'true | false', meaning: 'Whether the end belongs to the range.', default: 'true' },
    on: { takes: 'names or pairs of names', meaning: 'Columns that must be equal as well.', default: 'none' },
    keep: {
      takes: 'columns of the other side',
      meaning: 'What to take.',
      default: 'all but the keys and the range',
    },
    prefix: { takes: 'text', meaning: 'Put before the names taken.', default: 'nothing' },
  },
  lower: (left, { value, from, to, toInclusive = true, on = [], ...taken }, [right]) => {
    if (right === undefined) return [invalid('range_lookup needs another table')]
    const wanted = fieldOf(left, value)
    const first = fieldOf(right, from)
    const end = fieldOf(right, to)
    for (const bound of [first, end]) {
      if (bound.type.kind !== wanted.type.kind) {
        const message = `"${wanted.name}" is ${typeName(wanted.type)}, but "${bound.name}" is ${typeName(bound.type)}`
        return [mismatch(message, 'cast one of them first')]
      }
    }
    const pairs = keyPairs(left, right, on)
    const used = [...pairs.map((p) => p.right.name), first.name, end.name]
    return joinNode(left, right, {
      type: 'left',
      pairs,
      keep: keptColumns(right, used, taken),
      range: { left: ref(wanted), from: ref(first), to: ref(end), toInclusive },
    })
  },
  examples: () => [
    {
      title: 'Both ends belong to the range',
      in: {
        columns: visits,
        rows: [
          ['1', '100'],
          ['2', '299'],
          ['3', '300'],
          ['4', null],
        ],
      },
      others: [{ columns: ranges, rows: rangeRows }],
      options: { value: 'ip', from: 'first_ip', to: 'last_ip' },
      out: {
        columns: [...visits, field('country', text)],
        rows: [
          ['1', '100', 'DE'],
          ['2', '299', 'FR'],
          ['3', '300', null],
          ['4', null, null],
        ],
      },
    },
    {
      title: 'Half-open ranges',
      in: {
        columns: visits,
        rows: [
          ['1', '199'],
          ['2', '200'],
        ],
      },
      others: [{ columns: ranges, rows: [['100', '200', 'DE']] }],
      options: { value: 'ip', from: 'first_ip', to: 'last_ip', toInclusive: false },
      out: {
        columns: [...visits, field('country', text)],
        rows: [
          ['1', '199', 'DE'],
          ['2', '200', null],
        ],
      },
    },
  ],
})

/** Adds columns of the row whose range holds a value: `rangeLookup(ipRanges, { value: 'ip', from: 'first', to: 'last' })`. */
export function rangeLookup<
  L extends Columns,
  R extends Columns,
  const V extends string,
  const F extends string,
  const T extends string,
  const N extends string = never,
  const A extends string = never,
  const B extends string = never,
  const K extends string = OtherThan<R, N | B | F | T>,
  const P extends string = '',
>(
  other: Relation<R>,
  options: {
    readonly value: ColumnName<L, V>
    readonly from: ColumnName<R, F>
    readonly to: ColumnName<R, T>
    readonly toInclusive?: boolean
    readonly on?: JoinKeys<L, R, N, A, B>
  } & KeepOptions<R, K, P>,
): Step<L, Joined<L, R, K, P, false, true>> {
  return makeStep(rangeLookupStep, options as RangeLookupOptions, { others: [other] })
}
