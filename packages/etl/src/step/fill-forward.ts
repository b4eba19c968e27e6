import { comparableKinds } from '../function/contract.ts'
import type { WindowOptions } from '../function/resolve.ts'
import type { ColumnName, Columns } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import { type Field, field, int64, type Kind, text } from '../plan/type.ts'
import {
  type ColumnOrder,
  fieldsOf,
  invalid,
  project,
  ref,
  sortKeysOf,
  windowCall,
  windowNode,
} from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface FillForwardOptions {
  readonly columns: readonly string[]
  readonly by?: readonly string[]
  readonly order: readonly ColumnOrder[]
}

const columns = [field('shop', text, false), field('n', int64, false), field('price', int64)]

const orderable: readonly Kind[] = comparableKinds

const over = (name: string, of: Field, options: WindowOptions): Expression =>
  windowCall(name, [ref(of)], options)

/** Puts the last value before it in place of NULL. */
export const fillForwardStep = defineStep<FillForwardOptions>({
  name: 'fill_forward',
  summary: 'Put the last value before it in place of NULL, in an order.',
  meaning:
    'Within the rows of a key and in the given order, NULL takes the last value before it; without one it stays NULL. Ties are broken by all columns that have an order.',
  options: {
    columns: { takes: 'columns', meaning: 'The columns, replaced in place.' },
    by: { takes: 'columns', meaning: 'Rows of equal keys are filled on their own.', default: 'none' },
    order: { takes: 'columns with direction', meaning: 'What before means.' },
  },
  lower: (from, { columns: names, by = [], order }) => {
    const fields = fieldsOf(from, names)
    if (order.length === 0) return [invalid('fill_forward needs an order')]
    const partition = by.length === 0 ? [] : fieldsOf(from, by, '`by`').map(ref)
    const named = new Set(order.map((o) => o.column.toLowerCase()))
    const ties = from.schema.filter(
      (f) => !named.has(f.name.toLowerCase()) && orderable.includes(f.type.kind),
    )
    const sorted = sortKeysOf(from, [...order, ...ties.map((f) => ({ column: f.name }))], '`order`')
    const frame = { from: null, to: 0 }
    // A value and the NULLs after it share the count of values so far, so the value is the only one of its group.
    const groups = windowNode(
      from,
      fields.map((f) => ({
        name: `${f.name}$group`,
        expression: over('count_value', f, { partition, order: sorted, frame }),
      })),
    )
    const filled = windowNode(
      groups,
      fields.map((f) => ({
        name: `${f.name}$filled`,
        expression: over('max', f, {
          partition: [...partition, ref(field(`${f.name}$group`, int64, false))],
          order: [],
        }),
      })),
    )
    const replaced = new Set(fields.map((f) => f.name))
    return project(
      filled,
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
