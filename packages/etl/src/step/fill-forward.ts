import { resolveWindow } from '../function/resolve.ts'
import type { ColumnName, Columns } from '../plan/columns.ts'
import type { NamedExpression } from '../plan/expression.ts'
import { field, int64, text } from '../plan/type.ts'
import { type ColumnOrder, fail, fieldsOf, invalid, mismatch, project, ref, sortKeysOf } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface FillForwardOptions {
  readonly columns: readonly string[]
  readonly by?: readonly string[]
  readonly order: readonly ColumnOrder[]
}

const columns = [field('shop', text, false), field('n', int64, false), field('price', int64)]

/** Puts the last value before it in place of NULL. */
export const fillForwardStep = defineStep<FillForwardOptions>({
  name: 'fill_forward',
  summary: 'Put the last value before it in place of NULL, in an order.',
  meaning:
    'Within the rows of a key and in the given order, NULL takes the last value before it; without one it stays NULL. Give an order that is total within the key, else ties are decided arbitrarily.',
  options: {
    columns: { takes: 'columns', meaning: 'The columns, replaced in place.' },
    by: { takes: 'columns', meaning: 'Rows of equal keys are filled on their own.', default: 'none' },
    order: { takes: 'columns with direction', meaning: 'What before means.' },
  },
  lower: (from, { columns: names, by = [], order }) => {
    const fields = fieldsOf(from, names)
    if (order.length === 0) return [invalid('fill_forward needs an order')]
    const partition = by.length === 0 ? [] : fieldsOf(from, by, '`by`').map(ref)
    const sorted = sortKeysOf(from, order, '`order`')
    const added = fields.map((f): NamedExpression => {
      const resolved = resolveWindow('last_value', [ref(f)], {
        partition,
        order: sorted,
        frame: { from: null, to: 0 },
      })
      if ('problem' in resolved) throw fail(mismatch(resolved.problem))
      return { name: `${f.name}$filled`, expression: resolved.expression }
    })
    const schema = [...from.schema, ...added.map((a) => field(a.name, a.expression.type))]
    const windowed = Object.freeze({ kind: 'window', from, columns: added, schema } as const)
    const replaced = new Set(fields.map((f) => f.name))
    return project(
      windowed,
      from.schema.map((f) => ({
        name: f.name,
        expression: ref(replaced.has(f.name) ? field(`${f.name}$filled`, f.type, f.nullable) : f),
      })),
    )
  },
  examples: () => [
    {
      title: 'Prices carried on within a shop',
      in: {
        columns,
        rows: [
          ['a', '1', '5'],
          ['a', '2', null],
          ['b', '3', null],
        ],
      },
      options: { columns: ['price'], by: ['shop'], order: [{ column: 'n' }] },
      out: {
        columns,
        rows: [
          ['a', '1', '5'],
          ['a', '2', '5'],
          ['b', '3', null],
        ],
      },
    },
    {
      title: 'Across all rows',
      in: {
        columns,
        rows: [
          ['a', '1', '5'],
          ['b', '2', null],
          ['b', '3', '6'],
          ['b', '4', null],
        ],
      },
      options: { columns: ['price'], order: [{ column: 'n' }] },
      out: {
        columns,
        rows: [
          ['a', '1', '5'],
          ['b', '2', '5'],
          ['b', '3', '6'],
          ['b', '4', '6'],
        ],
      },
    },
  ],
})

/** Puts the last value before it in place of NULL: `fillForward(['price'], { by: ['shop'], order: ['at'] })`. */
export function fillForward<
  C extends Columns,
  const N extends string,
  const B extends string = never,
  const O extends string = never,
>(
  columns: readonly ColumnName<C, N>[],
  options: { readonly by?: readonly ColumnName<C, B>[]; readonly order: readonly OrderBy<C, O>[] },
): Step<C, C> {
  const order = columnOrders(options.order as readonly string[])
  const by = options.by === undefined ? {} : { by: options.by as readonly string[] }
  return makeStep(fillForwardStep, { columns: columns as readonly string[], order, ...by })
}
