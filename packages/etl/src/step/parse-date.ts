import type { Column, ColumnOfKind, Columns, WithColumn } from '../plan/columns.ts'
import { field, text, date } from '../plan/type.ts'
import { call, fieldOf, invalid, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { type OnBad, onBadDoc, parsedColumns } from './parsed.ts'

export interface ParseDateOptions {
  readonly column: string
  readonly formats: readonly string[]
  readonly onBad?: OnBad
}

const columns = [field('born', text)]
const rows = [['2024-01-31'], ['31/01/2024'], [null], ['30/02/2024']]

/** Reads a text column as a date by explicit formats. */
export const parseDateStep = defineStep<ParseDateOptions>({
  name: 'parse_date',
  summary: 'Read a text column as a date by explicit formats.',
  meaning:
    'The first format that matches the whole text decides; nothing is trimmed or guessed. NULL stays NULL. A text that no format matches is bad: see `onBad`.',
  options: {
    column: { takes: 'text column', meaning: 'The column, replaced in place.' },
    formats: { takes: 'formats', meaning: 'Layouts such as `yyyy-MM-dd`, tried in order.' },
    onBad: onBadDoc,
  },
  lower: (input, { column, formats, onBad = 'reject' }) => {
    const source = fieldOf(input, column, ['text'])
    if (formats.length === 0) return [invalid('parse_date needs at least one format')]
    const rule = `parse_date(${source.name})`
    const reason = `"${source.name}" is no date in the form ${formats.join(' or ')}`
    return parsedColumns(
      input,
      [{ source, expression: call('parse_date', ref(source), ...formats), rule, reason }],
      onBad,
    )
  },
  examples: () => [
    {
      title: 'Two formats; a bad value goes to the rejects',
      in: { columns, rows },
      options: { column: 'born', formats: ['yyyy-MM-dd', 'dd/MM/yyyy'] },
      out: { columns: [field('born', date)], rows: [['2024-01-31'], ['2024-01-31'], [null]] },
      rejected: 1,
    },
    {
      title: 'A bad value becomes NULL',
      in: { columns, rows: [['soon']] },
      options: { column: 'born', formats: ['yyyy-MM-dd', 'dd/MM/yyyy'], onBad: 'null' },
      out: { columns: [field('born', date)], rows: [[null]] },
    },
  ],
})

/** Reads a text column as a date: `parseDate('born', { formats: ['yyyy-MM-dd'] })`. */
export function parseDate<C extends Columns, const N extends string, const B extends OnBad = 'reject'>(
  column: ColumnOfKind<C, N, 'text'>,
  options: { readonly formats: readonly string[]; readonly onBad?: B },
): Step<
  C,
  WithColumn<C, N, Column<'date', B extends 'null' ? true : N extends keyof C ? C[N]['nullable'] : boolean>>
> {
  return makeStep(parseDateStep, { column: column as string, ...options })
}
