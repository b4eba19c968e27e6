import type { ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, text } from '../plan/type.ts'
import { call, fieldOf, fieldsOf, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface TrimOptions {
  readonly columns: readonly string[]
  readonly collapse?: boolean
  readonly emptyToNull?: boolean
}

const columns = [field('name', text)]

/** Takes white space off the ends of text columns. */
export const trimStep = defineStep<TrimOptions>({
  name: 'trim',
  summary: 'Take white space off the ends of text columns.',
  meaning: 'Spaces, tabs and line ends of ASCII go; other spaces of Unicode stay. NULL stays NULL.',
  options: {
    columns: { takes: 'text columns', meaning: 'The columns, replaced in place.' },
    collapse: {
      takes: 'true | false',
      meaning: 'Make each run of white space inside one space.',
      default: 'false',
    },
    emptyToNull: { takes: 'true | false', meaning: 'Make a text with nothing left NULL.', default: 'false' },
  },
  lower: (input, { columns: names, collapse = false, emptyToNull = false }) =>
    withColumns(
      input,
      fieldsOf(input, names).map((f) => {
        const value = ref(fieldOf(input, f.name, ['text']))
        const trimmed = collapse ? call('collapse_space', value) : call('trim', value, ' \t\n\r\f\v')
        return { name: f.name, expression: emptyToNull ? call('null_if_blank', trimmed) : trimmed }
      }),
    ),
  examples: () => [
    {
      title: 'Ends only',
      in: { columns, rows: [['  ann  lee\t'], [' '], [null]] },
      options: { columns: ['name'] },
      out: { columns, rows: [['ann  lee'], [''], [null]] },
    },
    {
      title: 'Collapsed, empty as NULL',
      in: { columns, rows: [['  ann  lee\t'], [' ']] },
      options: { columns: ['name'], collapse: true, emptyToNull: true },
      out: { columns, rows: [['ann lee'], [null]] },
    },
  ],
})

/** Takes white space off the ends of text columns: `trim(['name', 'city'], { emptyToNull: true })`. */
export function trim<C extends Columns, const N extends string>(
  columns: readonly ColumnOfKind<C, N, 'text'>[],
  options: { readonly collapse?: boolean; readonly emptyToNull?: boolean } = {},
): Step<C, C> {
  return makeStep(trimStep, { columns: columns as readonly string[], ...options })
}
