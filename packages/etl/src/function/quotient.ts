import { decimal, float64, int32, int64 } from '../plan/type.ts'
import { coerced } from './coerce.ts'
import { type ArgInfo, defineFunction, type Dialect, numberKinds, type Printer } from './contract.ts'

const infinity: Readonly<Record<Exclude<Dialect, 'duckdb'>, string>> = {
  postgres: `CAST('Infinity' AS DOUBLE PRECISION)`,
  spark: `CAST('Infinity' AS DOUBLE)`,
}

const operands = (args: readonly string[], own: readonly ArgInfo[], dialect: Dialect): readonly string[] =>
  args.map((sql, i) => coerced(sql, own[i]?.type ?? float64, float64, dialect))

/** Where the database refuses to divide by zero, x times infinity is the quotient. */
const guarded =
  (dialect: Exclude<Dialect, 'duckdb'>): Printer =>
  (args, call) => {
    const [x = '', y = ''] = operands(args, call.args, dialect)
    return `(CASE WHEN ${y} = 0 THEN ${x} * ${infinity[dialect]} ELSE ${x} / ${y} END)`
  }

// Which zeros are negative is each engine's own: rounding -0.4 gives both.
const native: Printer = (args, call) => {
  const [x = '', y = ''] = operands(args, call.args, 'duckdb')
  return call.args[1]?.type.kind === 'float64'
    ? `(${x} / CASE WHEN ${y} = 0 THEN 0 ELSE ${y} END)`
    : `(${x} / ${y})`
}

/** `x / y` of IEEE 754. */
export const ieeeDiv = defineFunction({
  name: 'ieee_div',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The quotient x / y of IEEE 754, always as float64: a number divided by zero is an infinity of its sign, whatever the sign of the zero; zero by zero is NaN. It is what / means in DuckDB, but for negative zeros; `div` gives NULL for a zero divisor. Only promised while the quotient stays within the range of float64.',
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'y', accepts: numberKinds },
  ],
  returns: 'float64',
  type: () => float64,
  nulls: 'strict',
  print: { duckdb: native, postgres: guarded('postgres'), spark: guarded('spark') },
  edges: [
    {
      types: [int64, int64],
      result: float64,
      rows: [
        { in: ['7', '2'], out: '3.5' },
        { in: ['1', '3'], out: '0.3333333333333333' },
        { in: ['1', '0'], out: 'Infinity' },
        { in: ['-1', '0'], out: '-Infinity' },
        { in: ['0', '0'], out: 'NaN' },
        { in: ['0', '5'], out: '0' },
        { in: [null, '0'], out: null },
        { in: ['1', null], out: null },
      ],
    },
    {
      types: [decimal(10, 2), int32],
      result: float64,
      rows: [
        { in: ['0.30', '3'], out: '0.1' },
        { in: ['0.30', '0'], out: 'Infinity' },
      ],
    },
    {
      types: [float64, float64],
      result: float64,
      rows: [
        { in: ['1.5', '-0'], out: 'Infinity' },
        { in: ['-1.5', '-0'], out: '-Infinity' },
        { in: ['NaN', '0'], out: 'NaN' },
        { in: ['Infinity', '0'], out: 'Infinity' },
        { in: ['1', 'Infinity'], out: '0' },
      ],
    },
  ],
})

/** Quotients of the number family whose divisor may be zero. */
export const quotientFunctions = { ieeeDiv } as const
