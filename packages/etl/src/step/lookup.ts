import type { Columns } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { invalid } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import { joinNode, type JoinOptions, keptColumns, keyPairs } from './join.ts'
import type { Joined, JoinKeys, KeepOptions, OtherThan } from './join-typed.ts'

export type LookupOptions = Omit<JoinOptions, 'type'>

const orders = [field('order_id', int64, false), field('region_code', text)]
const regions = [field('code', text, false), field('region', text, false)]

/** Adds columns of the one matching row of another table. */
export const lookupStep = defineStep<LookupOptions>({
  name: 'lookup',
  summary: 'Add columns of the matching row of another table.',
  meaning:
    'Every row stays exactly once. Without a match (NULL matches nothing) the added columns are NULL. A run fails when a key has two matches, because then rows would multiply.',
  options: {
    on: {
      takes: 'names or pairs of names',
      meaning: 'The columns that must be equal: [this side, other side].',
    },
    keep: {
      takes: 'columns of the other side',
      meaning: 'What to take from it.',
      default: 'all but its keys',
    },
    prefix: { takes: 'text', meaning: 'Put before the names taken.', default: 'nothing' },
  },
  lower: (left, { on, ...taken }, [right]) => {
    if (right === undefined) return [invalid('lookup needs another table')]
    if (on.length === 0) return [invalid('lookup needs at least one key in `on`')]
    const pairs = keyPairs(left, right, on)
    const keys = pairs.map((p) => p.right.name)
    return joinNode(left, right, { type: 'lookup', pairs, keep: keptColumns(right, keys, taken) })
  },
  examples: () => [
    {
      title: 'With and without a match',
      in: {
        columns: orders,
        rows: [
          ['1', 'eu'],
          ['2', 'xx'],
          ['3', null],
        ],
      },
      others: [{ columns: regions, rows: [['eu', 'Europe']] }],
      options: { on: [['region_code', 'code']] },
      out: {
        columns: [...orders, field('region', text)],
        rows: [
          ['1', 'eu', 'Europe'],
          ['2', 'xx', null],
          ['3', null, null],
        ],
      },
    },
    {
      title: 'Under another name',
      in: { columns: orders, rows: [['1', 'eu']] },
      others: [{ columns: regions, rows: [['eu', 'Europe']] }],
      options: { on: [['region_code', 'code']], keep: ['region'], prefix: 'ship_' },
      out: { columns: [...orders, field('ship_region', text)], rows: [['1', 'eu', 'Europe']] },
    },
  ],
})

/** Adds columns of the one matching row: `lookup(products, { on: ['product_id'], keep: ['category'] })`. */
export function lookup<
  L extends Columns,
  R extends Columns,
  const N extends string = never,
  const A extends string = never,
  const B extends string = never,
  const K extends string = OtherThan<R, N | B>,
  const P extends string = '',
>(
  other: Relation<R>,
  options: { readonly on: JoinKeys<L, R, N, A, B> } & KeepOptions<R, K, P>,
): Step<L, Joined<L, R, K, P, false, true>> {
  return makeStep(lookupStep, options as LookupOptions, { others: [other] })
}
