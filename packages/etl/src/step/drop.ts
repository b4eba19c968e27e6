import type { ColumnName, Columns } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { fieldsOf, invalid, project, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface DropOptions {
  readonly columns: readonly string[]
}

/** Leaves out the named columns. */
export const dropStep = defineStep<DropOptions>({
  name: 'drop',
  summary: 'Leave out the named columns.',
  meaning: 'The other columns keep their order. At least one column must remain.',
  options: { columns: { takes: 'columns', meaning: 'The columns to leave out.' } },
  lower: (input, { columns }) => {
    const gone = new Set(fieldsOf(input, columns).map((f) => f.name))
    const kept = input.schema.filter((f) => !gone.has(f.name))
    if (kept.length === 0) return [invalid('drop would leave no column')]
    return project(
      input,
      kept.map((f) => ({ name: f.name, expression: ref(f) })),
    )
  },
  examples: () => [
    {
      title: 'One column less',
      in: { columns: [field('id', int64, false), field('note', text)], rows: [['1', 'x']] },
      options: { columns: ['note'] },
      out: { columns: [field('id', int64, false)], rows: [['1']] },
    },
    {
      title: 'Two columns less',
      in: {
        columns: [field('a', text), field('id', int64, false), field('b', text)],
        rows: [['x', '1', null]],
      },
      options: { columns: ['a', 'b'] },
      out: { columns: [field('id', int64, false)], rows: [['1']] },
    },
  ],
})

/** Leaves out the named columns: `drop('note')`. */
export function drop<C extends Columns, const N extends string>(
  ...columns: readonly ColumnName<C, N>[]
): Step<C, { readonly [M in Exclude<keyof C, N>]: C[M] }> {
  return makeStep(dropStep, { columns: columns as readonly string[] })
}
