import { decimal, float64, int32, int64 } from '../plan/type.ts'
import { coerced } from './coerce.ts'
import { type ArgInfo, defineFunction, type Dialect, numberKinds, type Printer } from './contract.ts'

const infinity: Readonly<Record<Exclude<Dialect, 'duckdb'>, string>> = {
  postgres: `CAST('Infinity' AS DOUBLE PRECISION)`,
  spark: `CAST('Infinity' AS DOUBLE)`,
}

/** Only a float64 knows a zero below zero; its text tells it apart. */
function signedInfinity(y: string, own: ArgInfo | undefined, dialect: Exclude<Dialect, 'duckdb'>): string {
  if (own?.type.kind !== 'float64') return infinity[dialect]
  const negative = dialect === 'spark' ? `CAST(${y} AS STRING) = '-0.0'` : `CAST(${y} AS TEXT) = '-0'`
  return `CASE WHEN ${negative} THEN -${infinity[dialect]} ELSE ${infinity[dialect]} END`
}

/** Where the database refuses to divide by zero, x times a signed infinity is the quotient. */
const guarded =
  (dialect: Exclude<Dialect, 'duckdb'>): Printer =>
  (args, call) => {
    const [x = '', y = ''] = args.map((sql, i) =>
      coerced(sql, call.args[i]?.type ?? float64, float64, dialect),
    )
    return `(CASE WHEN ${y} = 0 THEN ${x} * ${signedInfinity(y, call.args[1], dialect)} ELSE ${x} / ${y} END)`
  }

const native: Printer = (args, call) =>
  `(${args.map((sql, i) => coerced(sql, call.args[i]?.type ?? float64, float64, 'duckdb')).join(' / ')})`

/** `x / y` of IEEE 754. */
export const ieeeDiv = defineFunction({
  name: 'ieee_div',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The quotient x / y of IEEE 754, always as float64: a number divided by zero is an infinity with the sign of both, zero by zero is NaN. It is what / means in DuckDB; `div` gives NULL for a zero divisor. Only promised while the quotient stays within the range of float64.',
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
        { in: ['1.5', '-0'], out: '-Infinity' },
        { in: ['-1.5', '-0'], out: 'Infinity' },
        { in: ['NaN', '0'], out: 'NaN' },
        { in: ['Infinity', '0'], out: 'Infinity' },
        { in: ['1', 'Infinity'], out: '0' },
      ],
    },
  ],
})

/** Quotients of the number family whose divisor may be zero. */
export const quotientFunctions = { ieeeDiv } as const
