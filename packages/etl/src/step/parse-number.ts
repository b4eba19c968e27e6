import type { Column, ColumnOfKind, Columns, TypeSpec, WithColumn } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import { decimal, field, int64, type LogicalType, text, typeName } from '../plan/type.ts'
import { call, fail, fieldOf, invalid, ref } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { type OnBad, onBadDoc, parsedColumns } from './parsed.ts'

export interface ParseNumberOptions {
  readonly column: string
  readonly type: LogicalType
  readonly decimalPoint?: '.' | ','
  /** Characters that are left out before reading, such as a group separator or a currency sign. */
  readonly ignore?: readonly string[]
  readonly onBad?: OnBad
}

const columns = [field('price', text)]

/** The call that reads a text as a number of a type; NULL where it is none. */
export function numberOf(value: Expression, type: LogicalType): Expression {
  switch (type.kind) {
    case 'decimal':
      return call('parse_decimal', value, type.precision, type.scale)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint64':
    case 'float64':
      return call(`parse_${type.kind}`, value)
    default:
      throw fail(invalid(`${typeName(type)} is no type of number`))
  }
}

/** Reads a text column as a number. */
export const parseNumberStep = defineStep<ParseNumberOptions>({
  name: 'parse_number',
  summary: 'Read a text column as a number of a given type.',
  meaning:
    'Nothing is rounded or guessed: a text with other characters, more fraction digits than the type holds, or out of its range is bad; see `onBad`. NULL stays NULL.',
  options: {
    column: { takes: 'text column', meaning: 'The column, replaced in place.' },
    type: { takes: 'number type', meaning: 'The type of the result.' },
    decimalPoint: { takes: "'.' | ','", meaning: 'The character before the fraction.', default: '.' },
    ignore: {
      takes: 'texts',
      meaning: 'Left out before reading, such as `€` or a group separator.',
      default: 'none',
    },
    onBad: onBadDoc,
  },
  lower: (input, { column, type, decimalPoint = '.', ignore = [], onBad = 'reject' }) => {
    const source = fieldOf(input, column, ['text'])
    if (ignore.includes(decimalPoint) || ignore.includes('')) {
      return [invalid('`ignore` holds neither the decimal point nor an empty text')]
    }
    const bare = ignore.reduce<Expression>((value, what) => call('replace', value, what, ''), ref(source))
    const plain = decimalPoint === '.' ? bare : call('replace', bare, ',', '.')
    // With a comma as decimal point a point would otherwise slip through as one.
    const checked =
      decimalPoint === '.' || ignore.includes('.')
        ? plain
        : call('replace', call('replace', bare, '.', 'x'), ',', '.')
    const rule = `parse_number(${source.name})`
    const reason = `"${source.name}" is no ${typeName(type)}`
    return parsedColumns(input, [{ source, expression: numberOf(checked, type), rule, reason }], onBad)
  },
  examples: () => [
    {
      title: 'Continental prices',
      in: { columns, rows: [['1.234,50 €'], ['7'], [null], ['free']] },
      options: { column: 'price', type: decimal(10, 2), decimalPoint: ',', ignore: ['.', ' €'] },
      out: { columns: [field('price', decimal(10, 2))], rows: [['1234.50'], ['7.00'], [null]] },
      rejected: 1,
    },
    {
      title: 'A bad value becomes NULL',
      in: { columns, rows: [['12'], ['12.5']] },
      options: { column: 'price', type: int64, onBad: 'null' },
      out: { columns: [field('price', int64)], rows: [['12'], [null]] },
    },
  ],
})

/** Reads a text column as a number: `parseNumber('price', decimal(10, 2), { decimalPoint: ',' })`. */
export function parseNumber<
  C extends Columns,
  const N extends string,
  T extends TypeSpec<'int8' | 'int16' | 'int32' | 'int64' | 'uint64' | 'decimal' | 'float64'>,
  const B extends OnBad = 'reject',
>(
  column: ColumnOfKind<C, N, 'text'>,
  type: T,
  options: {
    readonly decimalPoint?: '.' | ','
    readonly ignore?: readonly string[]
    readonly onBad?: B
  } = {},
): Step<
  C,
  WithColumn<
    C,
    N,
    Column<T['type']['kind'], B extends 'null' ? true : N extends keyof C ? C[N]['nullable'] : boolean>
  >
> {
  return makeStep(parseNumberStep, { column: column as string, type: type.type as LogicalType, ...options })
}
