import { decimal, int32, int64, type LogicalType } from '../plan/type.ts'
import { constantInt, decimalShape, declaredDecimal } from './constant.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  exactKinds,
  type FunctionDefinition,
  integerKinds,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'
import { sparkDivision, sparkFromMinorUnits, sparkProduct, sparkToMinorUnits } from './money-spark.ts'
import { exactShape } from './numeric-type.ts'

const shapeParams = [
  { name: 'precision', accepts: integerKinds, constant: true },
  { name: 'scale', accepts: integerKinds, constant: true },
] as const

const zeros = (count: number): string => `1${'0'.repeat(count)}`

/** Prints an exact number times ten to its scale: a whole number, HUGEINT on DuckDB. */
function unscaled(sql: string, type: LogicalType, dialect: Exclude<Dialect, 'spark'>): string {
  const { precision, scale } = exactShape(type)
  if (dialect === 'postgres') return scale === 0 ? `CAST(${sql} AS NUMERIC)` : `(${sql} * ${zeros(scale)})`
  if (scale === 0) return `CAST(${sql} AS HUGEINT)`
  if (precision + scale <= 38) {
    return `CAST(CAST(${sql} AS DECIMAL(${precision + scale},${scale})) * CAST(${zeros(scale)} AS DECIMAL(${scale + 1},0)) AS HUGEINT)`
  }
  // A fraction of twenty digits times ten to the twentieth would need forty.
  if (scale > 19) return `CAST(replace(CAST(${sql} AS VARCHAR), '.', '') AS HUGEINT)`
  const fraction = `CAST(${sql} - trunc(${sql}) AS DECIMAL(38,${scale}))`
  const below = `CAST(${fraction} * CAST(${zeros(scale)} AS DECIMAL(${scale + 1},0)) AS HUGEINT)`
  return `(CAST(trunc(${sql}) AS HUGEINT) * CAST(${zeros(scale)} AS HUGEINT) + ${below})`
}

/** Prints the quotient of two whole numbers, rounded half away from zero. */
function roundedQuotient(n: string, d: string, dialect: Exclude<Dialect, 'spark'>): string {
  const divide = (a: string, b: string): string =>
    dialect === 'duckdb' ? `(${a} // ${b})` : `div(${a}, ${b})`
  const magnitude = divide(`(2 * abs(${n}) + abs(${d}))`, `(2 * abs(${d}))`)
  return `(${magnitude} * CASE WHEN (${n} < 0) <> (${d} < 0) THEN -1 ELSE 1 END)`
}

/** Prints that a number lies strictly between -10^digits and 10^digits. */
const within = (sql: string, digits: number): string => `abs(${sql}) < CAST(${zeros(digits)} AS BIGINT)`

/**
 * Prints a computation for DuckDB twice: in 64 bits for numbers that are small enough, which is some fifteen times as
 * fast, and in 128 bits for the others. `digits` are the digits before the point for which 64 bits suffice.
 */
function bySize(
  numbers: readonly { readonly sql: string; readonly digits: number }[],
  small: string,
  large: string,
): string {
  if (numbers.some(({ digits }) => digits < 3)) return large
  return `CASE WHEN ${numbers.map(({ sql, digits }) => within(sql, digits)).join(' AND ')} THEN ${small} ELSE ${large} END`
}

/** Prints a number of at most 18 - 2 * scale digits before the point times ten to its scale, as BIGINT. */
function smallUnscaled(sql: string, scale: number): string {
  if (scale === 0) return `CAST(${sql} AS BIGINT)`
  return `CAST(CAST(${sql} AS DECIMAL(18,${scale})) * CAST(${zeros(scale)} AS DECIMAL(${scale + 1},0)) AS BIGINT)`
}

/** Prints a whole number divided by ten to `scale`, as the result type; fails when it has too many digits. */
function rescaled(whole: string, type: LogicalType, dialect: Exclude<Dialect, 'spark'>): string {
  const { scale } = decimalShape(type)
  if (scale === 0) return `CAST(${whole} AS ${sqlType(type, dialect)})`
  if (dialect === 'postgres')
    return `CAST(${whole} * CAST('0.${'1'.padStart(scale, '0')}' AS NUMERIC) AS ${sqlType(type, dialect)})`
  const unit = `CAST('0.${'1'.padStart(scale, '0')}' AS DECIMAL(${scale},${scale}))`
  return `CAST(CAST(${whole} AS DECIMAL(38,0)) * ${unit} AS ${sqlType(type, dialect)})`
}

const decimalDivision =
  (dialect: Exclude<Dialect, 'spark'>): Printer =>
  ([x = '', y = ''], call) => {
    const [a, b] = call.args.map((arg) => arg.type)
    if (a === undefined || b === undefined) return 'NULL'
    const [sx, sy] = [exactShape(a).scale, exactShape(b).scale]
    // x / y = n / d * 10^(sy - sx), and the quotient is wanted in units of 10^-scale.
    const shift = decimalShape(call.type).scale + sy - sx
    const times = (sql: string, power: number, type: string): string =>
      power <= 0 ? sql : `(${sql} * CAST(${zeros(power)} AS ${type}))`
    const wide = dialect === 'duckdb' ? 'HUGEINT' : 'NUMERIC'
    const n = times(unscaled(x, a, dialect), shift, wide)
    const d = times(unscaled(y, b, dialect), -shift, wide)
    const large = rescaled(roundedQuotient(n, d, dialect), call.type, dialect)
    if (dialect === 'postgres') return `(CASE WHEN ${y} <> 0 THEN ${large} END)`
    const quotient = roundedQuotient(
      times(smallUnscaled(x, sx), shift, 'BIGINT'),
      times(smallUnscaled(y, sy), -shift, 'BIGINT'),
      dialect,
    )
    const sized = [
      { sql: x, digits: 18 - sx - Math.max(sx, shift) },
      { sql: y, digits: 18 - sy - Math.max(sy, -shift) },
    ]
    return `(CASE WHEN ${y} <> 0 THEN ${bySize(sized, rescaled(quotient, call.type, dialect), large)} END)`
  }

const divisionType = (args: readonly ArgInfo[]): LogicalType | string => {
  const type = declaredDecimal(args[2], args[3])
  const [a, b] = args
  if (typeof type === 'string' || a === undefined || b === undefined) return type
  const shift = decimalShape(type).scale + exactShape(b.type).scale - exactShape(a.type).scale
  return Math.abs(shift) <= 36 ? type : 'decdiv: the scales lie too far apart'
}

/** Exact division to a declared decimal. */
export const decdiv = defineFunction({
  name: 'decdiv',
  kind: 'scalar',
  family: 'money',
  meaning:
    'The quotient x / y of exact numbers as decimal(precision, scale), computed exactly and rounded once, halves away from zero; NULL where y is zero. Fails when the result needs more digits than the precision, or an intermediate whole number more than 38 digits.',
  params: [{ name: 'x', accepts: exactKinds }, { name: 'y', accepts: exactKinds }, ...shapeParams],
  returns: 'decimal',
  type: divisionType,
  nulls: 'always',
  print: {
    duckdb: decimalDivision('duckdb'),
    postgres: decimalDivision('postgres'),
    spark: sparkDivision,
  },
  edges: [
    {
      types: [decimal(18, 2), int64, int32, int32],
      result: decimal(18, 2),
      rows: [
        { in: ['10.00', '3', '18', '2'], out: '3.33' },
        { in: ['20.00', '3', '18', '2'], out: '6.67' },
        { in: ['-20.00', '3', '18', '2'], out: '-6.67' },
        { in: ['0.01', '2', '18', '2'], out: '0.01' },
        { in: ['-0.01', '2', '18', '2'], out: '-0.01' },
        { in: ['0.01', '-2', '18', '2'], out: '-0.01' },
        { in: ['0.01', '3', '18', '2'], out: '0.00' },
        { in: ['9999999999999999.99', '1', '18', '2'], out: '9999999999999999.99' },
        { in: ['1.00', '0', '18', '2'], out: null },
        { in: [null, '1', '18', '2'], out: null },
        { in: ['1.00', null, '18', '2'], out: null },
      ],
    },
    {
      types: [decimal(38, 2), decimal(10, 4), int32, int32],
      result: decimal(20, 6),
      rows: [
        { in: ['1.00', '3.0000', '20', '6'], out: '0.333333' },
        { in: ['123456789012.34', '0.0001', '20', '6'], fails: true },
      ],
    },
    {
      types: [int64, int64, int32, int32],
      result: decimal(5, 0),
      rows: [
        { in: ['5', '2', '5', '0'], out: '3' },
        { in: ['1000000', '1', '5', '0'], fails: true },
      ],
    },
    {
      types: [decimal(12, 6), decimal(4, 0), int32, int32],
      result: decimal(12, 2),
      rows: [{ in: ['1.125000', '5', '12', '2'], out: '0.23' }],
    },
    {
      types: [decimal(38, 0), decimal(38, 0), int32, int32],
      result: decimal(38, 0),
      rows: [
        {
          in: ['12345678901234567890123456789012345678', '3', '38', '0'],
          out: '4115226300411522630041152263004115226',
        },
        {
          in: ['-12345678901234567890123456789012345679', '2', '38', '0'],
          out: '-6172839450617283945061728394506172840',
        },
        {
          in: ['12345678901234567890123456789012345678', '1234567890123456789', '38', '0'],
          out: '10000000000000000000',
        },
        {
          in: ['12345678901234567890123456789012345678', '-98765432109876543210987654', '38', '0'],
          out: '-124999998861',
        },
      ],
    },
    {
      // The quotient lies closer below a half than one more rounding could tell: 1 / 2 - 1 / (2 * 1999999999999999999).
      types: [decimal(19, 0), decimal(19, 0), int32, int32],
      result: decimal(19, 0),
      rows: [
        { in: ['999999999999999999', '1999999999999999999', '19', '0'], out: '0' },
        { in: ['1000000000000000000', '1999999999999999999', '19', '0'], out: '1' },
      ],
    },
  ],
})

function largeProduct(
  x: string,
  y: string,
  [a, b]: readonly [LogicalType, LogicalType],
  type: LogicalType,
): string {
  const [p, q] = [exactShape(a), exactShape(b)]
  const digits = p.scale + q.scale
  const width = p.precision + q.precision
  if (width <= 38) {
    const wide = `CAST(${x} AS DECIMAL(${width},${p.scale})) * CAST(${y} AS DECIMAL(${q.precision},${q.scale}))`
    return `CAST(${wide} AS ${sqlType(type, 'duckdb')})`
  }
  const n = `(${unscaled(x, a, 'duckdb')} * ${unscaled(y, b, 'duckdb')})`
  const drop = digits - decimalShape(type).scale
  const unit = `CAST(${zeros(Math.abs(drop))} AS HUGEINT)`
  return rescaled(drop <= 0 ? `(${n} * ${unit})` : roundedQuotient(n, unit, 'duckdb'), type, 'duckdb')
}

const duckdbProduct: Printer = ([x = '', y = ''], call) => {
  const [a, b] = call.args.map((arg) => arg.type)
  if (a === undefined || b === undefined) return 'NULL'
  const large = largeProduct(x, y, [a, b], call.type)
  const [sx, sy] = [exactShape(a).scale, exactShape(b).scale]
  if (sx + sy > 15) return large
  const asSmall = (sql: string, scale: number): string => `CAST(${sql} AS DECIMAL(18,${scale}))`
  const small = `CAST(${asSmall(x, sx)} * ${asSmall(y, sy)} AS ${sqlType(call.type, 'duckdb')})`
  const fits = `abs(CAST(${x} AS DOUBLE) * CAST(${y} AS DOUBLE)) < ${9 * 10 ** (17 - sx - sy)}`
  const each = [within(x, 18 - sx), within(y, 18 - sy)].join(' AND ')
  return `(CASE WHEN ${fits} AND ${each} THEN ${small} ELSE ${large} END)`
}

const postgresProduct: Printer = ([x, y], { type }) =>
  `CAST(round(CAST(${x} AS NUMERIC) * CAST(${y} AS NUMERIC), ${decimalShape(type).scale}) AS ${sqlType(type, 'postgres')})`

/** Exact product rounded to a declared decimal. */
export const decmul = defineFunction({
  name: 'decmul',
  kind: 'scalar',
  family: 'money',
  meaning:
    'The product of exact numbers as decimal(precision, scale), computed exactly and rounded once, halves away from zero. Fails when the result needs more digits than the precision, or the exact product more than 38 digits.',
  params: [{ name: 'x', accepts: exactKinds }, { name: 'y', accepts: exactKinds }, ...shapeParams],
  returns: 'decimal',
  type: ([, , p, s]) => declaredDecimal(p, s),
  nulls: 'strict',
  print: { duckdb: duckdbProduct, postgres: postgresProduct, spark: sparkProduct },
  edges: [
    {
      types: [decimal(18, 2), decimal(9, 6), int32, int32],
      result: decimal(18, 2),
      rows: [
        { in: ['10.05', '0.100000', '18', '2'], out: '1.01' },
        { in: ['-10.05', '0.100000', '18', '2'], out: '-1.01' },
        { in: ['10.04', '0.100000', '18', '2'], out: '1.00' },
        { in: ['0.00', '1.000000', '18', '2'], out: '0.00' },
        { in: ['9999999999999999.99', '999.000000', '18', '2'], fails: true },
        { in: [null, '1.000000', '18', '2'], out: null },
        { in: ['1.00', null, '18', '2'], out: null },
      ],
    },
    {
      types: [decimal(38, 2), decimal(18, 6), int32, int32],
      result: decimal(38, 2),
      rows: [
        { in: ['123456789012345.67', '1.500000', '38', '2'], out: '185185183518518.51' },
        { in: ['-0.01', '0.500000', '38', '2'], out: '-0.01' },
      ],
    },
    {
      types: [int64, decimal(38, 4), int32, int32],
      result: decimal(20, 6),
      rows: [{ in: ['3', '0.3333', '20', '6'], out: '0.999900' }],
    },
    {
      types: [decimal(38, 20), decimal(38, 20), int32, int32],
      result: decimal(30, 10),
      rows: [
        { in: ['0.00150000010000000000', '0.50000000000000000000', '30', '10'], out: '0.0007500001' },
        { in: ['-0.00150000010000000000', '0.50000000000000000000', '30', '10'], out: '-0.0007500001' },
      ],
    },
  ],
})

/** Whole minor units (cents) to a decimal. */
export const fromMinorUnits = defineFunction({
  name: 'from_minor_units',
  kind: 'scalar',
  family: 'money',
  meaning:
    'The amount that a whole number of minor units (cents, pence) stands for: x divided by ten to `scale`, exactly, as decimal(19 + scale, scale); scale from 0 to 18.',
  params: [{ name: 'x', accepts: integerKinds }, shapeParams[1]],
  returns: 'decimal',
  type: ([, s]) => {
    const scale = constantInt(s)
    if (scale === undefined || scale < 0 || scale > 18) return 'scale must be a constant from 0 to 18'
    return decimal(19 + scale, scale)
  },
  nulls: 'strict',
  print: {
    duckdb: ([x], { type }) => rescaled(`CAST(${x} AS BIGINT)`, type, 'duckdb'),
    postgres: ([x], { type }) => rescaled(`CAST(CAST(${x} AS BIGINT) AS NUMERIC)`, type, 'postgres'),
    spark: sparkFromMinorUnits,
  },
  edges: [
    {
      types: [int64, int32],
      result: decimal(21, 2),
      rows: [
        { in: ['1999', '2'], out: '19.99' },
        { in: ['-5', '2'], out: '-0.05' },
        { in: ['0', '2'], out: '0.00' },
        { in: ['9223372036854775807', '2'], out: '92233720368547758.07' },
        { in: ['-9223372036854775808', '2'], out: '-92233720368547758.08' },
        { in: [null, '2'], out: null },
      ],
    },
    { types: [int32, int32], result: decimal(19, 0), rows: [{ in: ['500', '0'], out: '500' }] },
    { types: [int64, int32], result: decimal(22, 3), rows: [{ in: ['1', '3'], out: '0.001' }] },
  ],
})

/** A decimal to whole minor units (cents). */
export const toMinorUnits = defineFunction({
  name: 'to_minor_units',
  kind: 'scalar',
  family: 'money',
  meaning:
    'The amount in whole minor units (cents, pence): x times ten to its own scale, exactly, as int64; fails beyond int64.',
  params: [{ name: 'x', accepts: ['decimal'] }],
  returns: 'int64',
  type: () => int64,
  nulls: 'strict',
  print: {
    duckdb: ([x], { args }) => `CAST(${unscaled(x ?? '', args[0]?.type ?? int64, 'duckdb')} AS BIGINT)`,
    postgres: ([x], { args }) => `CAST(${unscaled(x ?? '', args[0]?.type ?? int64, 'postgres')} AS BIGINT)`,
    spark: sparkToMinorUnits,
  },
  edges: [
    {
      types: [decimal(18, 2)],
      result: int64,
      rows: [
        { in: ['19.99'], out: '1999' },
        { in: ['-0.05'], out: '-5' },
        { in: ['0.00'], out: '0' },
        { in: ['9999999999999999.99'], out: '999999999999999999' },
        { in: [null], out: null },
      ],
    },
    {
      types: [decimal(38, 2)],
      result: int64,
      rows: [
        { in: ['92233720368547758.07'], out: '9223372036854775807' },
        { in: ['92233720368547758.08'], fails: true },
        { in: ['-92233720368547758.08'], out: '-9223372036854775808' },
      ],
    },
    { types: [decimal(5, 0)], result: int64, rows: [{ in: ['500'], out: '500' }] },
  ],
})

/** The money family of the catalogue. */
export const moneyFunctions = {
  decdiv,
  decmul,
  fromMinorUnits,
  toMinorUnits,
} as const satisfies Record<string, FunctionDefinition>
