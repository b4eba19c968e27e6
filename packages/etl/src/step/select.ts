import type { ColumnName, Columns } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { fieldsOf, project, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface SelectOptions {
  readonly columns: readonly string[]
}

/** Keeps the named columns, in the order named. */
export const selectStep = defineStep<SelectOptions>({
  name: 'select',
  summary: 'Keep the named columns, in the order named.',
  meaning: 'Every other column is left out. Rows are not changed.',
  options: { columns: { takes: 'columns', meaning: 'The columns to keep, in their new order.' } },
  lower: (input, { columns }) =>
    project(
      input,
      fieldsOf(input, columns).map((f) => ({ name: f.name, expression: ref(f) })),
    ),
  examples: () => [
    {
      title: 'Two of three columns, reordered',
      in: {
        columns: [field('id', int64, false), field('name', text), field('note', text)],
        rows: [
          ['1', 'ann', 'x'],
          ['2', null, 'y'],
        ],
      },
      options: { columns: ['name', 'id'] },
      out: {
        columns: [field('name', text), field('id', int64, false)],
        rows: [
          ['ann', '1'],
          [null, '2'],
        ],
      },
    },
    {
      title: 'One column',
      in: { columns: [field('id', int64, false), field('name', text)], rows: [['1', 'ann']] },
      options: { columns: ['id'] },
      out: { columns: [field('id', int64, false)], rows: [['1']] },
    },
  ],
})

/** Keeps the named columns, in the order named: `select('order_id', 'quantity')`. */
export function select<C extends Columns, const N extends string>(
  ...columns: readonly ColumnName<C, N>[]
): Step<C, { readonly [M in Extract<keyof C, N>]: C[M] }> {
  return makeStep(selectStep, { columns: columns as readonly string[] })
}
