import type { ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, text } from '../plan/type.ts'
import { call, fieldOf, fieldsOf, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface MaskColumnOptions {
  readonly columns: readonly string[]
  readonly keepLast?: number
  readonly character?: string
}

const columns = [field('card', text)]

/** Covers texts but for their last characters. */
export const maskColumnStep = defineStep<MaskColumnOptions>({
  name: 'mask_column',
  summary: 'Cover text columns but for their last characters.',
  meaning:
    'Each character but the last `keepLast` becomes `character`; a text that is not longer is covered as a whole. The length stays visible. NULL stays NULL.',
  options: {
    columns: { takes: 'text columns', meaning: 'The columns, replaced in place.' },
    keepLast: { takes: 'number', meaning: 'How many characters stay readable.', default: '0' },
    character: { takes: 'character', meaning: 'What covers the others.', default: '*' },
  },
  lower: (input, { columns: names, keepLast = 0, character = '*' }) =>
    withColumns(
      input,
      fieldsOf(input, names).map((f) => ({
        name: f.name,
        expression: call('mask', ref(fieldOf(input, f.name, ['text'])), keepLast, character),
      })),
    ),
  examples: () => [
    {
      title: 'The last four digits stay',
      in: { columns, rows: [['4111111111111111'], ['12'], [null]] },
      options: { columns: ['card'], keepLast: 4 },
      out: { columns, rows: [['************1111'], ['**'], [null]] },
    },
    {
      title: 'All covered',
      in: { columns, rows: [['ann']] },
      options: { columns: ['card'], character: 'x' },
      out: { columns, rows: [['xxx']] },
    },
  ],
})

/** Covers texts but for their last characters: `maskColumn(['card'], { keepLast: 4 })`. */
export function maskColumn<C extends Columns, const N extends string>(
  columns: readonly ColumnOfKind<C, N, 'text'>[],
  options: { readonly keepLast?: number; readonly character?: string } = {},
): Step<C, C> {
  return makeStep(maskColumnStep, { columns: columns as readonly string[], ...options })
}
