import { type Expr, isExpr, type Refs, type Resolution, windowResolution } from '../function/expr.ts'
import type { Column, Columns, With } from '../plan/columns.ts'
import type { NamedExpression } from '../plan/expression.ts'
import { field, int64, type Kind, text } from '../plan/type.ts'
import { invalid, mismatch, ref, windowCall, windowNode } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { namedExpressions, refsOf } from './typed.ts'

export interface WindowStepOptions {
  readonly columns: readonly NamedExpression[]
}

const region = field('region', text, false)
const amount = field('amount', int64)
const rows = [
  ['eu', '2'],
  ['eu', '7'],
  ['us', '5'],
]

/** Adds columns computed over other rows. */
export const windowStep = defineStep<WindowStepOptions>({
  name: 'window',
  summary: 'Add columns that look at other rows: ranks, running sums, values of the row before.',
  meaning:
    'Rows and their columns stay; the new columns follow them. Every call says its partition, order and frame.',
  options: { columns: { takes: '{ name: call over a window }', meaning: 'The columns that are added.' } },
  lower: (from, { columns }) => {
    if (columns.length === 0) return [invalid('window adds no column')]
    return windowNode(from, columns)
  },
  examples: () => {
    const partition = [ref(region)]
    const order = [{ expression: ref(amount), direction: 'desc', nulls: 'last' }] as const
    const rank = windowCall('row_number', [], { partition, order })
    const total = windowCall('sum', [ref(amount)], { partition, order: [] })
    return [
      {
        title: 'Rank within a region',
        in: { columns: [region, amount], rows },
        options: { columns: [{ name: 'rank', expression: rank }] },
        out: {
          columns: [region, amount, field('rank', rank.type, rank.nullable)],
          rows: [
            ['eu', '7', '1'],
            ['eu', '2', '2'],
            ['us', '5', '1'],
          ],
        },
      },
      {
        title: 'The total of the region beside each row',
        in: { columns: [region, amount], rows },
        options: { columns: [{ name: 'total', expression: total }] },
        out: {
          columns: [region, amount, field('total', total.type, total.nullable)],
          rows: [
            ['eu', '2', '9'],
            ['eu', '7', '9'],
            ['us', '5', '5'],
          ],
        },
      },
    ]
  },
})

type WindowColumns<D> = {
  readonly [N in keyof D]: D[N] extends Expr<infer K, infer Nu, infer _S> ? Column<K, Nu> : never
}

const windowValue = (value: unknown): Resolution =>
  isExpr(value)
    ? windowResolution(value)
    : { problems: [mismatch('window takes calls such as over(fn.rowNumber(), …)')] }

/** Adds window columns: `window((c) => ({ rank: over(fn.rowNumber(), { partition: [c.region], order: [desc(c.amount)] }) }))`. */
export function window<
  C extends Columns,
  const D extends Readonly<Record<string, Expr<Kind, boolean, 'window'>>>,
>(columns: (c: Refs<C>) => D): Step<C, With<C, WindowColumns<D>>> {
  return makeStep(windowStep, (input) => {
    const named = namedExpressions(columns(refsOf<C>(input)), windowValue)
    return 'problems' in named ? named.problems : { columns: named }
  })
}
