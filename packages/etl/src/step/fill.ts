import { literalOf } from '../function/literal.ts'
import type { JsLiteral } from '../function/signature.ts'
import type { Column, Columns, NoColumn } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { call, fieldOf, fieldsOf, mismatch, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface FillOptions {
  /** Value by column. */
  readonly values: Readonly<Record<string, JsLiteral>>
}

const columns = [field('country', text), field('quantity', int64)]

/** Puts a constant in place of NULL. */
export const fillStep = defineStep<FillOptions>({
  name: 'fill',
  summary: 'Put a constant in place of NULL.',
  meaning: 'The value must be one of the type of the column. The columns are never NULL afterwards.',
  options: { values: { takes: '{ column: value }', meaning: 'The value that stands in for NULL.' } },
  lower: (input, { values }) => {
    fieldsOf(input, Object.keys(values))
    const filled = Object.entries(values).map(([name, value]) => {
      const source = fieldOf(input, name)
      const constant = value === null ? `NULL fills nothing in "${name}"` : literalOf(value, source.type)
      if (typeof constant === 'string') return mismatch(`fill: ${constant}`)
      return {
        name: source.name,
        expression: { ...call('coalesce', ref(source), constant), nullable: false },
      }
    })
    const problems = filled.filter((f) => 'severity' in f)
    return problems.length > 0
      ? problems
      : withColumns(
          input,
          filled.filter((f) => 'name' in f),
        )
  },
  examples: () => [
    {
      title: 'Two columns',
      in: {
        columns,
        rows: [
          [null, '1'],
          ['DE', null],
        ],
      },
      options: { values: { country: 'unknown', quantity: 0 } },
      out: {
        columns: [field('country', text, false), field('quantity', int64, false)],
        rows: [
          ['unknown', '1'],
          ['DE', '0'],
        ],
      },
    },
    {
      title: 'Nothing to fill',
      in: { columns, rows: [['DE', '1']] },
      options: { values: { country: '' } },
      out: { columns: [field('country', text, false), field('quantity', int64)], rows: [['DE', '1']] },
    },
  ],
})

type Filled<C extends Columns, V> = {
  readonly [N in keyof C]: N extends keyof V ? Column<C[N]['kind'], false> : C[N]
}

type Known<C extends Columns, V> = {
  readonly [N in keyof V]: N extends keyof C ? Exclude<JsLiteral, null> : NoColumn<C, N & string>
}

/** Puts constants in place of NULL: `fill({ country: 'unknown', quantity: 0 })`. */
export function fill<C extends Columns, const V extends Readonly<Record<string, unknown>>>(
  values: V & Known<C, V>,
): Step<C, Filled<C, V>> {
  return makeStep(fillStep, { values: values as Readonly<Record<string, JsLiteral>> })
}
