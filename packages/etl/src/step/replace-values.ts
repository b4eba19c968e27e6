import { literalOf } from '../function/literal.ts'
import type { JsLiteral } from '../function/signature.ts'
import type { ColumnName, Columns } from '../plan/columns.ts'
import { field, text } from '../plan/type.ts'
import { call, fieldOf, invalid, mismatch, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface ReplaceValuesOptions {
  readonly column: string
  /** Pairs of a value and what stands in its place. */
  readonly values: readonly (readonly [JsLiteral, JsLiteral])[]
}

const columns = [field('state', text)]

/** Puts other values in place of some. */
export const replaceValuesStep = defineStep<ReplaceValuesOptions>({
  name: 'replace_values',
  summary: 'Put other values in place of some of a column.',
  meaning:
    'Values are compared whole; those that are not listed stay. NULL can be written but not looked for: use `fill`.',
  options: {
    column: { takes: 'column', meaning: 'The column, replaced in place.' },
    values: { takes: 'pairs of values', meaning: 'A value and what stands in its place.' },
  },
  lower: (input, { column, values }) => {
    const source = fieldOf(input, column)
    if (values.length === 0) return [invalid('replace_values replaces no value')]
    const problems = values.flatMap(([from, to]) => {
      const found = from === null ? 'NULL cannot be looked for; use fill' : literalOf(from, source.type)
      return [found, literalOf(to, source.type)]
        .filter((l) => typeof l === 'string')
        .map((l) => mismatch(`replace_values: ${l}`))
    })
    if (problems.length > 0) return problems
    const branches = values.flatMap(([from, to]) => {
      const [found, put] = [literalOf(from, source.type), literalOf(to, source.type)]
      return typeof found === 'string' || typeof put === 'string' ? [] : [call('eq', ref(source), found), put]
    })
    return withColumns(input, [
      { name: source.name, expression: call('case_when', ...branches, ref(source)) },
    ])
  },
  examples: () => [
    {
      title: 'Two spellings of one state',
      in: { columns, rows: [['PAID'], ['payed'], ['new'], [null]] },
      options: {
        column: 'state',
        values: [
          ['PAID', 'paid'],
          ['payed', 'paid'],
        ],
      },
      out: { columns, rows: [['paid'], ['paid'], ['new'], [null]] },
    },
    {
      title: 'A mark for missing becomes NULL',
      in: { columns, rows: [['n/a'], ['new']] },
      options: { column: 'state', values: [['n/a', null]] },
      out: { columns, rows: [[null], ['new']] },
    },
  ],
})

/** Puts other values in place of some: `replaceValues('state', [['PAID', 'paid'], ['n/a', null]])`. */
export function replaceValues<C extends Columns, const N extends string>(
  column: ColumnName<C, N>,
  values: readonly (readonly [JsLiteral, JsLiteral])[],
): Step<C, C> {
  return makeStep(replaceValuesStep, { column: column as string, values })
}
