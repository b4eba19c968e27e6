import { type Expr, type Refs } from '../function/expr.ts'
import type { ColumnName, Columns } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import { field, int64, text } from '../plan/type.ts'
import { call, type ColumnOrder, fieldsOf, filterNode, invalid, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { onePerKey } from './dedupe.ts'
import { columnOrders, conditionOf, isProblems, type OrderBy } from './typed.ts'

export interface CurrentOptions {
  readonly by: readonly string[]
  readonly order: readonly ColumnOrder[]
  readonly deleted?: Expression
}

const id = field('id', int64, false)
const tier = field('tier', text)
const operation = field('_operation', text, false)
const sequence = field('_sequence', text, false)
const columns = [id, tier, operation, sequence]

/** Turns changes into the rows as they are now. */
export const currentStep = defineStep<CurrentOptions>({
  name: 'current',
  summary: 'Turn changes of rows into the rows as they are now (a type 1 dimension).',
  meaning:
    'Of the changes of a key (NULL equals NULL) the last by `order` stays, as dedupe keeps it; when `deleted` is true of it, the key has no row. Over the changes that `mysqlChanges` or `dynamodbExport` fetch, ordered by their sequence, only the keys that changed are computed anew, and only the files that hold them are written. For the versions of a row use history.',
  options: {
    by: { takes: 'columns', meaning: 'The key: rows with equal keys are changes of one thing.' },
    order: { takes: 'columns with direction', meaning: 'Which change is the last.' },
    deleted: {
      takes: 'condition',
      meaning: 'What is true of a change after which the thing is gone.',
      default: 'nothing is deleted',
    },
  },
  lower: (input, { by, order, deleted }) => {
    const keys = fieldsOf(input, by, '`by`').map((f) => f.name)
    if (order.length === 0)
      return [
        invalid(`current by ${keys.join(', ')} needs an order`, "say what comes last: order: ['_sequence']"),
      ]
    const last = onePerKey(input, keys, 'last', order)
    return deleted === undefined ? last : filterNode(last, call('not', call('is_true', deleted)))
  },
  examples: () => [
    {
      title: 'Changed, deleted, and back again',
      in: {
        columns,
        rows: [
          ['1', 'basic', 'insert', '01'],
          ['1', 'gold', 'update', '04'],
          ['2', 'basic', 'insert', '02'],
          ['2', 'basic', 'delete', '03'],
          ['3', 'basic', 'delete', '05'],
          ['3', null, 'insert', '06'],
        ],
      },
      options: {
        by: ['id'],
        order: [{ column: '_sequence' }],
        deleted: call('eq', ref(operation), 'delete'),
      },
      out: {
        columns,
        rows: [
          ['1', 'gold', 'update', '04'],
          ['3', null, 'insert', '06'],
        ],
      },
    },
    {
      title: 'A condition that is NULL deletes nothing',
      in: { columns: [id, tier, sequence], rows: [['1', null, '01']] },
      options: { by: ['id'], order: [{ column: '_sequence' }], deleted: call('eq', ref(tier), 'gone') },
      out: { columns: [id, tier, sequence], rows: [['1', null, '01']] },
    },
    {
      title: 'Nothing is deleted',
      in: {
        columns: [id, tier, sequence],
        rows: [
          ['1', 'gold', '02'],
          ['1', 'basic', '01'],
        ],
      },
      options: { by: ['id'], order: [{ column: '_sequence' }] },
      out: { columns: [id, tier, sequence], rows: [['1', 'gold', '02']] },
    },
  ],
})

/**
 * Turns changes into the rows as they are now:
 * `current({ by: ['order_id'], order: ['_sequence'], deleted: (c) => fn.eq(c._operation, 'delete') })`.
 */
export function current<C extends Columns, const N extends string, const O extends string>(options: {
  readonly by: readonly ColumnName<C, N>[]
  readonly order: readonly OrderBy<C, O>[]
  readonly deleted?: (c: Refs<C>) => Expr<'bool', boolean, 'row'>
}): Step<C, C> {
  const { by, order } = options as unknown as { readonly by: string[]; readonly order: string[] }
  const base = { by, order: columnOrders(order) }
  const { deleted } = options
  if (deleted === undefined) return makeStep(currentStep, base)
  return makeStep(currentStep, (input) => {
    const made = conditionOf<C>(input, deleted)
    return isProblems(made) ? made : { ...base, deleted: made }
  })
}
