import type { Column, ColumnName, Columns } from '../plan/columns.ts'
import { field, int64, text, typeName } from '../plan/type.ts'
import { fieldsOf, mismatch, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface UnpivotOptions {
  readonly columns: readonly string[]
  readonly nameTo: string
  readonly valueTo: string
  readonly keepNulls?: boolean
}

const columns = [field('product', text, false), field('jan', int64), field('feb', int64)]
const rows = [
  ['a', '1', '2'],
  ['b', null, '3'],
]
const names = { columns: ['jan', 'feb'], nameTo: 'month', valueTo: 'sold' }

/** Turns columns into rows. */
export const unpivotStep = defineStep<UnpivotOptions>({
  name: 'unpivot',
  summary: 'Turn columns into rows of name and value.',
  meaning:
    'Each row becomes one row per listed column; the other columns repeat. NULL values give no row unless kept.',
  options: {
    columns: { takes: 'columns of one type', meaning: 'The columns that become rows.' },
    nameTo: { takes: 'name', meaning: 'The added column with the name.' },
    valueTo: { takes: 'name', meaning: 'The added column with the value.' },
    keepNulls: { takes: 'true | false', meaning: 'Whether NULL values give a row.', default: 'false' },
  },
  lower: (from, { columns: listed, nameTo, valueTo, keepNulls = false }) => {
    const fields = fieldsOf(from, listed)
    const [first] = fields
    if (first === undefined) return []
    const types = [...new Set(fields.map((f) => typeName(f.type)))]
    if (types.length > 1) {
      return [mismatch(`unpivot takes columns of one type, not ${types.join(' and ')}`, 'cast them first')]
    }
    const gone = new Set(fields.map((f) => f.name))
    const nullable = keepNulls && fields.some((f) => f.nullable)
    const kept = from.schema.filter((f) => !gone.has(f.name))
    const schema = [...kept, field(nameTo, text, false), field(valueTo, first.type, nullable)]
    uniqueNames(schema.map((f) => f.name))
    return Object.freeze({ kind: 'unpivot', from, columns: [...gone], nameTo, valueTo, keepNulls, schema })
  },
  examples: () => [
    {
      title: 'NULL gives no row',
      in: { columns, rows },
      options: names,
      out: {
        columns: [field('product', text, false), field('month', text, false), field('sold', int64, false)],
        rows: [
          ['a', 'jan', '1'],
          ['a', 'feb', '2'],
          ['b', 'feb', '3'],
        ],
      },
    },
    {
      title: 'NULL kept',
      in: { columns, rows: rows.slice(1) },
      options: { ...names, keepNulls: true },
      out: {
        columns: [field('product', text, false), field('month', text, false), field('sold', int64)],
        rows: [
          ['b', 'jan', null],
          ['b', 'feb', '3'],
        ],
      },
    },
  ],
})

/** Turns columns into rows: `unpivot({ columns: ['jan', 'feb'], nameTo: 'month', valueTo: 'sold' })`. */
export function unpivot<
  C extends Columns,
  const N extends string,
  const A extends string,
  const V extends string,
>(options: {
  readonly columns: readonly ColumnName<C, N>[]
  readonly nameTo: A
  readonly valueTo: V
  readonly keepNulls?: boolean
}): Step<
  C,
  {
    readonly [M in Exclude<keyof C, N> | A | V]: M extends A
      ? Column<'text', false>
      : M extends V
        ? Column<C[Extract<N, keyof C>]['kind'], boolean>
        : M extends keyof C
          ? C[M]
          : never
  }
> {
  return makeStep(unpivotStep, { ...options, columns: options.columns as readonly string[] })
}
