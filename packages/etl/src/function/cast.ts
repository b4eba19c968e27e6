import { bool, decimal, float64, int16, int32, int64, type LogicalType, text, uint64 } from '../plan/type.ts'
import { constantInt, decimalShape, declaredDecimal } from './constant.ts'
import {
  defineFunction,
  type Dialect,
  exactKinds,
  type FunctionDefinition,
  integerKinds,
  numberKinds,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'
import { toIntFunctions } from './to-int.ts'

const castPrinter =
  (dialect: Dialect): Printer =>
  ([x], { type }) =>
    `CAST(${x} AS ${sqlType(type, dialect)})`

// Before Java 19 the text of a float64 may have a digit too many. A text of at most 15 digits has not; else the shortest
// format that reads back is looked for. A text that is no number makes the cast fail, where Spark's own cast of a NaN is NULL.
function sparkShortest(x: string): string {
  const shown = `CAST(${x} AS STRING)`
  const arms = [14, 15, 16].map((digits) => {
    const tried = `format_string('%.${digits}e', ${x})`
    return `WHEN TRY_CAST(${tried} AS DOUBLE) = ${x} THEN ${tried}`
  })
  return `CASE WHEN length(${shown}) < 17 THEN ${shown} ${arms.join(' ')} ELSE ${shown} END`
}

// DuckDB rounds a text with an exponent by its first digit, however small the number is: 7e-9 would be 0.01.
function duckdbShortest(x: string, type: LogicalType): string {
  const { scale } = decimalShape(type)
  const to = sqlType(type, 'duckdb')
  return `CASE WHEN abs(${x}) < 5e-${scale + 1} THEN CAST(0 AS ${to}) ELSE CAST(CAST(${x} AS VARCHAR) AS ${to}) END`
}

// A float64 goes through its shortest text, which both databases print alike up to the spelling; casting it directly
// would round its binary value on one and its 15-digit text on the other. PostgreSQL's NUMERIC would even hold a NaN.
const toDecimalPrinter =
  (dialect: Dialect): Printer =>
  ([x], { args, type }) => {
    const to = sqlType(type, dialect)
    if (args[0]?.type.kind !== 'float64') return `CAST(${x} AS ${to})`
    if (dialect === 'spark') return `CAST(${sparkShortest(x ?? '')} AS ${to})`
    if (dialect === 'duckdb') return duckdbShortest(x ?? '', type)
    const shown = `CAST(${x} AS TEXT)`
    return `CAST(CAST(CASE WHEN ${x} - ${x} = 0 THEN ${shown} ELSE ${shown} || ' is no decimal' END AS NUMERIC) AS ${to})`
  }

/** To decimal. */
export const toDecimal = defineFunction({
  name: 'to_decimal',
  kind: 'scalar',
  family: 'cast',
  meaning:
    'The number as decimal(precision, scale), rounded half away from zero; fails when it needs more digits than the precision, for NaN and for the infinities. A float64 counts as the shortest decimal that reads back as itself. For text use `parse_decimal`.',
  params: [
    { name: 'x', accepts: numberKinds },
    { name: 'precision', accepts: integerKinds, constant: true },
    { name: 'scale', accepts: integerKinds, constant: true },
  ],
  returns: 'decimal',
  type: ([, p, s]) => declaredDecimal(p, s),
  nulls: 'strict',
  print: {
    duckdb: toDecimalPrinter('duckdb'),
    postgres: toDecimalPrinter('postgres'),
    spark: toDecimalPrinter('spark'),
  },
  edges: [
    {
      types: [decimal(10, 3), int32, int32],
      result: decimal(6, 2),
      rows: [
        { in: ['12.345', '6', '2'], out: '12.35' },
        { in: ['-12.345', '6', '2'], out: '-12.35' },
        { in: ['12.344', '6', '2'], out: '12.34' },
        { in: ['9999.994', '6', '2'], out: '9999.99' },
        { in: ['9999.995', '6', '2'], fails: true },
        { in: [null, '6', '2'], out: null },
      ],
    },
    {
      types: [int64, int32, int32],
      result: decimal(6, 2),
      rows: [
        { in: ['12', '6', '2'], out: '12.00' },
        { in: ['10000', '6', '2'], fails: true },
      ],
    },
    {
      types: [float64, int32, int32],
      result: decimal(12, 2),
      rows: [
        { in: ['0.285', '12', '2'], out: '0.29' },
        { in: ['-0.285', '12', '2'], out: '-0.29' },
        { in: ['1e-7', '12', '2'], out: '0.00' },
        { in: ['7e-9', '12', '2'], out: '0.00' },
        { in: ['-9.5e-300', '12', '2'], out: '0.00' },
        { in: ['0.004999999999999999', '12', '2'], out: '0.00' },
        { in: ['0.005', '12', '2'], out: '0.01' },
        { in: ['-0.005', '12', '2'], out: '-0.01' },
        { in: ['1.5e9', '12', '2'], out: '1500000000.00' },
        { in: ['1e20', '12', '2'], fails: true },
        { in: [null, '12', '2'], out: null },
        { in: ['NaN', '12', '2'], fails: true },
        { in: ['Infinity', '12', '2'], fails: true },
      ],
    },
    {
      // Texts that Java 17 writes with a digit too many.
      types: [float64, int32, int32],
      result: decimal(38, 2),
      rows: [
        { in: ['2.6796264530124e18', '38', '2'], out: '2679626453012400000.00' },
        { in: ['-8.0173131521170e17', '38', '2'], out: '-801731315211700000.00' },
        { in: ['1.2345678901234e21', '38', '2'], out: '1234567890123400000000.00' },
        { in: ['1730116027323137500', '38', '2'], out: '1730116027323137500.00' },
        { in: ['123456789.123', '38', '2'], out: '123456789.12' },
      ],
    },
  ],
})

/** To float64. */
export const toFloat64 = defineFunction({
  name: 'to_float64',
  kind: 'scalar',
  family: 'cast',
  meaning: 'The number as the nearest float64, to a relative 1e-9. For text use `parse_float64`.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'float64',
  type: () => float64,
  nulls: 'strict',
  print: { duckdb: castPrinter('duckdb'), postgres: castPrinter('postgres'), spark: castPrinter('spark') },
  edges: [
    {
      types: [decimal(38, 2)],
      result: float64,
      rows: [
        { in: ['0.10'], out: '0.1' },
        { in: ['-1234567890123456789012345678.25'], out: '-1.2345678901234568e+27' },
        { in: [null], out: null },
      ],
    },
    {
      types: [int64],
      result: float64,
      rows: [
        { in: ['9223372036854775807'], out: '9223372036854775807' },
        { in: ['-3'], out: '-3' },
      ],
    },
    {
      types: [uint64],
      result: float64,
      rows: [{ in: ['18446744073709551615'], out: '18446744073709551615' }],
    },
    { types: [int16], result: float64, rows: [{ in: ['0'], out: '0' }] },
    { types: [float64], result: float64, rows: [{ in: ['NaN'], out: 'NaN' }] },
  ],
})

const isNotZero: Printer = ([x]) => `(${x} <> 0)`

/** To bool. */
export const toBool = defineFunction({
  name: 'to_bool',
  kind: 'scalar',
  family: 'cast',
  meaning: 'False for 0, true for every other integer. For text use `parse_bool`.',
  params: [{ name: 'x', accepts: integerKinds }],
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: { duckdb: isNotZero, postgres: isNotZero, spark: isNotZero },
  edges: [
    {
      types: [int64],
      result: bool,
      rows: ['0', '1', '-1', '2', '9223372036854775807', null].map((x) => ({
        in: [x],
        out: x === null ? null : x !== '0',
      })),
    },
    {
      types: [uint64],
      result: bool,
      rows: [
        { in: ['0'], out: false },
        { in: ['18446744073709551615'], out: true },
      ],
    },
  ],
})

const formatPrinter =
  (dialect: Dialect): Printer =>
  ([x], { args }) => {
    const shape = exactShape(args[0]?.type ?? int64)
    const scale = constantInt(args[1]) ?? 0
    const to = decimal(Math.min(38, shape.precision - shape.scale + scale + 1), scale)
    return `CAST(CAST(${x} AS ${sqlType(to, dialect)}) AS ${sqlType(text, dialect)})`
  }

/** Formats an exact number with a fixed number of digits after the point. */
export const formatNumber = defineFunction({
  name: 'format_number',
  kind: 'scalar',
  family: 'cast',
  meaning:
    'The exact number as text with exactly `scale` digits after the point (0 to 18), rounded half away from zero, no group separators, no plus sign. Round a float64 by `to_decimal` first.',
  params: [
    { name: 'x', accepts: exactKinds },
    { name: 'scale', accepts: integerKinds, constant: true },
  ],
  returns: 'text',
  type: ([, s]) => {
    const scale = constantInt(s)
    return scale === undefined || scale < 0 || scale > 18 ? 'scale must be a constant from 0 to 18' : text
  },
  nulls: 'strict',
  print: {
    duckdb: formatPrinter('duckdb'),
    postgres: formatPrinter('postgres'),
    spark: formatPrinter('spark'),
  },
  edges: [
    {
      types: [decimal(10, 3), int32],
      result: text,
      rows: [
        { in: ['12.345', '2'], out: '12.35' },
        { in: ['-12.345', '2'], out: '-12.35' },
        { in: ['0.005', '2'], out: '0.01' },
        { in: ['9999999.999', '2'], out: '10000000.00' },
        { in: ['0.500', '0'], out: '1' },
        { in: ['1.500', '5'], out: '1.50000' },
        { in: [null, '2'], out: null },
      ],
    },
    {
      types: [int64, int32],
      result: text,
      rows: [
        { in: ['7', '2'], out: '7.00' },
        { in: ['-7', '0'], out: '-7' },
      ],
    },
  ],
})

/** The cast family of the catalogue. */
export const castFunctions = {
  ...toIntFunctions,
  toDecimal,
  toFloat64,
  toBool,
  formatNumber,
} as const satisfies Record<string, FunctionDefinition>
