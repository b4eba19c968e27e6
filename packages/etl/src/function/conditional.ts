import { bool, date, decimal, float64, int32, int64, type LogicalType, text } from '../plan/type.ts'
import { coerced, coercedArgs, commonType } from './coerce.ts'
import {
  anyKinds,
  type ArgInfo,
  comparableKinds,
  defineFunction,
  type Dialect,
  type FunctionDefinition,
  type PrintedCall,
  type Printer,
} from './contract.ts'

const resultArg = (sql: string | undefined, index: number, call: PrintedCall, dialect: Dialect): string =>
  coerced(sql ?? 'NULL', call.args[index]?.type ?? call.type, call.type, dialect)

const ifPrinter =
  (dialect: Dialect): Printer =>
  ([condition, yes, no], call) =>
    `(CASE WHEN ${condition} THEN ${resultArg(yes, 1, call, dialect)} ELSE ${resultArg(no, 2, call, dialect)} END)`

/** `CASE WHEN condition THEN yes ELSE no END`. */
export const iff = defineFunction({
  name: 'if',
  kind: 'scalar',
  family: 'logic',
  meaning:
    'The second argument if the condition is true, else (false or NULL) the third. Both are brought to their common type.',
  params: [
    { name: 'condition', accepts: ['bool'] },
    { name: 'whenTrue', accepts: anyKinds },
    { name: 'otherwise', accepts: anyKinds },
  ],
  returns: 1,
  type: (args) => commonType(args.slice(1)),
  nulls: (args) => args.slice(1).some((a) => a.nullable),
  print: { duckdb: ifPrinter('duckdb'), postgres: ifPrinter('postgres'), spark: ifPrinter('spark') },
  edges: [
    {
      types: [bool, int64, int64],
      result: int64,
      rows: [
        { in: [true, '1', '2'], out: '1' },
        { in: [false, '1', '2'], out: '2' },
        { in: [null, '1', '2'], out: '2' },
        { in: [true, null, '2'], out: null },
        { in: [false, null, '2'], out: '2' },
      ],
    },
    {
      types: [bool, int32, decimal(10, 2)],
      result: decimal(12, 2),
      rows: [
        { in: [true, '3', '1.50'], out: '3.00' },
        { in: [false, '3', '1.50'], out: '1.50' },
      ],
    },
    { types: [bool, float64, int32], result: float64, rows: [{ in: [false, '0.5', '3'], out: '3' }] },
    { types: [bool, text, text], result: text, rows: [{ in: [true, 'a', 'b'], out: 'a' }] },
  ],
})

/** The positions of the results among the arguments of `case_when`. */
const isResult = (index: number, count: number): boolean => index % 2 === 1 || index === count - 1

const caseType = (args: readonly ArgInfo[]): LogicalType | string => {
  if (args.length < 3 || args.length % 2 === 0) {
    return 'case_when takes pairs of a condition and a result, and at the end the result for all other rows'
  }
  const wrong = args.findIndex((a, i) => !isResult(i, args.length) && a.type.kind !== 'bool')
  if (wrong >= 0)
    return `case_when: argument ${wrong + 1} must be a condition, it is ${args[wrong]?.type.kind}`
  return commonType(args.filter((_, i) => isResult(i, args.length)))
}

const casePrinter =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const arms: string[] = []
    for (let i = 0; i + 1 < args.length; i += 2) {
      arms.push(`WHEN ${args[i]} THEN ${resultArg(args[i + 1], i + 1, call, dialect)}`)
    }
    const last = args.length - 1
    return `(CASE ${arms.join(' ')} ELSE ${resultArg(args[last], last, call, dialect)} END)`
  }

/** `CASE WHEN c1 THEN r1 WHEN c2 THEN r2 … ELSE r END`. */
export const caseWhen = defineFunction({
  name: 'case_when',
  kind: 'scalar',
  family: 'logic',
  meaning:
    'Takes pairs of a condition and a result, then the result for all other rows: gives the result of the first pair whose condition is true. All results are brought to their common type.',
  params: [
    { name: 'condition', accepts: ['bool'] },
    { name: 'result', accepts: anyKinds },
    { name: 'more', accepts: anyKinds, variadic: true },
  ],
  returns: 1,
  type: caseType,
  nulls: (args) => args.some((a, i) => isResult(i, args.length) && a.nullable),
  print: { duckdb: casePrinter('duckdb'), postgres: casePrinter('postgres'), spark: casePrinter('spark') },
  edges: [
    {
      types: [bool, text, bool, text, text],
      result: text,
      rows: [
        { in: [true, 'a', true, 'b', 'c'], out: 'a' },
        { in: [false, 'a', true, 'b', 'c'], out: 'b' },
        { in: [null, 'a', true, 'b', 'c'], out: 'b' },
        { in: [false, 'a', null, 'b', 'c'], out: 'c' },
        { in: [true, null, true, 'b', 'c'], out: null },
        { in: [false, 'a', false, 'b', null], out: null },
      ],
    },
    {
      types: [bool, int32, decimal(5, 1)],
      result: decimal(11, 1),
      rows: [
        { in: [true, '7', '0.5'], out: '7.0' },
        { in: [false, '7', '0.5'], out: '0.5' },
      ],
    },
  ],
})

const calledWithCommon =
  (name: string, dialect: Dialect): Printer =>
  (args, call) =>
    `${name}(${coercedArgs(args, call, call.type, dialect).join(', ')})`

/** The first value that is not NULL. */
export const coalesce = defineFunction({
  name: 'coalesce',
  kind: 'scalar',
  family: 'logic',
  meaning: 'The first argument that is not NULL, in the common type of all; NULL if all are.',
  params: [{ name: 'values', accepts: anyKinds, variadic: true }],
  returns: 0,
  type: commonType,
  nulls: (args) => args.every((a) => a.nullable),
  print: {
    duckdb: calledWithCommon('coalesce', 'duckdb'),
    postgres: calledWithCommon('coalesce', 'postgres'),
    spark: calledWithCommon('coalesce', 'spark'),
  },
  edges: [
    {
      types: [int32, int64],
      result: int64,
      rows: [
        { in: ['1', '2'], out: '1' },
        { in: [null, '2'], out: '2' },
        { in: [null, null], out: null },
        { in: ['1', null], out: '1' },
      ],
    },
    {
      types: [text, text, text],
      result: text,
      rows: [
        { in: [null, '', 'x'], out: '' },
        { in: [null, null, 'x'], out: 'x' },
      ],
    },
    {
      types: [decimal(10, 2), decimal(12, 4)],
      result: decimal(12, 4),
      rows: [
        { in: ['1.50', '2.0000'], out: '1.5000' },
        { in: [null, '2.0001'], out: '2.0001' },
      ],
    },
    { types: [date], result: date, rows: [{ in: ['2024-01-31'], out: '2024-01-31' }] },
  ],
})

const nullIfPrinter =
  (dialect: Dialect): Printer =>
  ([x, y], call) => {
    const common = commonType(call.args)
    const to = typeof common === 'string' ? call.type : common
    const [a, b] = coercedArgs([x ?? '', y ?? ''], call, to, dialect)
    return `(CASE WHEN ${a} = ${b} THEN NULL ELSE ${x} END)`
  }

/** `NULLIF(x, y)`. */
export const nullIf = defineFunction({
  name: 'null_if',
  kind: 'scalar',
  family: 'logic',
  meaning: 'NULL if x equals y (as `eq` compares), else x in its own type.',
  params: [
    { name: 'x', accepts: comparableKinds },
    { name: 'y', accepts: comparableKinds },
  ],
  returns: 0,
  type: (args) => {
    const common = commonType(args)
    return typeof common === 'string' ? common : (args[0]?.type ?? common)
  },
  nulls: 'always',
  print: {
    duckdb: nullIfPrinter('duckdb'),
    postgres: nullIfPrinter('postgres'),
    spark: nullIfPrinter('spark'),
  },
  edges: [
    {
      types: [text, text],
      result: text,
      rows: [
        { in: ['', ''], out: null },
        { in: ['a', ''], out: 'a' },
        { in: ['A', 'a'], out: 'A' },
        { in: [null, 'a'], out: null },
        { in: ['a', null], out: 'a' },
      ],
    },
    {
      types: [decimal(5, 2), int32],
      result: decimal(5, 2),
      rows: [
        { in: ['0.00', '0'], out: null },
        { in: ['0.01', '0'], out: '0.01' },
      ],
    },
    { types: [float64, float64], result: float64, rows: [{ in: ['NaN', 'NaN'], out: null }] },
  ],
})

const extreme =
  (name: string, dialect: Dialect): Printer =>
  (args, call) => {
    const typed = coercedArgs(args, call, call.type, dialect)
    const collate = dialect === 'postgres' && call.type.kind === 'text'
    if (dialect === 'spark' && typed.length === 1) return typed[0] ?? 'NULL'
    return `${name}(${typed.map((a) => (collate ? `${a} COLLATE "C"` : a)).join(', ')})`
  }

function extremeOf<const N extends 'greatest' | 'least'>(name: N, word: string) {
  const of = (low: string, high: string): string => (name === 'least' ? low : high)
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'logic',
    meaning: `The ${word} of the arguments, NULLs ignored; NULL if all are NULL. Compares as \`lt\` does.`,
    params: [{ name: 'values', accepts: comparableKinds, variadic: true }],
    returns: 0,
    type: commonType,
    nulls: (args) => args.every((a) => a.nullable),
    print: {
      duckdb: extreme(name, 'duckdb'),
      postgres: extreme(name, 'postgres'),
      spark: extreme(name, 'spark'),
    },
    edges: [
      {
        types: [int64, int64],
        result: int64,
        rows: [
          { in: ['1', '2'], out: of('1', '2') },
          { in: ['2', '1'], out: of('1', '2') },
          { in: [null, '5'], out: '5' },
          { in: ['5', null], out: '5' },
          { in: [null, null], out: null },
        ],
      },
      { types: [text, text], result: text, rows: [{ in: ['a', 'B'], out: of('B', 'a') }] },
      {
        types: [decimal(5, 2), int32, decimal(4, 3)],
        result: decimal(13, 3),
        rows: [{ in: ['1.50', '1', '1.501'], out: of('1.000', '1.501') }],
      },
      { types: [float64, float64], result: float64, rows: [{ in: ['NaN', '1'], out: of('1', 'NaN') }] },
      {
        types: [date, date],
        result: date,
        rows: [{ in: ['2024-01-31', '2023-12-31'], out: of('2023-12-31', '2024-01-31') }],
      },
    ],
  })
}

/** The largest argument. */
export const greatest = extremeOf('greatest', 'largest')
/** The smallest argument. */
export const least = extremeOf('least', 'smallest')

/** The conditional functions of the logic family. */
export const conditionalFunctions = {
  if: iff,
  caseWhen,
  coalesce,
  nullIf,
  greatest,
  least,
} as const satisfies Record<string, FunctionDefinition>
