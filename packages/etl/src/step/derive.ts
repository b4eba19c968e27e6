import type { Refs } from '../function/expr.ts'
import type { Columns, With } from '../plan/columns.ts'
import type { NamedExpression } from '../plan/expression.ts'
import { decimal, field, int64, text } from '../plan/type.ts'
import { call, invalid, literal, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { namedExpressions, refsOf, type RowValue, type ValueColumns } from './typed.ts'

export interface DeriveOptions {
  readonly columns: readonly NamedExpression[]
}

const quantity = field('quantity', int64, false)
const price = field('unit_price', decimal(10, 2))

/** Computes columns from each row. */
export const deriveStep = defineStep<DeriveOptions>({
  name: 'derive',
  summary: 'Compute columns from each row.',
  meaning:
    'A new name adds a column at the end; the name of a column replaces it in place. All expressions see the input, not each other.',
  options: { columns: { takes: '{ name: expression }', meaning: 'The columns and how they are computed.' } },
  lower: (input, { columns }) =>
    columns.length === 0 ? [invalid('derive computes no column')] : withColumns(input, columns),
  examples: () => [
    {
      title: 'A new column',
      in: {
        columns: [quantity, price],
        rows: [
          ['3', '2.50'],
          ['1', null],
        ],
      },
      options: { columns: [{ name: 'revenue', expression: call('multiply', ref(price), ref(quantity)) }] },
      out: {
        columns: [quantity, price, field('revenue', call('multiply', ref(price), ref(quantity)).type)],
        rows: [
          ['3', '2.50', '7.50'],
          ['1', null, null],
        ],
      },
    },
    {
      title: 'A replaced column and a constant',
      in: { columns: [field('name', text)], rows: [['ann']] },
      options: {
        columns: [
          { name: 'name', expression: call('upper', ref(field('name', text))) },
          { name: 'source', expression: literal('shop', text) },
        ],
      },
      out: { columns: [field('name', text), field('source', text, false)], rows: [['ANN', 'shop']] },
    },
  ],
})

/** Computes columns: `derive((c) => ({ revenue: fn.multiply(c.quantity, c.unit_price) }))`. */
export function derive<C extends Columns, const D extends Readonly<Record<string, RowValue>>>(
  columns: (c: Refs<C>) => D,
): Step<C, With<C, ValueColumns<D>>> {
  return makeStep(deriveStep, (input) => {
    const named = namedExpressions(columns(refsOf<C>(input)))
    return 'problems' in named ? named.problems : { columns: named }
  })
}
