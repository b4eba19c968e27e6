import type { Column, ColumnOfKind, Columns, With, WithColumn } from '../plan/columns.ts'
import { field, list, text } from '../plan/type.ts'
import { call, fieldOf, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface SplitOptions {
  readonly column: string
  readonly separator: string
  /** Names of the columns for the parts; absent: the column becomes the list of parts. */
  readonly into?: readonly string[]
}

const columns = [field('tags', text)]

/** Splits a text into a list or into columns. */
export const splitStep = defineStep<SplitOptions>({
  name: 'split',
  summary: 'Split a text column into a list, or into columns.',
  meaning:
    'Without `into` the column becomes the list of its parts. With `into` the first parts go into columns of those names, NULL where there are fewer parts or a part is empty; further parts are left out, and the column stays. NULL stays NULL.',
  options: {
    column: { takes: 'text column', meaning: 'The text.' },
    separator: { takes: 'text', meaning: 'What stands between the parts; not empty.' },
    into: { takes: 'names', meaning: 'The columns for the parts.', default: 'the column becomes a list' },
  },
  lower: (input, { column, separator, into }) => {
    const source = fieldOf(input, column, ['text'])
    if (into === undefined) {
      return withColumns(input, [{ name: source.name, expression: call('split', ref(source), separator) }])
    }
    const part = (index: number) =>
      call('null_if_blank', call('split_part', ref(source), separator, index + 1))
    return withColumns(
      input,
      into.map((name, index) => ({ name, expression: part(index) })),
    )
  },
  examples: () => [
    {
      title: 'Into a list',
      in: { columns, rows: [['a,b'], ['c'], [null]] },
      options: { column: 'tags', separator: ',' },
      out: { columns: [field('tags', list(text))], rows: [[['a', 'b']], [['c']], [null]] },
    },
    {
      title: 'Into columns',
      in: { columns, rows: [['a,b,x'], ['c'], [null]] },
      options: { column: 'tags', separator: ',', into: ['first', 'second'] },
      out: {
        columns: [...columns, field('first', text), field('second', text)],
        rows: [
          ['a,b,x', 'a', 'b'],
          ['c', 'c', null],
          [null, null, null],
        ],
      },
    },
  ],
})

/** Splits a text: `split('tags', ',')` makes a list, `split('name', ' ', { into: ['first', 'last'] })` makes columns. */
export function split<C extends Columns, const N extends string, const I extends string = never>(
  column: ColumnOfKind<C, N, 'text'>,
  separator: string,
  options: { readonly into?: readonly I[] } = {},
): Step<
  C,
  [I] extends [never]
    ? WithColumn<C, N, Column<'list', N extends keyof C ? C[N]['nullable'] : boolean>>
    : With<C, { readonly [M in I]: Column<'text', true> }>
> {
  return makeStep(splitStep, { column: column as string, separator, ...options })
}
