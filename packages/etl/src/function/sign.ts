import { decimal, float64, int16, int32, int64, type LogicalType } from '../plan/type.ts'
import { coerced } from './coerce.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  type EdgeRow,
  type FunctionDefinition,
  numberKinds,
  type Printer,
} from './contract.ts'
import { sqlType } from './dialect.ts'

const toInt64OrOwn = ([x]: readonly ArgInfo[]): LogicalType | string => {
  if (x === undefined) return 'a number is needed'
  return x.type.kind === 'decimal' || x.type.kind === 'float64' ? x.type : int64
}

const wrapped =
  (open: string, dialect: Dialect): Printer =>
  ([x], call) => {
    const inner = `${open}(${coerced(x ?? '', call.args[0]?.type ?? call.type, call.type, dialect)})`
    return call.type.kind === 'decimal' ? `CAST(${inner} AS ${sqlType(call.type, dialect)})` : `(${inner})`
  }

/** Spark 4 rounds what `-` and `abs` give of a decimal to 34 digits; its subtraction is exact. */
const exactOnSpark =
  (print: (x: string) => string, otherwise: Printer): Printer =>
  (args, call) =>
    call.type.kind === 'decimal'
      ? `CAST(${print(args[0] ?? '')} AS ${sqlType(call.type, 'spark')})`
      : otherwise(args, call)

const longest = '12345678901234567890123456789012345678'

const signedRows = (of: (x: number) => number): readonly EdgeRow[] =>
  ['1.5', '-1.5', '0.0', '-99.9'].map((x) => ({ in: [x], out: (of(Number(x)) + 0).toFixed(1) }))

/** `-x`. */
export const negate = defineFunction({
  name: 'negate',
  kind: 'scalar',
  family: 'number',
  meaning: 'The number with the other sign. Integers give int64; fails for the smallest int64.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'number',
  type: toInt64OrOwn,
  nulls: 'strict',
  print: {
    duckdb: wrapped('-', 'duckdb'),
    postgres: wrapped('-', 'postgres'),
    spark: exactOnSpark((x) => `0 - ${x}`, wrapped('-', 'spark')),
  },
  edges: [
    {
      types: [int64],
      result: int64,
      rows: [
        { in: ['5'], out: '-5' },
        { in: ['-9223372036854775807'], out: '9223372036854775807' },
        { in: ['-9223372036854775808'], fails: true },
        { in: [null], out: null },
      ],
    },
    { types: [int16], result: int64, rows: [{ in: ['-32768'], out: '32768' }] },
    { types: [decimal(3, 1)], result: decimal(3, 1), rows: signedRows((x) => -x) },
    {
      types: [decimal(38, 0)],
      result: decimal(38, 0),
      rows: [
        { in: [longest], out: `-${longest}` },
        { in: [`-${longest}`], out: longest },
        { in: [null], out: null },
      ],
    },
    {
      types: [float64],
      result: float64,
      rows: [
        { in: ['-Infinity'], out: 'Infinity' },
        { in: ['NaN'], out: 'NaN' },
      ],
    },
  ],
})

/** `|x|`. */
export const abs = defineFunction({
  name: 'abs',
  kind: 'scalar',
  family: 'number',
  meaning: 'The number without its sign. Integers give int64; fails for the smallest int64.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'number',
  type: toInt64OrOwn,
  nulls: 'strict',
  print: {
    duckdb: wrapped('abs', 'duckdb'),
    postgres: wrapped('abs', 'postgres'),
    spark: exactOnSpark((x) => `greatest(${x}, 0 - ${x})`, wrapped('abs', 'spark')),
  },
  edges: [
    {
      types: [int64],
      result: int64,
      rows: [
        { in: ['5'], out: '5' },
        { in: ['-5'], out: '5' },
        { in: ['-9223372036854775808'], fails: true },
        { in: [null], out: null },
      ],
    },
    { types: [int16], result: int64, rows: [{ in: ['-32768'], out: '32768' }] },
    { types: [decimal(3, 1)], result: decimal(3, 1), rows: signedRows(Math.abs) },
    {
      types: [decimal(38, 0)],
      result: decimal(38, 0),
      rows: [
        { in: [longest], out: longest },
        { in: [`-${longest}`], out: longest },
        { in: [null], out: null },
      ],
    },
    { types: [float64], result: float64, rows: [{ in: ['-Infinity'], out: 'Infinity' }] },
  ],
})

const signOf: Printer = ([x]) => `(CASE WHEN ${x} > 0 THEN 1 WHEN ${x} < 0 THEN -1 WHEN ${x} = 0 THEN 0 END)`

/** The sign of a number. */
export const sign = defineFunction({
  name: 'sign',
  kind: 'scalar',
  family: 'number',
  meaning: '1 for numbers above zero (NaN too, the largest), 0 for zero, -1 for numbers below, as int32.',
  params: [{ name: 'x', accepts: numberKinds }],
  returns: 'int32',
  type: () => int32,
  nulls: 'strict',
  print: { duckdb: signOf, postgres: signOf, spark: signOf },
  edges: [
    {
      types: [int64],
      result: int32,
      rows: [
        { in: ['-9'], out: '-1' },
        { in: ['0'], out: '0' },
        { in: ['9'], out: '1' },
        { in: [null], out: null },
      ],
    },
    {
      types: [decimal(3, 2)],
      result: int32,
      rows: [
        { in: ['0.01'], out: '1' },
        { in: ['-0.01'], out: '-1' },
      ],
    },
    {
      types: [float64],
      result: int32,
      rows: [
        { in: ['-0'], out: '0' },
        { in: ['-Infinity'], out: '-1' },
        { in: ['NaN'], out: '1' },
      ],
    },
  ],
})

/** The functions of a number's sign in the number family. */
export const signFunctions = { negate, abs, sign } as const satisfies Record<string, FunctionDefinition>
