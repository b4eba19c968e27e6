import type { Columns } from '../plan/columns.ts'
import type { Node } from '../plan/node.ts'
import { field, int64, text } from '../plan/type.ts'
import { type ColumnOrder, sortKeysOf } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface SortOptions {
  readonly by: readonly ColumnOrder[]
}

const columns = [field('id', int64, false), field('name', text)]

/** Orders rows. */
export const sortStep = defineStep<SortOptions>({
  name: 'sort',
  summary: 'Order the rows.',
  meaning:
    'NULL comes last unless said otherwise; ties are broken by all columns, so the order is total. Text orders by code point.',
  options: {
    by: {
      takes: 'columns with direction',
      meaning: 'The columns that decide the order, the first one most.',
    },
  },
  lower: (input, { by }): Node =>
    Object.freeze({ kind: 'sort', from: input, order: sortKeysOf(input, by, '`by`'), schema: input.schema }),
  examples: () => [
    {
      title: 'Upwards, NULL last',
      in: {
        columns,
        rows: [
          ['1', null],
          ['2', 'b'],
          ['3', 'a'],
        ],
      },
      options: { by: [{ column: 'name' }] },
      out: {
        columns,
        rows: [
          ['3', 'a'],
          ['2', 'b'],
          ['1', null],
        ],
      },
    },
    {
      title: 'Downwards, NULL first',
      in: {
        columns,
        rows: [
          ['3', 'a'],
          ['2', 'b'],
          ['1', null],
        ],
      },
      options: { by: [{ column: 'name', direction: 'desc', nulls: 'first' }] },
      out: {
        columns,
        rows: [
          ['1', null],
          ['2', 'b'],
          ['3', 'a'],
        ],
      },
    },
  ],
})

/** Orders rows: `sort('region', desc('revenue'))`. */
export function sort<C extends Columns, const N extends string>(...by: readonly OrderBy<C, N>[]): Step<C, C> {
  return makeStep(sortStep, { by: columnOrders(by as readonly string[]) })
}
