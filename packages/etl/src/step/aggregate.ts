import { aggregateResolution, type Expr, isExpr, type Refs, type Resolution } from '../function/expr.ts'
import type { Column, Columns } from '../plan/columns.ts'
import type { NamedExpression } from '../plan/expression.ts'
import { field, int64, type Kind, text } from '../plan/type.ts'
import { aggregate as aggregateCall, invalid, mismatch, ref, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { namedExpressions, refsOf, type RowValue, type ValueColumns } from './typed.ts'

export interface AggregateStepOptions {
  readonly by: readonly NamedExpression[]
  readonly columns: readonly NamedExpression[]
}

const region = field('region', text)
const amount = field('amount', int64)
const input = {
  columns: [region, amount],
  rows: [
    ['eu', '2'],
    ['eu', null],
    [null, '5'],
    [null, '7'],
  ],
}

/** Groups rows and computes one row per group. */
export const aggregateStep = defineStep<AggregateStepOptions>({
  name: 'aggregate',
  summary: 'Group rows and compute one row per group.',
  meaning: 'NULL keys form one group. Without keys there is exactly one row, also for an empty input.',
  options: {
    by: { takes: '{ name: expression }', meaning: 'The keys; rows with equal keys form a group.' },
    columns: { takes: '{ name: aggregate }', meaning: 'What is computed of each group.' },
  },
  lower: (from, { by, columns }) => {
    if (by.length + columns.length === 0) return [invalid('aggregate needs keys or aggregates')]
    uniqueNames([...by, ...columns].map((c) => c.name))
    const schema = [...by, ...columns].map((c) => field(c.name, c.expression.type, c.expression.nullable))
    return Object.freeze({ kind: 'aggregate', from, keys: by, aggregates: columns, schema })
  },
  examples: () => {
    const total = aggregateCall('sum', [ref(amount)])
    return [
      {
        title: 'A sum per region; NULL is a region of its own',
        in: input,
        options: {
          by: [{ name: 'region', expression: ref(region) }],
          columns: [{ name: 'total', expression: total }],
        },
        out: {
          columns: [region, field('total', total.type, total.nullable)],
          rows: [
            ['eu', '2'],
            [null, '12'],
          ],
        },
      },
      {
        title: 'One row of the whole',
        in: { columns: input.columns, rows: [] },
        options: { by: [], columns: [{ name: 'total', expression: total }] },
        out: { columns: [field('total', total.type, total.nullable)], rows: [[null]] },
      },
    ]
  },
})

type AggregateColumns<D> = {
  readonly [N in keyof D]: D[N] extends Expr<infer K, infer Nu, infer _S> ? Column<K, Nu> : never
}

type Flat<T> = { readonly [N in keyof T]: T[N] extends Column ? T[N] : never }

const aggregateValue = (value: unknown): Resolution =>
  isExpr(value)
    ? aggregateResolution(value)
    : { problems: [mismatch('aggregate takes calls such as fn.sum(c.amount)')] }

/**
 * Groups rows: `aggregate({ by: (c) => ({ region: c.region, month: fn.dateTrunc('month', c.at) }), columns: (c) => ({
 * revenue: fn.sum(c.revenue) }) })`. Leave `by` out for one row of the whole.
 */
export function aggregate<
  C extends Columns,
  const A extends Readonly<Record<string, Expr<Kind, boolean, 'aggregate'>>>,
  const B extends Readonly<Record<string, RowValue>> = Readonly<Record<never, never>>,
>(options: {
  readonly by?: (c: Refs<C>) => B
  readonly columns: (c: Refs<C>) => A
}): Step<C, Flat<ValueColumns<B> & AggregateColumns<A>>> {
  return makeStep(aggregateStep, (input) => {
    const c = refsOf<C>(input)
    const by = namedExpressions(options.by?.(c) ?? {})
    const columns = namedExpressions(options.columns(c), aggregateValue)
    if ('problems' in by) return 'problems' in columns ? [...by.problems, ...columns.problems] : by.problems
    return 'problems' in columns ? columns.problems : { by, columns }
  })
}
