import type { ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, text } from '../plan/type.ts'
import { call, fieldOf, fieldsOf, invalid, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

/** `proper` makes the first letter of each word large. */
export type LetterCase = 'lower' | 'upper' | 'capitalize' | 'proper'

export interface ChangeCaseOptions {
  readonly columns: readonly string[]
  readonly to: LetterCase
}

const columns = [field('city', text)]

/** Writes text columns in one case. */
export const changeCaseStep = defineStep<ChangeCaseOptions>({
  name: 'change_case',
  summary: 'Write text columns in lower, upper or normalised case.',
  meaning: 'As the functions `lower`, `upper`, `capitalize` and `proper` of the catalogue. NULL stays NULL.',
  options: {
    columns: { takes: 'text columns', meaning: 'The columns, replaced in place.' },
    to: { takes: "'lower' | 'upper' | 'capitalize' | 'proper'", meaning: 'The case to write.' },
  },
  lower: (input, { columns: names, to }) => {
    if (!['lower', 'upper', 'capitalize', 'proper'].includes(to))
      return [invalid(`there is no letter case "${to}"`)]
    return withColumns(
      input,
      fieldsOf(input, names).map((f) => ({
        name: f.name,
        expression: call(to, ref(fieldOf(input, f.name, ['text']))),
      })),
    )
  },
  examples: () => [
    {
      title: 'Lower case',
      in: { columns, rows: [['New YORK'], [null]] },
      options: { columns: ['city'], to: 'lower' },
      out: { columns, rows: [['new york'], [null]] },
    },
    {
      title: 'Proper case',
      in: { columns, rows: [['nEW york']] },
      options: { columns: ['city'], to: 'proper' },
      out: { columns, rows: [['New York']] },
    },
  ],
})

const step = <C extends Columns>(columns: unknown, to: LetterCase): Step<C, C> =>
  makeStep(changeCaseStep, { columns: columns as readonly string[], to })

/** Writes text columns in small letters: `lower('email')`. */
export function lower<C extends Columns, const N extends string>(
  ...columns: readonly ColumnOfKind<C, N, 'text'>[]
): Step<C, C> {
  return step(columns, 'lower')
}

/** Writes text columns in large letters: `upper('country')`. */
export function upper<C extends Columns, const N extends string>(
  ...columns: readonly ColumnOfKind<C, N, 'text'>[]
): Step<C, C> {
  return step(columns, 'upper')
}

/** Writes text columns in one case: `changeCase(['city'], 'proper')`. */
export function changeCase<C extends Columns, const N extends string>(
  columns: readonly ColumnOfKind<C, N, 'text'>[],
  to: LetterCase,
): Step<C, C> {
  return step(columns, to)
}
