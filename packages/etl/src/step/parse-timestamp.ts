import type { Column, ColumnOfKind, Columns, WithColumn } from '../plan/columns.ts'
import { field, text, timestamp } from '../plan/type.ts'
import { call, fieldOf, invalid, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { type OnBad, onBadDoc, parsedColumns } from './parsed.ts'

export interface ParseTimestampOptions {
  readonly column: string
  readonly formats: readonly string[]
  readonly onBad?: OnBad
}

const columns = [field('ordered_at', text)]
const rows = [['2024-01-31 12:00:00'], ['31/01/2024 12:00'], [null], ['soon']]

/** Reads a text column as a moment by explicit formats. */
export const parseTimestampStep = defineStep<ParseTimestampOptions>({
  name: 'parse_timestamp',
  summary: 'Read a text column as a moment by explicit formats.',
  meaning:
    'The first format that matches the whole text decides; nothing is trimmed or guessed. NULL stays NULL. A text that no format matches is bad: see `onBad`. A text is taken as UTC unless the format has an offset.',
  options: {
    column: { takes: 'text column', meaning: 'The column, replaced in place.' },
    formats: { takes: 'formats', meaning: 'Layouts such as `yyyy-MM-dd HH:mm:ss`, tried in order.' },
    onBad: onBadDoc,
  },
  lower: (input, { column, formats, onBad = 'reject' }) => {
    const source = fieldOf(input, column, ['text'])
    if (formats.length === 0) return [invalid('parse_timestamp needs at least one format')]
    const rule = `parse_timestamp(${source.name})`
    const reason = `"${source.name}" is no timestamp in the form ${formats.join(' or ')}`
    return parsedColumns(
      input,
      [{ source, expression: call('parse_timestamp', ref(source), ...formats), rule, reason }],
      onBad,
    )
  },
  examples: () => [
    {
      title: 'Two formats; a bad value goes to the rejects',
      in: { columns, rows },
      options: { column: 'ordered_at', formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'] },
      out: {
        columns: [field('ordered_at', timestamp)],
        rows: [['2024-01-31T12:00:00.000000'], ['2024-01-31T12:00:00.000000'], [null]],
      },
      rejected: 1,
    },
    {
      title: 'A bad value becomes NULL',
      in: { columns, rows: [['soon']] },
      options: { column: 'ordered_at', formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'], onBad: 'null' },
      out: { columns: [field('ordered_at', timestamp)], rows: [[null]] },
    },
  ],
})

/** Reads a text column as a moment: `parseTimestamp('ordered_at', { formats: ['yyyy-MM-dd HH:mm:ss'] })`. */
export function parseTimestamp<C extends Columns, const N extends string, const B extends OnBad = 'reject'>(
  column: ColumnOfKind<C, N, 'text'>,
  options: { readonly formats: readonly string[]; readonly onBad?: B },
): Step<
  C,
  WithColumn<
    C,
    N,
    Column<'timestamp', B extends 'null' ? true : N extends keyof C ? C[N]['nullable'] : boolean>
  >
> {
  return makeStep(parseTimestampStep, { column: column as string, ...options })
}
