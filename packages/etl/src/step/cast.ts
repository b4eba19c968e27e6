import type { Column, Columns, NoColumn, TypeSpec } from '../plan/columns.ts'
import { decimal, field, float64, int32, int64, type LogicalType, text, typeName } from '../plan/type.ts'
import { fieldOf, fieldsOf, ref } from './build.ts'
import { defineStep, guarded, makeStep, type Step } from './contract.ts'
import { converted } from './convert.ts'
import { type OnBad, onBadDoc, type ParsedColumn, parsedColumns } from './parsed.ts'

export interface CastOptions {
  readonly types: Readonly<Record<string, LogicalType>>
  readonly onBad?: OnBad
}

/** Gives columns other types. */
export const castStep = defineStep<CastOptions>({
  name: 'cast',
  summary: 'Give columns other types.',
  meaning:
    'Numbers are rounded half away from zero where the new type has fewer digits; a value that does not fit is bad, see `onBad`. Text is read strictly: numbers without spaces or exponents, dates and times in ISO 8601; ' +
    'other layouts are for `parse_number`, `parse_date` and `parse_timestamp`. NULL stays NULL.',
  options: { types: { takes: '{ column: type }', meaning: 'The new type of each column.' }, onBad: onBadDoc },
  lower: (input, { types, onBad = 'reject' }) => {
    fieldsOf(input, Object.keys(types))
    const made = Object.entries(types).map(([name, to]) =>
      guarded((): ParsedColumn => {
        const source = fieldOf(input, name)
        const expression = converted(ref(source), to)
        const reason = `"${source.name}" is no ${typeName(to)}`
        return { source, expression, rule: `cast(${source.name})`, reason }
      }),
    )
    const problems = made.flatMap((m) => ('source' in m ? [] : m))
    return problems.length > 0
      ? problems
      : parsedColumns(
          input,
          made.filter((m) => 'source' in m),
          onBad,
        )
  },
  examples: () => [
    {
      title: 'Text to numbers; a bad value goes to the rejects',
      in: {
        columns: [field('n', text), field('price', text)],
        rows: [
          ['1', '2.50'],
          [null, '3'],
          ['x', '4'],
        ],
      },
      options: { types: { n: int64, price: decimal(10, 2) } },
      out: {
        columns: [field('n', int64), field('price', decimal(10, 2))],
        rows: [
          ['1', '2.50'],
          [null, '3.00'],
        ],
      },
      rejected: 1,
    },
    {
      title: 'Numbers that do not fit become NULL',
      in: {
        columns: [field('n', int64), field('x', float64)],
        rows: [
          ['2147483647', '2.5'],
          ['2147483648', '1e20'],
        ],
      },
      options: { types: { n: int32, x: int64 }, onBad: 'null' },
      out: {
        columns: [field('n', int32), field('x', int64)],
        rows: [
          ['2147483647', '3'],
          [null, null],
        ],
      },
    },
    {
      title: 'Fewer digits',
      in: { columns: [field('price', decimal(10, 3))], rows: [['12.345'], ['999.994'], ['999.995'], [null]] },
      options: { types: { price: decimal(5, 2) } },
      out: { columns: [field('price', decimal(5, 2))], rows: [['12.35'], ['999.99'], [null]] },
      rejected: 1,
    },
    {
      title: 'To text',
      in: { columns: [field('price', decimal(10, 2), false)], rows: [['12.50']] },
      options: { types: { price: text } },
      out: { columns: [field('price', text, false)], rows: [['12.50']] },
    },
  ],
})

type Cast<C extends Columns, T extends Readonly<Record<string, TypeSpec>>, B extends OnBad> = {
  readonly [N in keyof C]: N extends keyof T
    ? Column<T[N]['type']['kind'], B extends 'null' ? true : C[N]['nullable']>
    : C[N]
}

type Known<C extends Columns, T> = {
  readonly [N in keyof T]: N extends keyof C ? TypeSpec : NoColumn<C, N & string>
}

/** Gives columns other types: `cast({ quantity: int64(), price: decimal(18, 2) })`. */
export function cast<
  C extends Columns,
  const T extends Readonly<Record<string, TypeSpec>>,
  const B extends OnBad = 'reject',
>(types: T & Known<C, T>, options: { readonly onBad?: B } = {}): Step<C, Cast<C, T, B>> {
  const plain = Object.fromEntries(
    Object.entries(types as Readonly<Record<string, TypeSpec>>).map(([name, spec]) => [
      name,
      spec.type as LogicalType,
    ]),
  )
  return makeStep(castStep, { types: plain, ...options })
}
