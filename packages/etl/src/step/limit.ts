import type { Columns } from '../plan/columns.ts'
import { field, int64 } from '../plan/type.ts'
import { type ColumnOrder, invalid, sortKeysOf } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface LimitOptions {
  readonly count: number
  readonly offset?: number
  readonly by: readonly ColumnOrder[]
}

const columns = [field('id', int64, false)]
const rows = [['3'], ['1'], ['2']]

/** Keeps the first rows of an order. */
export const limitStep = defineStep<LimitOptions>({
  name: 'limit',
  summary: 'Keep the first rows of an order.',
  meaning:
    'The rows are ordered (as by `sort`), `offset` of them skipped and `count` kept; the others count as filtered.',
  options: {
    count: { takes: 'number', meaning: 'How many rows stay, 0 or more.' },
    offset: { takes: 'number', meaning: 'How many rows are skipped first.', default: '0' },
    by: {
      takes: 'columns with direction',
      meaning: 'The order; required, because rows have none of their own.',
    },
  },
  lower: (input, { count, offset = 0, by }) => {
    if (!Number.isSafeInteger(count) || count < 0)
      return [invalid(`limit keeps a whole number of rows, not ${count}`)]
    if (!Number.isSafeInteger(offset) || offset < 0)
      return [invalid(`limit skips a whole number of rows, not ${offset}`)]
    const order = sortKeysOf(input, by, '`by`')
    const sorted = Object.freeze({ kind: 'sort', from: input, order, schema: input.schema } as const)
    return Object.freeze({ kind: 'limit', from: sorted, count, offset, schema: input.schema })
  },
  examples: () => [
    {
      title: 'The two largest',
      in: { columns, rows },
      options: { count: 2, by: [{ column: 'id', direction: 'desc' }] },
      out: { columns, rows: [['3'], ['2']] },
    },
    {
      title: 'The second page',
      in: { columns, rows },
      options: { count: 2, offset: 2, by: [{ column: 'id' }] },
      out: { columns, rows: [['3']] },
    },
  ],
})

/** Keeps the first rows of an order: `limit(10, { by: [desc('revenue')] })`. */
export function limit<C extends Columns, const N extends string>(
  count: number,
  options: { readonly by: readonly OrderBy<C, N>[]; readonly offset?: number },
): Step<C, C> {
  const by = columnOrders(options.by as readonly string[])
  return makeStep(limitStep, {
    count,
    by,
    ...(options.offset === undefined ? {} : { offset: options.offset }),
  })
}
