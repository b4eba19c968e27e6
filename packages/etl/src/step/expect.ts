import type { Expr, Refs } from '../function/expr.ts'
import type { Columns } from '../plan/columns.ts'
import { columnsOf, type Expression } from '../plan/expression.ts'
import { field, int64 } from '../plan/type.ts'
import { call, expectNode, invalid, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { conditionOf, isProblems } from './typed.ts'

export interface ExpectOptions {
  readonly rule: string
  readonly condition: Expression
  readonly reason?: string
}

const quantity = field('quantity', int64)

/** Rejects rows that break a rule. */
export const expectStep = defineStep<ExpectOptions>({
  name: 'expect',
  summary: 'Send rows that break a rule to the rejects.',
  meaning:
    'Rows for which the condition is false or NULL go to the rejects of the table with the name of the rule, the reason and the columns that the condition reads.',
  options: {
    rule: { takes: 'text', meaning: 'The name of the rule, shown with every reject.' },
    condition: { takes: 'condition', meaning: 'What must be true of every row.' },
    reason: { takes: 'text', meaning: 'Why a row was rejected, for people.', default: 'the rule is not met' },
  },
  lower: (input, { rule, condition, reason }) =>
    rule === ''
      ? [invalid('an expectation needs a name')]
      : expectNode(input, {
          rule,
          reason: reason ?? `the rule "${rule}" is not met`,
          predicate: condition,
          blame: columnsOf(condition),
        }),
  examples: () => [
    {
      title: 'Quantities are above zero',
      in: { columns: [quantity], rows: [['1'], ['0'], [null]] },
      options: { rule: 'quantity above zero', condition: call('gt', ref(quantity), 0) },
      out: { columns: [quantity], rows: [['1']] },
      rejected: 2,
    },
    {
      title: 'A value is there',
      in: { columns: [quantity], rows: [['1'], [null]] },
      options: {
        rule: 'quantity known',
        condition: call('is_not_null', ref(quantity)),
        reason: 'quantity is missing',
      },
      out: { columns: [quantity], rows: [['1']] },
      rejected: 1,
    },
  ],
})

/** Rejects rows that break a rule: `expect('quantity above zero', (c) => fn.gt(c.quantity, 0))`. */
export function expect<C extends Columns>(
  rule: string,
  condition: (c: Refs<C>) => Expr<'bool', boolean, 'row'>,
  options: { readonly reason?: string } = {},
): Step<C, C> {
  return makeStep(expectStep, (input) => {
    const made = conditionOf<C>(input, condition)
    return isProblems(made) ? made : { rule, condition: made, ...options }
  })
}
