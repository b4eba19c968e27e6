import { decimal, type LogicalType } from '../plan/type.ts'
import { type ArgInfo, defineFunction, type FunctionDefinition, numberKinds } from './contract.ts'
import { type ExactShape, exactShape } from './numeric-type.ts'

const fits = (precision: number, scale: number): LogicalType | string =>
  precision <= 38
    ? decimal(precision, scale)
    : `the exact result needs decimal(${precision},${scale}); at most 38 digits are supported, so round or cast an operand first`

const sumType = ([a, b]: readonly ArgInfo[]): LogicalType | string => {
  if (a === undefined || b === undefined) return 'add takes two numbers'
  if (a.type.kind === 'float64' || b.type.kind === 'float64') return { kind: 'float64' }
  const x: ExactShape = exactShape(a.type)
  const y: ExactShape = exactShape(b.type)
  if (a.type.kind !== 'decimal' && b.type.kind !== 'decimal') return { kind: 'int64' }
  const scale = Math.max(x.scale, y.scale)
  return fits(Math.max(x.precision - x.scale, y.precision - y.scale) + scale + 1, scale)
}

const int64: LogicalType = { kind: 'int64' }

/** `x + y`. */
export const add = defineFunction({
  name: 'add',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The sum. Integers give int64 and fail on overflow; decimals give the exact decimal (one digit more before the point); with a float64 the result is float64.',
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'y', accepts: numberKinds },
  ],
  returns: 0,
  type: sumType,
  nulls: 'strict',
  print: {
    duckdb: ([x, y]) => `(${x} + ${y})`,
    postgres: ([x, y]) => `(${x} + ${y})`,
  },
  edges: [
    {
      types: [int64, int64],
      result: int64,
      rows: [
        { in: ['1', '2'], out: '3' },
        { in: ['-1', '1'], out: '0' },
        { in: [null, '1'], out: null },
        { in: ['9223372036854775807', '0'], out: '9223372036854775807' },
        { in: ['9223372036854775807', '1'], fails: true },
      ],
    },
    {
      types: [decimal(10, 2), decimal(12, 3)],
      result: decimal(13, 3),
      rows: [
        { in: ['0.10', '0.200'], out: '0.300' },
        { in: ['99999999.99', '999999999.999'], out: '1099999999.989' },
        { in: ['1.00', null], out: null },
      ],
    },
  ],
})

/** The number family of the catalogue. */
export const numberFunctions = { add } as const satisfies Record<string, FunctionDefinition>
