import { decimal, int32, int64, int8, type LogicalType } from '../plan/type.ts'
import { coercedArgs, commonType } from './coerce.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  exactKinds,
  type FunctionDefinition,
  integerKinds,
  type Printer,
} from './contract.ts'

const inInt64 =
  (print: (x: string, y: string) => string, dialect: Dialect): Printer =>
  (args, call) => {
    const [x, y] = coercedArgs(args, call, int64, dialect)
    return print(x ?? '', y ?? '')
  }

/** `x / y`, truncated. */
export const idiv = defineFunction({
  name: 'idiv',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The quotient of two integers, truncated toward zero, as int64; NULL where y is zero. Fails for operands or results beyond int64.',
  params: [
    { name: 'x', accepts: integerKinds },
    { name: 'y', accepts: integerKinds },
  ],
  returns: 'int64',
  type: () => int64,
  nulls: 'always',
  print: {
    duckdb: inInt64((x, y) => `(${x} // ${y})`, 'duckdb'),
    postgres: inInt64((x, y) => `(${x} / nullif(${y}, 0))`, 'postgres'),
    spark: inInt64((x, y) => `(${x} div nullif(${y}, 0))`, 'spark'),
  },
  edges: [
    {
      types: [int64, int64],
      result: int64,
      rows: [
        { in: ['7', '2'], out: '3' },
        { in: ['-7', '2'], out: '-3' },
        { in: ['7', '-2'], out: '-3' },
        { in: ['-7', '-2'], out: '3' },
        { in: ['7', '0'], out: null },
        { in: [null, '2'], out: null },
        { in: ['2', null], out: null },
        { in: ['-9223372036854775808', '-1'], fails: true },
      ],
    },
    { types: [int8, int32], result: int64, rows: [{ in: ['-128', '-1'], out: '128' }] },
  ],
})

const modType = (args: readonly ArgInfo[]): LogicalType | string => {
  const integers = args.every((a) => a.type.kind !== 'decimal')
  return integers ? int64 : commonType(args)
}

const isOtherConstant = (y: ArgInfo | undefined): boolean =>
  typeof y?.constant === 'string' && y.constant !== '-1'

const modPrinter =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const [x, y] = coercedArgs(args, call, call.type, dialect)
    const remainder = `(${x} % nullif(${y}, 0))`
    // DuckDB fails for the smallest int64 by -1, because the quotient is none.
    if (dialect !== 'duckdb' || call.type.kind !== 'int64' || isOtherConstant(call.args[1])) return remainder
    return `(CASE WHEN ${y} = -1 THEN ${x} * 0 ELSE ${remainder} END)`
  }

/** The remainder of truncated division. */
export const mod = defineFunction({
  name: 'mod',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The remainder of the division truncated toward zero: it has the sign of x. Integers give int64, decimals their common decimal; NULL where y is zero.',
  params: [
    { name: 'x', accepts: exactKinds },
    { name: 'y', accepts: exactKinds },
  ],
  returns: 'number',
  type: modType,
  nulls: 'always',
  print: { duckdb: modPrinter('duckdb'), postgres: modPrinter('postgres'), spark: modPrinter('spark') },
  edges: [
    {
      types: [int64, int64],
      result: int64,
      rows: [
        { in: ['7', '3'], out: '1' },
        { in: ['-7', '3'], out: '-1' },
        { in: ['7', '-3'], out: '1' },
        { in: ['6', '3'], out: '0' },
        { in: ['7', '0'], out: null },
        { in: [null, '3'], out: null },
        { in: ['-9223372036854775808', '-1'], out: '0' },
        { in: ['7', '-1'], out: '0' },
        { in: [null, '-1'], out: null },
      ],
    },
    {
      types: [decimal(5, 2), int32],
      result: decimal(12, 2),
      rows: [
        { in: ['5.50', '2'], out: '1.50' },
        { in: ['-5.50', '2'], out: '-1.50' },
        { in: ['5.50', '0'], out: null },
      ],
    },
  ],
})

function bits<const N extends string>(
  name: N,
  word: string,
  operator: Readonly<Record<Dialect, Printer>>,
  of: (a: bigint, b: bigint) => bigint,
) {
  const inputs: readonly (readonly [string, string])[] = [
    ['12', '10'],
    ['0', '255'],
    ['-1', '255'],
    ['-1', '0'],
    ['9223372036854775807', '1'],
    ['-9223372036854775808', '-1'],
  ]
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'number',
    meaning: `The bitwise ${word} of two integers, as int64 in two's complement.`,
    params: [
      { name: 'x', accepts: integerKinds },
      { name: 'y', accepts: integerKinds },
    ],
    returns: 'int64',
    type: () => int64,
    nulls: 'strict',
    print: operator,
    edges: [
      {
        types: [int64, int64],
        result: int64,
        rows: [
          ...inputs.map(([a, b]) => ({ in: [a, b], out: String(of(BigInt(a), BigInt(b))) })),
          { in: [null, '1'], out: null },
          { in: ['1', null], out: null },
        ],
      },
    ],
  })
}

const infix = (operator: string): Readonly<Record<Dialect, Printer>> => ({
  duckdb: inInt64((x, y) => `(${x} ${operator} ${y})`, 'duckdb'),
  postgres: inInt64((x, y) => `(${x} ${operator} ${y})`, 'postgres'),
  spark: inInt64((x, y) => `(${x} ${operator} ${y})`, 'spark'),
})

/** Bitwise and. */
export const bitAnd = bits('bit_and', 'and', infix('&'), (a, b) => a & b)
/** Bitwise or. */
export const bitOr = bits('bit_or', 'or', infix('|'), (a, b) => a | b)
/** Bitwise exclusive or. */
export const bitXor = bits(
  'bit_xor',
  'exclusive or',
  {
    duckdb: inInt64((x, y) => `xor(${x}, ${y})`, 'duckdb'),
    postgres: inInt64((x, y) => `(${x} # ${y})`, 'postgres'),
    spark: inInt64((x, y) => `(${x} ^ ${y})`, 'spark'),
  },
  (a, b) => a ^ b,
)

/** The functions of whole numbers in the number family. */
export const integerFunctions = {
  idiv,
  mod,
  bitAnd,
  bitOr,
  bitXor,
} as const satisfies Record<string, FunctionDefinition>
