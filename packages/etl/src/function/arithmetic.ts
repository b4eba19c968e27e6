import { decimal, float64, int16, int32, int64, int8, type LogicalType, uint64 } from '../plan/type.ts'
import { coerced, decimalOrProblem } from './coerce.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  type EdgeGroup,
  type FunctionDefinition,
  numberKinds,
  type PrintedCall,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'

type ExactRule = (x: ArgInfo, y: ArgInfo) => LogicalType | string

const resultType =
  (exact: ExactRule) =>
  ([x, y]: readonly ArgInfo[]): LogicalType | string => {
    if (x === undefined || y === undefined) return 'two numbers are needed'
    if (x.type.kind === 'float64' || y.type.kind === 'float64') return float64
    if (x.type.kind !== 'decimal' && y.type.kind !== 'decimal') return int64
    return exact(x, y)
  }

const sumShape: ExactRule = (a, b) => {
  const [x, y] = [exactShape(a.type), exactShape(b.type)]
  const scale = Math.max(x.scale, y.scale)
  return decimalOrProblem(Math.max(x.precision - x.scale, y.precision - y.scale) + scale + 1, scale)
}

const productShape: ExactRule = (a, b) => {
  const [x, y] = [exactShape(a.type), exactShape(b.type)]
  return decimalOrProblem(x.precision + y.precision, x.scale + y.scale)
}

/**
 * The type in which an operand enters: the result's, so that DuckDB computes as widely as the result needs. Factors keep
 * their own scale, and only the first is widened, or DuckDB would run out of its 38 digits.
 */
function operandType(own: LogicalType, index: number, result: LogicalType, factors: boolean): LogicalType {
  if (result.kind !== 'decimal' || !factors) return result
  const { precision, scale } = exactShape(own)
  return decimal(index === 0 ? result.precision : precision, scale)
}

const operands = (
  args: readonly string[],
  call: PrintedCall,
  dialect: Dialect,
  factors: boolean,
): readonly string[] =>
  args.map((sql, index) => {
    const own = call.args[index]?.type ?? call.type
    return coerced(sql, own, operandType(own, index, call.type, factors), dialect)
  })

const infix =
  (operator: string, dialect: Dialect, factors = false): Printer =>
  (args, call) => {
    const computed = `(${operands(args, call, dialect, factors).join(` ${operator} `)})`
    return call.type.kind === 'decimal' ? `CAST(${computed} AS ${sqlType(call.type, dialect)})` : computed
  }

const twoNumbers = [
  { name: 'x', accepts: numberKinds },
  { name: 'y', accepts: numberKinds },
] as const

const floatRule =
  'With a float64 the result is float64, and only promised while it stays within the range of float64.'

function operation<const N extends string>(
  name: N,
  operator: string,
  exact: ExactRule,
  meaning: string,
  edges: readonly EdgeGroup[],
) {
  const factors = exact === productShape
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'number',
    meaning: `${meaning} ${floatRule}`,
    params: twoNumbers,
    returns: 'number',
    type: resultType(exact),
    nulls: 'strict',
    print: {
      duckdb: infix(operator, 'duckdb', factors),
      postgres: infix(operator, 'postgres', factors),
      spark: infix(operator, 'spark', factors),
    },
    edges,
  })
}

/** `x + y`. */
export const add = operation(
  'add',
  '+',
  sumShape,
  'The sum. Integers give int64 and fail beyond it; decimals give the exact decimal, one digit more before the point.',
  [
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
    { types: [int8, int8], result: int64, rows: [{ in: ['127', '127'], out: '254' }] },
    { types: [int32, int16], result: int64, rows: [{ in: ['2147483647', '1'], out: '2147483648' }] },
    { types: [uint64, int64], result: int64, rows: [{ in: ['9223372036854775808', '-1'], fails: true }] },
    {
      types: [decimal(10, 2), decimal(12, 3)],
      result: decimal(13, 3),
      rows: [
        { in: ['0.10', '0.200'], out: '0.300' },
        { in: ['99999999.99', '999999999.999'], out: '1099999999.989' },
        { in: ['1.00', null], out: null },
      ],
    },
    {
      types: [decimal(18, 2), decimal(18, 2)],
      result: decimal(19, 2),
      rows: [{ in: ['9999999999999999.99', '9999999999999999.99'], out: '19999999999999999.98' }],
    },
    { types: [decimal(3, 1), int32], result: decimal(12, 1), rows: [{ in: ['0.5', '-1'], out: '-0.5' }] },
    { types: [decimal(3, 1), float64], result: float64, rows: [{ in: ['0.5', '0.25'], out: '0.75' }] },
  ],
)

/** `x - y`. */
export const subtract = operation(
  'subtract',
  '-',
  sumShape,
  'The difference x - y. Integers give int64 and fail beyond it; decimals give the exact decimal, one digit more before the point.',
  [
    {
      types: [int64, int64],
      result: int64,
      rows: [
        { in: ['1', '2'], out: '-1' },
        { in: ['2', '2'], out: '0' },
        { in: ['1', null], out: null },
        { in: ['-9223372036854775808', '1'], fails: true },
      ],
    },
    { types: [int8, int8], result: int64, rows: [{ in: ['-128', '127'], out: '-255' }] },
    {
      types: [decimal(10, 2), decimal(10, 3)],
      result: decimal(12, 3),
      rows: [
        { in: ['0.30', '0.100'], out: '0.200' },
        { in: ['-99999999.99', '9999999.999'], out: '-109999999.989' },
        { in: [null, null], out: null },
      ],
    },
    { types: [float64, int32], result: float64, rows: [{ in: ['0.5', '1'], out: '-0.5' }] },
  ],
)

/** `x * y`. */
export const multiply = operation(
  'multiply',
  '*',
  productShape,
  'The product. Integers give int64 and fail beyond it; decimals give the exact decimal, with the digits of both before and after the point; where that needs more than 38 digits use `decmul`.',
  [
    {
      types: [int64, int64],
      result: int64,
      rows: [
        { in: ['3', '-2'], out: '-6' },
        { in: ['0', '-5'], out: '0' },
        { in: [null, '5'], out: null },
        { in: ['4294967296', '4294967296'], fails: true },
      ],
    },
    {
      types: [int32, decimal(18, 3)],
      result: decimal(28, 3),
      rows: [
        { in: ['6', '2.550'], out: '15.300' },
        { in: ['-2147483648', '999999999999999.999'], out: '-2147483647999999997852516.352' },
        { in: ['1', null], out: null },
      ],
    },
    {
      types: [decimal(12, 2), decimal(12, 2)],
      result: decimal(24, 4),
      rows: [
        { in: ['0.01', '0.01'], out: '0.0001' },
        { in: ['9999999999.99', '9999999999.99'], out: '99999999999800000000.0001' },
      ],
    },
    { types: [float64, decimal(3, 1)], result: float64, rows: [{ in: ['0.5', '0.5'], out: '0.25' }] },
  ],
)

const divided =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const [x, y] = args.map((sql, i) => coerced(sql, call.args[i]?.type ?? float64, float64, dialect))
    return `(${x} / nullif(${y}, 0))`
  }

/** `x / y` in float64. */
export const div = defineFunction({
  name: 'div',
  kind: 'scalar',
  family: 'number',
  meaning: `The quotient x / y, always as float64; NULL where y is zero. For money use \`decdiv\`, for whole numbers \`idiv\`. ${floatRule}`,
  params: twoNumbers,
  returns: 'float64',
  type: () => float64,
  nulls: 'always',
  print: { duckdb: divided('duckdb'), postgres: divided('postgres'), spark: divided('spark') },
  edges: [
    {
      types: [int64, int64],
      result: float64,
      rows: [
        { in: ['7', '2'], out: '3.5' },
        { in: ['-7', '2'], out: '-3.5' },
        { in: ['1', '3'], out: '0.3333333333333333' },
        { in: ['1', '0'], out: null },
        { in: ['0', '0'], out: null },
        { in: [null, '0'], out: null },
        { in: ['1', null], out: null },
      ],
    },
    { types: [decimal(10, 2), int32], result: float64, rows: [{ in: ['0.30', '3'], out: '0.1' }] },
    { types: [float64, float64], result: float64, rows: [{ in: ['1.5', '-0'], out: null }] },
  ],
})

/** The arithmetic of the number family. */
export const arithmeticFunctions = {
  add,
  subtract,
  multiply,
  div,
} as const satisfies Record<string, FunctionDefinition>
