import { aggregateResolution, type Expr, type Refs } from '../function/expr.ts'
import { literalOf } from '../function/literal.ts'
import type { Column, ColumnName, Columns } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import { field, int64, type Kind, text } from '../plan/type.ts'
import {
  aggregate as aggregateCall,
  fieldOf,
  fieldsOf,
  invalid,
  mismatch,
  ref,
  uniqueNames,
} from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { refsOf } from './typed.ts'

export interface PivotOptions {
  readonly keys: readonly string[]
  readonly on: string
  /** Canonical value (`null` for NULL) and the column it becomes. */
  readonly values: readonly { readonly value: string | null; readonly as: string }[]
  readonly aggregate: Expression
}

const amount = field('amount', int64)
const columns = [field('region', text), field('state', text), amount]
const rows = [
  ['eu', 'paid', '2'],
  ['eu', 'paid', '3'],
  ['eu', 'new', '1'],
  ['us', 'lost', '9'],
]

/** Turns the values of a column into columns. */
export const pivotStep = defineStep<PivotOptions>({
  name: 'pivot',
  summary: 'Turn the values of a column into columns.',
  meaning:
    'One row per combination of the keys; one column per listed value, holding the aggregate of the rows with that value. Values that are not listed are left out; ' +
    'the list is fixed so that the schema does not depend on the data.',
  options: {
    keys: { takes: 'columns', meaning: 'One row per combination of these.' },
    on: { takes: 'column', meaning: 'Whose values become columns.' },
    values: { takes: 'values and names', meaning: 'The values, and the columns that they become.' },
    aggregate: { takes: 'aggregate', meaning: 'What is computed of the rows of a key and value.' },
  },
  lower: (from, { keys, on, values, aggregate }) => {
    const kept = fieldsOf(from, keys, '`keys`')
    const pivoted = fieldOf(from, on)
    if (values.length === 0) return [invalid('pivot needs at least one value')]
    const bad = values.filter(
      (v) => typeof literalOf(canonicalInput(v.value, pivoted.type.kind), pivoted.type) === 'string',
    )
    if (bad.length > 0) {
      return bad.map((v) =>
        mismatch(`pivot: "${v.value}" is no value of column "${on}" (${pivoted.type.kind})`),
      )
    }
    const made = values.map((v) => field(v.as, aggregate.type, aggregate.nullable))
    uniqueNames([...kept, ...made].map((f) => f.name))
    const names = kept.map((f) => f.name)
    return Object.freeze({
      kind: 'pivot',
      from,
      keys: names,
      on: pivoted.name,
      values,
      aggregate,
      schema: [...kept, ...made],
    })
  },
  examples: () => {
    const total = aggregateCall('sum', [ref(amount)])
    const made = (name: string): ReturnType<typeof field> => field(name, total.type, total.nullable)
    return [
      {
        title: 'Amounts by state side by side',
        in: { columns, rows },
        options: {
          keys: ['region'],
          on: 'state',
          values: [
            { value: 'new', as: 'new' },
            { value: 'paid', as: 'paid' },
          ],
          aggregate: total,
        },
        out: {
          columns: [field('region', text), made('new'), made('paid')],
          rows: [
            ['eu', '1', '5'],
            ['us', null, null],
          ],
        },
      },
      {
        title: 'NULL as a value',
        in: {
          columns,
          rows: [
            ['eu', null, '4'],
            ['eu', 'paid', '1'],
          ],
        },
        options: {
          keys: ['region'],
          on: 'state',
          values: [{ value: null, as: 'unknown' }],
          aggregate: total,
        },
        out: { columns: [field('region', text), made('unknown')], rows: [['eu', '4']] },
      },
    ]
  },
})

function canonicalInput(value: string | null, kind: Kind): string | number | bigint | boolean | null {
  if (value === null) return null
  if (/^u?int/.test(kind) && /^-?\d+$/.test(value)) return BigInt(value)
  if (kind === 'float64') return Number(value)
  return kind === 'bool' ? value === 'true' : value
}

/** Turns values into columns: `pivot({ keys: ['region'], on: 'state', values: ['new', 'paid'], aggregate: (c) => fn.sum(c.amount) })`. */
export function pivot<
  C extends Columns,
  const N extends string,
  const O extends string,
  const V extends string,
  K extends Kind,
  Nu extends boolean,
>(options: {
  readonly keys: readonly ColumnName<C, N>[]
  readonly on: ColumnName<C, O>
  /** The values; each becomes a column of its name. */
  readonly values: readonly V[] | Readonly<Record<V, string | number | boolean | null>>
  readonly aggregate: (c: Refs<C>) => Expr<K, Nu, 'aggregate'>
}): Step<
  C,
  { readonly [M in N | V]: M extends keyof C ? (M extends N ? C[M] : Column<K, Nu>) : Column<K, Nu> }
> {
  return makeStep(pivotStep, (input) => {
    const resolution = aggregateResolution(options.aggregate(refsOf<C>(input)))
    if ('problems' in resolution) return resolution.problems
    const given = options.values as
      | readonly string[]
      | Readonly<Record<string, string | number | boolean | null>>
    const values = Array.isArray(given)
      ? given.map((v) => ({ value: String(v), as: String(v) }))
      : Object.entries(given).map(([as, v]) => ({ value: v === null ? null : String(v), as }))
    return {
      keys: options.keys as readonly string[],
      on: options.on as string,
      values,
      aggregate: resolution.expression,
    }
  })
}
