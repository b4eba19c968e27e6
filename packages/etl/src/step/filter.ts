import { type Expr, type Refs } from '../function/expr.ts'
import type { Columns } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import { field, int64 } from '../plan/type.ts'
import { call, filterNode, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { conditionOf, isProblems } from './typed.ts'

export interface FilterOptions {
  readonly condition: Expression
}

const quantity = field('quantity', int64)

/** Keeps rows for which a condition is true. */
export const filterStep = defineStep<FilterOptions>({
  name: 'filter',
  summary: 'Keep the rows for which a condition is true.',
  meaning: 'Rows for which it is false or NULL are left out and counted as filtered.',
  options: { condition: { takes: 'condition', meaning: 'What must be true of a row that is kept.' } },
  lower: (input, { condition }) => filterNode(input, condition),
  examples: () => [
    {
      title: 'NULL is not true',
      in: { columns: [quantity], rows: [['1'], ['0'], [null]] },
      options: { condition: call('gt', ref(quantity), 0) },
      out: { columns: [quantity], rows: [['1']] },
    },
    {
      title: 'Nothing left',
      in: { columns: [quantity], rows: [['1'], [null]] },
      options: { condition: call('gt', ref(quantity), 5) },
      out: { columns: [quantity], rows: [] },
    },
  ],
})

/** Keeps rows for which the condition is true: `filter((c) => fn.gt(c.quantity, 0))`. */
export function filter<C extends Columns>(
  condition: (c: Refs<C>) => Expr<'bool', boolean, 'row'>,
): Step<C, C> {
  return makeStep(filterStep, (input) => {
    const made = conditionOf<C>(input, condition)
    return isProblems(made) ? made : { condition: made }
  })
}
