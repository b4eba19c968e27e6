import type { ColumnName, Columns } from '../plan/columns.ts'
import type { SortKey } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import { field, int64, text, timestamp } from '../plan/type.ts'
import { type ColumnOrder, fieldsOf, invalid, sortKeysOf } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface DedupeOptions {
  /** Key columns, or `all` for rows equal in every column. */
  readonly by: readonly string[] | 'all'
  readonly keep?: 'first' | 'last'
  readonly order?: readonly ColumnOrder[]
}

const columns = [field('order_id', int64, false), field('state', text), field('updated_at', timestamp)]

/** The opposite order; NULL stays last unless its place was chosen, so that it never wins by default. */
function reversed(key: SortKey, chosen: ColumnOrder | undefined): SortKey {
  const direction = key.direction === 'asc' ? 'desc' : 'asc'
  if (chosen?.nulls === undefined) return { ...key, direction }
  return { ...key, direction, nulls: key.nulls === 'last' ? 'first' : 'last' }
}

/** The node that keeps the first or last row of each key in an order. */
export function onePerKey(
  input: Node,
  keys: readonly string[],
  keep: 'first' | 'last',
  order: readonly ColumnOrder[],
): Node {
  const sorted = sortKeysOf(input, order, '`order`')
  const kept = keep === 'first' ? sorted : sorted.map((key, i) => reversed(key, order[i]))
  return Object.freeze({ kind: 'dedupe', from: input, by: keys, order: kept, schema: input.schema })
}

/** Keeps one row per key. */
export const dedupeStep = defineStep<DedupeOptions>({
  name: 'dedupe',
  summary: 'Keep one row per key.',
  meaning:
    'Rows with equal keys form a group (NULL equals NULL); the first or last of the group by `order` stays. NULL in an order column ' +
    'loses to any value unless its place is chosen. Ties are broken by all columns, so the result never depends on the order of reading. ' +
    '`by: all` keeps one of the rows that are equal in every column.',
  options: {
    by: { takes: "columns or 'all'", meaning: 'What makes rows duplicates of each other.' },
    keep: { takes: "'first' | 'last'", meaning: 'Which row of the group by `order` stays.', default: 'last' },
    order: {
      takes: 'columns with direction',
      meaning: 'What first and last mean; required with key columns.',
      default: 'none',
    },
  },
  lower: (input, { by, keep = 'last', order = [] }) => {
    if (by === 'all') {
      if (order.length > 0)
        return [invalid('rows that are equal in all columns have no order; leave out `order`')]
      return Object.freeze({
        kind: 'dedupe',
        from: input,
        by: input.schema.map((f) => f.name),
        order: [],
        schema: input.schema,
      })
    }
    const keys = fieldsOf(input, by, '`by`').map((f) => f.name)
    if (order.length === 0) {
      return [
        invalid(`dedupe by ${keys.join(', ')} needs an order`, "say which row stays: order: ['updated_at']"),
      ]
    }
    return onePerKey(input, keys, keep, order)
  },
  examples: () => [
    {
      title: 'The last state of each order; a NULL time loses',
      in: {
        columns,
        rows: [
          ['1', 'new', '2024-01-01T00:00:00.000000'],
          ['1', 'paid', '2024-01-02T00:00:00.000000'],
          ['1', 'lost', null],
          ['2', 'new', '2024-01-01T00:00:00.000000'],
        ],
      },
      options: { by: ['order_id'], keep: 'last', order: [{ column: 'updated_at' }] },
      out: {
        columns,
        rows: [
          ['1', 'paid', '2024-01-02T00:00:00.000000'],
          ['2', 'new', '2024-01-01T00:00:00.000000'],
        ],
      },
    },
    {
      title: 'Exact duplicates',
      in: {
        columns: columns.slice(0, 2),
        rows: [
          ['1', null],
          ['1', null],
          ['1', 'new'],
        ],
      },
      options: { by: 'all' },
      out: {
        columns: columns.slice(0, 2),
        rows: [
          ['1', null],
          ['1', 'new'],
        ],
      },
    },
    {
      title: 'The first state of each order',
      in: {
        columns,
        rows: [
          ['1', 'new', '2024-01-01T00:00:00.000000'],
          ['1', 'paid', '2024-01-02T00:00:00.000000'],
        ],
      },
      options: { by: ['order_id'], keep: 'first', order: [{ column: 'updated_at' }] },
      out: { columns, rows: [['1', 'new', '2024-01-01T00:00:00.000000']] },
    },
  ],
})

/**
 * Keeps one row per key: `dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] })`, or one of exactly equal
 * rows: `dedupe({ by: 'all' })`.
 */
export function dedupe<C extends Columns, const N extends string = never, const O extends string = never>(
  options:
    | { readonly by: 'all' }
    | {
        readonly by: readonly ColumnName<C, N>[]
        readonly keep?: 'first' | 'last'
        readonly order: readonly OrderBy<C, O>[]
      },
): Step<C, C> {
  if (options.by === 'all') return makeStep(dedupeStep, { by: 'all' })
  const {
    by,
    keep = 'last',
    order,
  } = options as unknown as { by: string[]; keep?: 'first' | 'last'; order: string[] }
  return makeStep(dedupeStep, { by, keep, order: columnOrders(order) })
}
