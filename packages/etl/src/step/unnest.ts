import type { Column, ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, int64, type Kind, list, text } from '../plan/type.ts'
import { fail, fieldOf, mismatch, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface UnnestOptions {
  readonly column: string
  readonly as?: string
  readonly keepEmpty?: boolean
  readonly position?: string
}

const columns = [field('id', int64, false), field('tags', list(text))]
const rows = [
  ['1', ['a', 'b']],
  ['2', []],
  ['3', null],
]

/** One row per element of a list. */
export const unnestStep = defineStep<UnnestOptions>({
  name: 'unnest',
  summary: 'Make one row per element of a list column.',
  meaning:
    'The element takes the place of the list; the other columns repeat. Empty and NULL lists give no row unless kept.',
  options: {
    column: { takes: 'column', meaning: 'The list.' },
    as: { takes: 'name', meaning: 'The name of the element.', default: 'the name of the list' },
    keepEmpty: {
      takes: 'true | false',
      meaning: 'Keep a row with NULL for empty and NULL lists.',
      default: 'false',
    },
    position: { takes: 'name', meaning: 'An added column with the position, from 1.', default: 'none' },
  },
  lower: (from, { column, as, keepEmpty = false, position }) => {
    const source = fieldOf(from, column, ['list'])
    if (source.type.kind !== 'list') throw fail(mismatch(`"${column}" is no list`))
    const element = field(as ?? source.name, source.type.element)
    const schema = [
      ...from.schema.map((f) => (f.name === source.name ? element : f)),
      ...(position === undefined ? [] : [field(position, int64, keepEmpty)]),
    ]
    uniqueNames(schema.map((f) => f.name))
    return Object.freeze({
      kind: 'unnest',
      from,
      column: source.name,
      as: element.name,
      keepEmpty,
      ...(position === undefined ? {} : { position }),
      schema,
    })
  },
  examples: () => [
    {
      title: 'Empty lists disappear',
      in: { columns, rows },
      options: { column: 'tags', as: 'tag', position: 'n' },
      out: {
        columns: [field('id', int64, false), field('tag', text), field('n', int64, false)],
        rows: [
          ['1', 'a', '1'],
          ['1', 'b', '2'],
        ],
      },
    },
    {
      title: 'Empty lists stay as NULL',
      in: { columns, rows },
      options: { column: 'tags', keepEmpty: true },
      out: {
        columns: [field('id', int64, false), field('tags', text)],
        rows: [
          ['1', 'a'],
          ['1', 'b'],
          ['2', null],
          ['3', null],
        ],
      },
    },
  ],
})

type Unnested<C extends Columns, N extends string, A extends string, P extends string> = {
  readonly [M in Exclude<keyof C, N> | A | P]: M extends P
    ? Column<'int64', boolean>
    : M extends A
      ? Column<Kind, true>
      : M extends keyof C
        ? C[M]
        : never
}

/** Makes one row per element: `unnest('tags', { as: 'tag' })`. The kind of the element is known at run time only. */
export function unnest<
  C extends Columns,
  const N extends string,
  const A extends string = N,
  const P extends string = never,
>(
  column: ColumnOfKind<C, N, 'list'>,
  options: { readonly as?: A; readonly keepEmpty?: boolean; readonly position?: P } = {},
): Step<C, Unnested<C, N, A, P>> {
  return makeStep(unnestStep, { column: column as string, ...options })
}
