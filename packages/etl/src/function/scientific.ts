import { bool, decimal, float64, int32, int64 } from '../plan/type.ts'
import { coerced } from './coerce.ts'
import {
  defineFunction,
  type Dialect,
  type FunctionDefinition,
  numberKinds,
  type Printer,
} from './contract.ts'

/** Prints a function of float64 that is NULL outside its domain. */
const inDomain =
  (name: string, domain: (x: string) => string | undefined, dialect: Dialect): Printer =>
  ([x], call) => {
    const v = coerced(x ?? '', call.args[0]?.type ?? float64, float64, dialect)
    const condition = domain(v)
    return condition === undefined ? `${name}(${v})` : `(CASE WHEN ${condition} THEN ${name}(${v}) END)`
  }

interface Scientific<N extends string> {
  readonly name: N
  readonly meaning: string
  readonly call: Readonly<Record<Dialect, string>>
  readonly domain: (x: string) => string | undefined
  readonly rows: readonly (readonly [string | null, string | null])[]
}

function scientific<const N extends string>(spec: Scientific<N>) {
  return defineFunction({
    name: spec.name,
    kind: 'scalar',
    family: 'number',
    meaning: `${spec.meaning} In float64, to a relative 1e-9.`,
    params: [{ name: 'x', accepts: numberKinds }],
    returns: 'float64',
    type: () => float64,
    nulls: 'always',
    print: {
      duckdb: inDomain(spec.call.duckdb, spec.domain, 'duckdb'),
      postgres: inDomain(spec.call.postgres, spec.domain, 'postgres'),
      spark: inDomain(spec.call.spark, spec.domain, 'spark'),
    },
    edges: [
      { types: [float64], result: float64, rows: spec.rows.map(([x, out]) => ({ in: [x], out })) },
      {
        types: [decimal(5, 2)],
        result: float64,
        rows: spec.rows
          .filter(([x]) => x !== null && /^-?[0-9]+$/.test(x))
          .map(([x, out]) => ({ in: [`${x}.00`], out })),
      },
    ],
  })
}

/** The square root. */
export const sqrt = scientific({
  name: 'sqrt',
  meaning: 'The square root; NULL for numbers below zero.',
  call: { duckdb: 'sqrt', postgres: 'sqrt', spark: 'sqrt' },
  domain: (x) => `${x} >= 0`,
  rows: [
    ['4', '2'],
    ['2', '1.4142135623730951'],
    ['0', '0'],
    ['-1', null],
    ['Infinity', 'Infinity'],
    ['NaN', 'NaN'],
    [null, null],
  ],
})

const expPrinter =
  (dialect: Dialect): Printer =>
  ([x], call) => {
    const v = coerced(x ?? '', call.args[0]?.type ?? float64, float64, dialect)
    const nan = coerced("'NaN'", { kind: 'text' }, float64, dialect)
    return `(CASE WHEN ${v} < -708 THEN 0 WHEN ${v} <= 709.782712893384 THEN exp(${v}) WHEN ${v} = ${nan} THEN ${nan} END)`
  }

/** The exponential function. */
export const exp = defineFunction({
  name: 'exp',
  kind: 'scalar',
  family: 'number',
  meaning:
    'e to the power x, in float64, to a relative 1e-9; 0 for x below -708, NULL where the power is too large for a float64.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'float64',
  type: () => float64,
  nulls: 'always',
  print: { duckdb: expPrinter('duckdb'), postgres: expPrinter('postgres'), spark: expPrinter('spark') },
  edges: [
    {
      types: [float64],
      result: float64,
      rows: [
        { in: ['0'], out: '1' },
        { in: ['1'], out: '2.718281828459045' },
        { in: ['-1'], out: '0.36787944117144233' },
        { in: ['709'], out: '8.218407461554972e+307' },
        { in: ['710'], out: null },
        { in: ['-1000'], out: '0' },
        { in: ['Infinity'], out: null },
        { in: ['-Infinity'], out: '0' },
        { in: ['NaN'], out: 'NaN' },
        { in: [null], out: null },
      ],
    },
    { types: [int64], result: float64, rows: [{ in: ['2'], out: '7.38905609893065' }] },
  ],
})

/** The natural logarithm. */
export const ln = scientific({
  name: 'ln',
  meaning: 'The natural logarithm; NULL for zero and below.',
  call: { duckdb: 'ln', postgres: 'ln', spark: 'ln' },
  domain: (x) => `${x} > 0`,
  rows: [
    ['1', '0'],
    ['2', '0.6931471805599453'],
    ['10', '2.302585092994046'],
    ['0', null],
    ['-1', null],
    ['Infinity', 'Infinity'],
    ['NaN', 'NaN'],
    [null, null],
  ],
})

/** The logarithm to base ten. */
export const log10 = scientific({
  name: 'log10',
  meaning: 'The logarithm to base ten; NULL for zero and below.',
  call: { duckdb: 'log10', postgres: 'log', spark: 'log10' },
  domain: (x) => `${x} > 0`,
  rows: [
    ['1', '0'],
    ['100', '2'],
    ['2', '0.3010299956639812'],
    ['0', null],
    ['-1', null],
    ['0.001', '-3'],
    ['NaN', 'NaN'],
    [null, null],
  ],
})

const powerPrinter =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const [x, y] = args.map((sql, i) => coerced(sql, call.args[i]?.type ?? float64, float64, dialect))
    return `(CASE WHEN ${x} = 0 AND ${y} < 0 THEN NULL WHEN ${x} < 0 AND ${y} <> floor(${y}) THEN NULL ELSE power(${x}, ${y}) END)`
  }

// Java's power of one is NaN for NaN and the infinities, where C and IEEE 754 say one; Spark's floor is a BIGINT, and from
// 2^52 on every float64 is whole.
const sparkPower: Printer = (args, call) => {
  const [x, y] = args.map((sql, i) => coerced(sql, call.args[i]?.type ?? float64, float64, 'spark'))
  const [infinity, nan] = [`CAST('Infinity' AS DOUBLE)`, `CAST('NaN' AS DOUBLE)`]
  const arms = [
    `WHEN ${x} = 0 AND ${y} < 0 THEN NULL`,
    `WHEN ${x} < 0 AND abs(${y}) < 4503599627370496D AND ${y} <> floor(${y}) THEN NULL`,
    `WHEN ${x} = 1 AND ${y} = ${nan} OR abs(${x}) = 1 AND abs(${y}) = ${infinity} THEN 1D`,
  ]
  return `(CASE ${arms.join(' ')} ELSE power(${x}, ${y}) END)`
}

/** `x` to the power `y`. */
export const power = defineFunction({
  name: 'power',
  kind: 'scalar',
  family: 'number',
  meaning:
    'x to the power y in float64, to a relative 1e-9; NULL for zero to a negative power and for a negative number to a fraction. Only promised while the result stays within the range of float64.',
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'y', accepts: numberKinds },
  ],
  returns: 'float64',
  type: () => float64,
  nulls: 'always',
  print: { duckdb: powerPrinter('duckdb'), postgres: powerPrinter('postgres'), spark: sparkPower },
  edges: [
    {
      types: [float64, float64],
      result: float64,
      rows: [
        { in: ['2', '10'], out: '1024' },
        { in: ['2', '-1'], out: '0.5' },
        { in: ['2', '0.5'], out: '1.4142135623730951' },
        { in: ['-2', '3'], out: '-8' },
        { in: ['0', '0'], out: '1' },
        { in: ['0', '-1'], out: null },
        { in: ['-8', '0.5'], out: null },
        { in: [null, '2'], out: null },
        { in: ['2', null], out: null },
        { in: ['1', null], out: null },
        { in: ['1', 'NaN'], out: '1' },
        { in: ['NaN', '0'], out: '1' },
        { in: ['-2', 'NaN'], out: 'NaN' },
        { in: ['1', '-Infinity'], out: '1' },
        { in: ['-1', 'Infinity'], out: '1' },
        { in: ['-2', 'Infinity'], out: 'Infinity' },
        { in: ['-0.5', 'Infinity'], out: '0' },
        { in: ['-1', '1e300'], out: '1' },
      ],
    },
    { types: [decimal(3, 1), int32], result: float64, rows: [{ in: ['1.5', '2'], out: '2.25' }] },
  ],
})

/** Whether a number is NaN. */
export const isNan = defineFunction({
  name: 'is_nan',
  kind: 'scalar',
  family: 'number',
  meaning: 'Whether a float64 is NaN; NULL for NULL.',
  params: [{ name: 'x', accepts: ['float64'] }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `isnan(${x})`,
    postgres: ([x]) => `(${x} = 'NaN'::float8)`,
    // Spark's isnan is false for NULL.
    spark: ([x]) => `(${x} = CAST('NaN' AS DOUBLE))`,
  },
  edges: [
    {
      types: [float64],
      result: bool,
      rows: ['NaN', '0', '-0', '1.5', 'Infinity', '-Infinity', '1e308', null].map((x) => ({
        in: [x],
        out: x === null ? null : x === 'NaN',
      })),
    },
  ],
})

/** Whether a number is neither NaN nor infinite. */
export const isFinite = defineFunction({
  name: 'is_finite',
  kind: 'scalar',
  family: 'number',
  meaning: 'Whether a float64 is neither NaN nor infinite; NULL for NULL.',
  params: [{ name: 'x', accepts: ['float64'] }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `isfinite(${x})`,
    postgres: ([x]) => `(${x} > '-Infinity'::float8 AND ${x} < 'Infinity'::float8)`,
    spark: ([x]) => `(${x} > CAST('-Infinity' AS DOUBLE) AND ${x} < CAST('Infinity' AS DOUBLE))`,
  },
  edges: [
    {
      types: [float64],
      result: bool,
      rows: ['NaN', '0', '-0', '1.5', 'Infinity', '-Infinity', '1e308', null].map((x) => ({
        in: [x],
        out: x === null ? null : Number.isFinite(Number(x)),
      })),
    },
  ],
})

/** The functions of real numbers in the number family. */
export const scientificFunctions = {
  sqrt,
  exp,
  ln,
  log10,
  power,
  isNan,
  isFinite,
} as const satisfies Record<string, FunctionDefinition>
