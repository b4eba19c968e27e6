import { decimal, float64, int32, int64, type LogicalType } from '../plan/type.ts'
import { constantInt } from './constant.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  type EdgeRow,
  exactKinds,
  type FunctionDefinition,
  integerKinds,
  numberKinds,
  type PrintedCall,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'

const maxFloatScale = 15

/** The scale a rounding call asks for; 0 when it names none. */
const scaleOf = (args: readonly ArgInfo[]): number =>
  args[1] === undefined ? 0 : (constantInt(args[1]) ?? 0)

/** One digit more before the point, because rounding may carry. */
function roundedDecimal(type: LogicalType, scale: number): LogicalType {
  const x = exactShape(type)
  if (scale >= x.scale) return type
  return decimal(Math.min(38, x.precision - x.scale + scale + 1), scale)
}

const roundedType = (args: readonly ArgInfo[]): LogicalType | string => {
  const [x, s] = args
  if (x === undefined) return 'a number is needed'
  const scale = s === undefined ? 0 : constantInt(s)
  if (scale === undefined || scale < 0 || scale > 38) return 'scale must be a constant from 0 to 38'
  if (x.type.kind === 'decimal') return roundedDecimal(x.type, scale)
  if (x.type.kind !== 'float64') return x.type
  return scale <= maxFloatScale ? float64 : `a float64 is rounded to at most ${maxFloatScale} digits`
}

const castTo = (sql: string, type: LogicalType, dialect: Dialect): string =>
  `CAST(${sql} AS ${sqlType(type, dialect)})`

// PostgreSQL rounds float64 half to even and has no scale for it; a fraction found by subtraction is exact.
function roundFloat(x: string, scale: number): string {
  const v = scale === 0 ? x : `(${x} * 1e${scale}::float8)`
  const whole = `(trunc(${v}) + CASE WHEN abs(${v} - trunc(${v})) >= 0.5 THEN sign(${v}) ELSE 0 END)`
  if (scale === 0) return whole
  // A product beyond the range is an error here.
  return `(CASE WHEN abs(${x}) > 1.7976931348623157e308::float8 / 1e${scale}::float8 THEN ${x} ELSE ${whole} / 1e${scale}::float8 END)`
}

// Spark rounds the decimal text of a float64, exactly so at scale 0; a scale is a multiplication, as on the others.
const sparkRoundFloat = (x: string, scale: number): string =>
  scale === 0
    ? `round(${x}, 0)`
    : `(CASE WHEN abs(${x} * 1e${scale}D) = double('Infinity') THEN ${x} ELSE round(${x} * 1e${scale}D, 0) / 1e${scale}D END)`

const roundPrinter =
  (dialect: Dialect): Printer =>
  ([x], call) => {
    const own = call.args[0]?.type ?? call.type
    const scale = scaleOf(call.args)
    if (own.kind === 'float64') {
      if (dialect === 'duckdb') return `round(${x}, ${scale})`
      return (dialect === 'spark' ? sparkRoundFloat : roundFloat)(x ?? '', scale)
    }
    if (own.kind !== 'decimal' || scale >= own.scale) return x ?? ''
    return castTo(`round(${x}, ${scale})`, call.type, dialect)
  }

const scaleParam = { name: 'scale', accepts: integerKinds, constant: true, optional: true } as const

const halves: readonly EdgeRow[] = [
  { in: ['2.5'], out: '3' },
  { in: ['-2.5'], out: '-3' },
  { in: ['3.5'], out: '4' },
  { in: ['2.4'], out: '2' },
  { in: ['-0.4'], out: '0' },
  { in: ['-0.5'], out: '-1' },
  { in: [null], out: null },
]

/** Rounds half away from zero. */
export const round = defineFunction({
  name: 'round',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The number rounded to `scale` digits after the point (default 0), halves away from zero. A decimal gives a decimal of that scale, an integer itself; a float64 is multiplied by the power of ten, rounded and divided again (the number itself where the product is beyond the range), scale at most 15.',
  params: [{ name: 'x', accepts: numberKinds }, scaleParam],
  returns: 0,
  type: roundedType,
  nulls: 'strict',
  print: { duckdb: roundPrinter('duckdb'), postgres: roundPrinter('postgres'), spark: roundPrinter('spark') },
  edges: [
    { types: [decimal(3, 1)], result: decimal(3, 0), rows: halves },
    {
      types: [float64],
      result: float64,
      rows: [
        ...halves,
        { in: ['0.49999999999999994'], out: '0' },
        { in: ['NaN'], out: 'NaN' },
        { in: ['-Infinity'], out: '-Infinity' },
      ],
    },
    {
      types: [decimal(10, 3), int32],
      result: decimal(10, 2),
      rows: [
        { in: ['1.005', '2'], out: '1.01' },
        { in: ['-1.005', '2'], out: '-1.01' },
        { in: ['9999999.999', '2'], out: '10000000.00' },
      ],
    },
    { types: [decimal(10, 3), int32], result: decimal(10, 3), rows: [{ in: ['1.005', '5'], out: '1.005' }] },
    {
      types: [float64, int32],
      result: float64,
      rows: [
        { in: ['2.345678', '2'], out: '2.35' },
        { in: ['-1.25', '1'], out: '-1.3' },
        { in: ['1e308', '2'], out: '1e308' },
        { in: ['-Infinity', '2'], out: '-Infinity' },
      ],
    },
    { types: [int64], result: int64, rows: [{ in: ['-7'], out: '-7' }] },
  ],
})

const halfEven =
  (dialect: Dialect): Printer =>
  ([x], call) => {
    const own = call.args[0]?.type ?? call.type
    const scale = scaleOf(call.args)
    if (own.kind !== 'decimal' || scale >= own.scale) return x ?? ''
    const up = castTo(`round(${x}, ${scale})`, call.type, dialect)
    const wide = decimal(Math.min(38, own.precision + 2), own.scale)
    const excess = `abs(${castTo(up, wide, dialect)} - ${castTo(x ?? '', wide, dialect)})`
    const unit = castTo(`'${scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`}'`, call.type, dialect)
    const half = castTo(`'0.${'5'.padStart(scale + 1, '0')}'`, decimal(own.scale + 1, own.scale), dialect)
    const odd = `${up} % ${castTo(`'${scale === 0 ? '2' : `0.${'2'.padStart(scale, '0')}`}'`, decimal(scale + 1, scale), dialect)} <> 0`
    const step = `CASE WHEN ${x} < 0 THEN -${unit} ELSE ${unit} END`
    return castTo(
      `(CASE WHEN ${excess} = ${half} AND ${odd} THEN ${up} - ${step} ELSE ${up} END)`,
      call.type,
      dialect,
    )
  }

const sparkHalfEven: Printer = ([x], call) => {
  const own = call.args[0]?.type ?? call.type
  const scale = scaleOf(call.args)
  if (own.kind !== 'decimal' || scale >= own.scale) return x ?? ''
  return castTo(`bround(${x}, ${scale})`, call.type, 'spark')
}

/** Rounds half to even (banker's rounding). */
export const roundHalfEven = defineFunction({
  name: 'round_half_even',
  kind: 'scalar',
  family: 'number',
  meaning:
    'The exact number rounded to `scale` digits after the point (default 0), halves to the even neighbour. A decimal gives a decimal of that scale, an integer itself.',
  params: [{ name: 'x', accepts: exactKinds }, scaleParam],
  returns: 0,
  type: roundedType,
  nulls: 'strict',
  print: { duckdb: halfEven('duckdb'), postgres: halfEven('postgres'), spark: sparkHalfEven },
  edges: [
    {
      types: [decimal(3, 1)],
      result: decimal(3, 0),
      rows: [
        { in: ['0.5'], out: '0' },
        { in: ['1.5'], out: '2' },
        { in: ['2.5'], out: '2' },
        { in: ['-0.5'], out: '0' },
        { in: ['-1.5'], out: '-2' },
        { in: ['-2.5'], out: '-2' },
        { in: ['2.6'], out: '3' },
        { in: [null], out: null },
      ],
    },
    {
      types: [decimal(10, 3), int32],
      result: decimal(10, 2),
      rows: [
        { in: ['1.005', '2'], out: '1.00' },
        { in: ['1.015', '2'], out: '1.02' },
        { in: ['-1.025', '2'], out: '-1.02' },
        { in: ['1.026', '2'], out: '1.03' },
        { in: ['9999999.995', '2'], out: '10000000.00' },
      ],
    },
    { types: [int64], result: int64, rows: [{ in: ['5'], out: '5' }] },
  ],
})

const wholeType = ([x]: readonly ArgInfo[]): LogicalType | string =>
  x === undefined ? 'a number is needed' : x.type.kind === 'decimal' ? roundedDecimal(x.type, 0) : x.type

const wholePrinter =
  (name: string, dialect: Dialect): Printer =>
  ([x], call: PrintedCall) => {
    const own = call.args[0]?.type.kind
    if (own === 'float64') return `${name}(${x})`
    return own === 'decimal' ? castTo(`${name}(${x})`, call.type, dialect) : (x ?? '')
  }

// Spark gives whole float64 as BIGINT and has no trunc of numbers; from 2^52 on every float64 is whole.
const sparkWhole =
  (name: string): Printer =>
  ([x], call: PrintedCall) => {
    const own = call.args[0]?.type.kind
    const cut = name === 'trunc' ? `CASE WHEN ${x} < 0 THEN ceil(${x}) ELSE floor(${x}) END` : `${name}(${x})`
    if (own === 'float64')
      return `(CASE WHEN abs(${x}) < 4503599627370496D THEN CAST(${cut} AS DOUBLE) ELSE ${x} END)`
    return own === 'decimal' ? castTo(cut, call.type, 'spark') : (x ?? '')
  }

function whole<const N extends string>(name: N, meaning: string, of: (x: number) => number) {
  const shown = (x: string): string => String(of(Number(x)) + 0)
  const fractions = ['1.5', '-1.5', '0.1', '-0.1', '2.0', '-99.9']
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'number',
    meaning: `${meaning} A decimal gives a decimal without fraction digits, an integer itself, a float64 a float64.`,
    params: [{ name: 'x', accepts: numberKinds }],
    returns: 0,
    type: wholeType,
    nulls: 'strict',
    print: {
      duckdb: wholePrinter(name, 'duckdb'),
      postgres: wholePrinter(name, 'postgres'),
      spark: sparkWhole(name),
    },
    edges: [
      {
        types: [decimal(3, 1)],
        result: decimal(3, 0),
        rows: [...fractions.map((x) => ({ in: [x], out: shown(x) })), { in: [null], out: null }],
      },
      {
        types: [float64],
        result: float64,
        rows: [...fractions.map((x) => ({ in: [x], out: shown(x) })), { in: ['NaN'], out: 'NaN' }],
      },
      {
        types: [int64],
        result: int64,
        rows: [{ in: ['-9223372036854775808'], out: '-9223372036854775808' }],
      },
    ],
  })
}

/** The next whole number down. */
export const floor = whole('floor', 'The largest whole number not above x.', Math.floor)
/** The next whole number up. */
export const ceil = whole('ceil', 'The smallest whole number not below x.', Math.ceil)
/** The whole part. */
export const trunc = whole('trunc', 'The number without its fraction.', Math.trunc)

/** The roundings of the number family. */
export const roundingFunctions = {
  round,
  roundHalfEven,
  floor,
  ceil,
  trunc,
} as const satisfies Record<string, FunctionDefinition>
