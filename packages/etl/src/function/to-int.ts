import { bool, decimal, float64, int64, type LogicalType, typeName } from '../plan/type.ts'
import { constantText } from './constant.ts'
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

type IntKind = 'int8' | 'int16' | 'int32' | 'int64' | 'uint64'

const needsMode = (type: LogicalType): boolean =>
  type.kind === 'float64' || (type.kind === 'decimal' && type.scale > 0)

const modeOf = (args: readonly ArgInfo[]): string | undefined => constantText(args[1])

/** Prints a number without its fraction. */
function wholePart(x: string, call: PrintedCall, dialect: Dialect): string {
  const own = call.args[0]?.type ?? call.type
  if (own.kind === 'bool') return `(CASE WHEN ${x} THEN 1 WHEN NOT ${x} THEN 0 END)`
  if (!needsMode(own)) return x
  if (modeOf(call.args) === 'trunc') return `trunc(${x})`
  // PostgreSQL rounds float64 half to even.
  if (own.kind === 'float64' && dialect === 'postgres') {
    return `(trunc(${x}) + CASE WHEN abs(${x} - trunc(${x})) >= 0.5 THEN sign(${x}) ELSE 0 END)`
  }
  return `round(${x})`
}

// Spark has no trunc of numbers; its casts to integers truncate. Its cast of a float64 to a decimal goes by the shortest
// text, so a number beyond int64 is cut in two exact parts.
function sparkWhole(x: string, call: PrintedCall, toDecimal: boolean): string {
  const own = call.args[0]?.type ?? call.type
  if (own.kind === 'bool' || !needsMode(own)) return wholePart(x, call, 'spark')
  const whole = modeOf(call.args) === 'trunc' ? x : `round(${x}, 0)`
  if (own.kind === 'decimal') return modeOf(call.args) === 'trunc' ? truncated(x) : whole
  if (!toDecimal) return whole
  const half = '9223372036854775808'
  const above = `CAST(CAST(${whole} - ${half}D AS BIGINT) AS DECIMAL(20,0)) + CAST('${half}' AS DECIMAL(20,0))`
  return `(CASE WHEN ${whole} < ${half}D THEN CAST(CAST(${whole} AS BIGINT) AS DECIMAL(20,0)) ELSE ${above} END)`
}

const truncated = (x: string): string => `(CASE WHEN ${x} < 0 THEN ceil(${x}) ELSE floor(${x}) END)`

// PostgreSQL's column types hold more than int8 and uint64 do; a text that is no number makes a cast fail with a reason.
function bounded(whole: string, min: string, max: string, sql: string, dialect: Dialect): string {
  const [text, number] = [sqlType({ kind: 'text' }, dialect), dialect === 'spark' ? 'DECIMAL' : 'NUMERIC']
  const failing = `CAST(CAST(CAST(${whole} AS ${text}) || ' is out of range' AS ${number}) AS ${sql})`
  return `(CASE WHEN ${whole} BETWEEN ${min} AND ${max} THEN CAST(${whole} AS ${sql}) ELSE ${failing} END)`
}

function printer(type: LogicalType, min: string, max: string, dialect: Dialect): Printer {
  return ([x], call) => {
    const sql = sqlType(type, dialect)
    const stored = type.kind === 'uint64' || (type.kind === 'int8' && dialect === 'postgres')
    const narrow = dialect !== 'duckdb' && stored
    const whole = dialect === 'spark' ? sparkWhole(x ?? '', call, narrow) : wholePart(x ?? '', call, dialect)
    return narrow ? bounded(whole, min, max, sql, dialect) : `CAST(${whole} AS ${sql})`
  }
}

function edges(
  type: LogicalType,
  min: string,
  max: string,
  below: string,
  above: string,
): readonly EdgeGroup[] {
  const wide = decimal(25, 0)
  const text: LogicalType = { kind: 'text' }
  return [
    {
      types: [wide],
      result: type,
      rows: [
        { in: ['7'], out: '7' },
        { in: [min], out: min },
        { in: [max], out: max },
        { in: [below], fails: true },
        { in: [above], fails: true },
        { in: [null], out: null },
      ],
    },
    { types: [int64], result: type, rows: [{ in: ['100'], out: '100' }] },
    {
      types: [bool],
      result: type,
      rows: [
        { in: [true], out: '1' },
        { in: [false], out: '0' },
        { in: [null], out: null },
      ],
    },
    {
      types: [decimal(5, 2), text],
      result: type,
      rows: [
        { in: ['2.50', 'half_up'], out: '3' },
        { in: ['19.99', 'half_up'], out: '20' },
        { in: ['19.99', 'trunc'], out: '19' },
        { in: ['-0.49', 'half_up'], out: '0' },
        { in: ['-0.99', 'trunc'], out: '0' },
      ],
    },
    {
      types: [float64, text],
      result: type,
      rows: [
        { in: ['2.5', 'half_up'], out: '3' },
        { in: ['3.5', 'half_up'], out: '4' },
        { in: ['2.7', 'trunc'], out: '2' },
        { in: ['1e30', 'trunc'], fails: true },
        { in: ['-1e30', 'half_up'], fails: true },
        { in: ['NaN', 'half_up'], fails: true },
        { in: ['Infinity', 'trunc'], fails: true },
      ],
    },
  ]
}

function toInteger<const N extends string, const K extends IntKind>(
  name: N,
  kind: K,
  [min, max]: readonly [string, string],
  [below, above]: readonly [string, string],
) {
  const type: LogicalType = { kind }
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'cast',
    meaning: `The number as ${kind}; true is 1, false 0. A number with a fraction must say how it loses it: 'half_up' (halves away from zero) or 'trunc' (toward zero). Fails outside ${min} to ${max}, for NaN and for the infinities. For text use \`parse_${kind}\`.`,
    params: [
      { name: 'x', accepts: [...numberKinds, 'bool'] },
      { name: 'rounding', accepts: ['text'], constant: true, optional: true },
    ],
    returns: kind,
    type: (args) => {
      const [x, mode] = args
      if (mode !== undefined && !['half_up', 'trunc'].includes(modeOf(args) ?? '')) {
        return `${name}: rounding is 'half_up' or 'trunc'`
      }
      if (x !== undefined && mode === undefined && needsMode(x.type)) {
        return `${name}: a ${typeName(x.type)} has a fraction; say 'half_up' or 'trunc'`
      }
      return type
    },
    nulls: 'strict',
    print: {
      duckdb: printer(type, min, max, 'duckdb'),
      postgres: printer(type, min, max, 'postgres'),
      spark: printer(type, min, max, 'spark'),
    },
    edges: edges(type, min, max, below, above),
  })
}

/** To int8. */
export const toInt8 = toInteger('to_int8', 'int8', ['-128', '127'], ['-129', '128'])
/** To int16. */
export const toInt16 = toInteger('to_int16', 'int16', ['-32768', '32767'], ['-32769', '32768'])
/** To int32. */
export const toInt32 = toInteger(
  'to_int32',
  'int32',
  ['-2147483648', '2147483647'],
  ['-2147483649', '2147483648'],
)
/** To int64. */
export const toInt64 = toInteger(
  'to_int64',
  'int64',
  ['-9223372036854775808', '9223372036854775807'],
  ['-9223372036854775809', '9223372036854775808'],
)
/** To uint64. */
export const toUint64 = toInteger(
  'to_uint64',
  'uint64',
  ['0', '18446744073709551615'],
  ['-1', '18446744073709551616'],
)

/** The casts to integers. */
export const toIntFunctions = {
  toInt8,
  toInt16,
  toInt32,
  toInt64,
  toUint64,
} as const satisfies Record<string, FunctionDefinition>
