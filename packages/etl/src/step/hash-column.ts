import type { Column, ColumnOfKind, Columns } from '../plan/columns.ts'
import { field, int64, text } from '../plan/type.ts'
import { call, fieldOf, fieldsOf, ref, withColumns } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'

export interface HashColumnOptions {
  readonly columns: readonly string[]
  readonly salt?: string
}

const kinds = [
  'text',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint64',
  'decimal',
  'bool',
  'date',
  'uuid',
] as const
const email = field('email', text)

/** Replaces values by their SHA-256. */
export const hashColumnStep = defineStep<HashColumnOptions>({
  name: 'hash_column',
  summary: 'Replace values by their SHA-256.',
  meaning:
    'The column becomes the 64 lower-case hexadecimal digits of the SHA-256 of the salt followed by the value in its canonical text (UTF-8). Equal values stay equal, so columns can still be joined. NULL stays NULL. ' +
    'The salt is part of the plan and is stored with it: this makes values unreadable to readers of the table, not to readers of the project.',
  options: {
    columns: { takes: 'columns', meaning: 'The columns, replaced in place.' },
    salt: { takes: 'text', meaning: 'Put before each value.', default: 'nothing' },
  },
  lower: (input, { columns, salt = '' }) =>
    withColumns(
      input,
      fieldsOf(input, columns).map((f) => {
        const value = ref(fieldOf(input, f.name, kinds))
        const written = f.type.kind === 'text' ? value : call('to_text', value)
        return {
          name: f.name,
          expression: call('sha256', salt === '' ? written : call('append', salt, written)),
        }
      }),
    ),
  examples: () => [
    {
      title: 'A text and a number',
      in: {
        columns: [email, field('id', int64, false)],
        rows: [
          ['ann@example.com', '42'],
          [null, '42'],
        ],
      },
      options: { columns: ['email', 'id'] },
      out: {
        columns: [email, field('id', text, false)],
        rows: [
          [
            '71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476',
            '73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049',
          ],
          [null, '73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049'],
        ],
      },
    },
    {
      title: 'Salted',
      in: { columns: [email], rows: [['ann@example.com']] },
      options: { columns: ['email'], salt: 'pepper' },
      out: { columns: [email], rows: [['831740710d6a8225c6ad8e71610353afdfcf9f6a3caa448dc11ab17a513081c2']] },
    },
  ],
})

type Hashed<C extends Columns, N extends string> = {
  readonly [M in keyof C]: M extends N ? Column<'text', C[M]['nullable']> : C[M]
}

/** Replaces values by their SHA-256: `hashColumn(['email'], { salt: 'pepper' })`. */
export function hashColumn<C extends Columns, const N extends string>(
  columns: readonly ColumnOfKind<C, N, (typeof kinds)[number]>[],
  options: { readonly salt?: string } = {},
): Step<C, Hashed<C, N>> {
  return makeStep(hashColumnStep, { columns: columns as readonly string[], ...options })
}
