import { bool, date, decimal, float64, int32, int64, text, timestamp, uint64 } from '../plan/type.ts'
import { boolOfCommon, coercedArgs, commonType } from './coerce.ts'
import {
  comparableKinds,
  defineFunction,
  type Dialect,
  type EdgeGroup,
  type EdgeRow,
  type FunctionDefinition,
  type PrintedCall,
  type Printer,
} from './contract.ts'
import { nullTestFunctions } from './null-test.ts'

/** Prints arguments in their common type. Text compares by code point, which PostgreSQL must be told. */
function comparands(args: readonly string[], call: PrintedCall, dialect: Dialect): readonly string[] {
  const common = commonType(call.args)
  if (typeof common === 'string') return args
  const typed = coercedArgs(args, call, common, dialect)
  return common.kind === 'text' && dialect === 'postgres' ? typed.map((a) => `(${a} COLLATE "C")`) : typed
}

const infix =
  (operator: string, dialect: Dialect): Printer =>
  (args, call) =>
    `(${comparands(args, call, dialect).join(` ${operator} `)})`

type Sign = -1 | 0 | 1

/** Pairs of every comparable kind with the sign of their comparison; NULL rows have none. */
const pairs: readonly (Omit<EdgeGroup, 'rows' | 'result'> & {
  readonly rows: readonly (readonly [EdgeRow['in'], Sign | null])[]
})[] = [
  {
    types: [int64, int64],
    rows: [
      [['1', '2'], -1],
      [['2', '2'], 0],
      [['-1', '-2'], 1],
      [[null, '1'], null],
      [['1', null], null],
      [[null, null], null],
    ],
  },
  {
    types: [uint64, int64],
    rows: [
      [['18446744073709551615', '-1'], 1],
      [['0', '0'], 0],
      [['9223372036854775808', '9223372036854775807'], 1],
    ],
  },
  {
    types: [decimal(18, 3), int32],
    rows: [
      [['2.000', '2'], 0],
      [['1.999', '2'], -1],
    ],
  },
  {
    types: [float64, float64],
    rows: [
      [['NaN', 'NaN'], 0],
      [['NaN', 'Infinity'], 1],
      [['-0', '0'], 0],
      [['-Infinity', '1'], -1],
    ],
  },
  {
    types: [text, text],
    rows: [
      [['a', 'B'], 1],
      [['a', 'a '], -1],
      [['z', 'é'], -1],
      [['', 'a'], -1],
      [['\u{1F600}', '\uFFFD'], 1],
    ],
  },
  { types: [bool, bool], rows: [[[false, true], -1]] },
  { types: [date, date], rows: [[['2024-02-29', '2024-03-01'], -1]] },
  {
    types: [timestamp, timestamp],
    rows: [[['2024-01-01T00:00:00.000001', '2024-01-01T00:00:00.000000'], 1]],
  },
  { types: [{ kind: 'bytes' }, { kind: 'bytes' }], rows: [[['00ff', '01'], -1]] },
  {
    types: [{ kind: 'uuid' }, { kind: 'uuid' }],
    rows: [[['ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000'], 1]],
  },
]

const edges = (holds: (sign: Sign) => boolean): readonly EdgeGroup[] =>
  pairs.map((group) => ({
    types: group.types,
    result: bool,
    rows: group.rows.map(([row, sign]) => ({ in: row, out: sign === null ? null : holds(sign) })),
  }))

function comparison<const N extends string>(
  name: N,
  operator: string,
  meaning: string,
  holds: (sign: Sign) => boolean,
) {
  return defineFunction({
    name,
    kind: 'scalar',
    family: 'compare',
    meaning: `${meaning} Numbers compare by value, exact ones exactly; text by code point; NaN equals itself and is the largest float64. NULL if either is NULL.`,
    params: [
      { name: 'x', accepts: comparableKinds },
      { name: 'y', accepts: comparableKinds },
    ],
    returns: 'bool',
    type: boolOfCommon,
    nulls: 'strict',
    print: {
      duckdb: infix(operator, 'duckdb'),
      postgres: infix(operator, 'postgres'),
      spark: infix(operator, 'spark'),
    },
    edges: edges(holds),
  })
}

/** `x = y`. */
export const eq = comparison('eq', '=', 'Whether x equals y.', (s) => s === 0)
/** `x <> y`. */
export const ne = comparison('ne', '<>', 'Whether x differs from y.', (s) => s !== 0)
/** `x < y`. */
export const lt = comparison('lt', '<', 'Whether x is less than y.', (s) => s < 0)
/** `x <= y`. */
export const le = comparison('le', '<=', 'Whether x is less than or equal to y.', (s) => s <= 0)
/** `x > y`. */
export const gt = comparison('gt', '>', 'Whether x is greater than y.', (s) => s > 0)
/** `x >= y`. */
export const ge = comparison('ge', '>=', 'Whether x is greater than or equal to y.', (s) => s >= 0)

const betweenPrinter =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const [x, low, high] = comparands(args, call, dialect)
    return `(${x} BETWEEN ${low} AND ${high})`
  }

/** `low <= x and x <= high`. */
export const between = defineFunction({
  name: 'between',
  kind: 'scalar',
  family: 'compare',
  meaning:
    'Whether x lies in [low, high], both included: low <= x and x <= high in three-valued logic. Compares as `le` does.',
  params: [
    { name: 'x', accepts: comparableKinds },
    { name: 'low', accepts: comparableKinds },
    { name: 'high', accepts: comparableKinds },
  ],
  returns: 'bool',
  type: boolOfCommon,
  nulls: 'strict',
  print: {
    duckdb: betweenPrinter('duckdb'),
    postgres: betweenPrinter('postgres'),
    spark: betweenPrinter('spark'),
  },
  edges: [
    {
      types: [int64, int64, int64],
      result: bool,
      rows: [
        { in: ['2', '1', '3'], out: true },
        { in: ['1', '1', '3'], out: true },
        { in: ['3', '1', '3'], out: true },
        { in: ['4', '1', '3'], out: false },
        { in: ['2', '3', '1'], out: false },
        { in: [null, '1', '3'], out: null },
        { in: ['2', null, '3'], out: null },
        { in: ['4', null, '3'], out: false },
      ],
    },
    { types: [text, text, text], result: bool, rows: [{ in: ['b', 'B', 'a'], out: false }] },
    { types: [decimal(5, 2), int32, int32], result: bool, rows: [{ in: ['2.01', '1', '2'], out: false }] },
  ],
})

const inPrinter =
  (dialect: Dialect): Printer =>
  (args, call) => {
    const [x, ...items] = comparands(args, call, dialect)
    return `(${x} IN (${items.join(', ')}))`
  }

/** `x IN (…)`. */
export const inList = defineFunction({
  name: 'in_list',
  kind: 'scalar',
  family: 'compare',
  meaning:
    'Whether x equals one of the items. NULL if x is NULL, or if it equals none and an item is NULL. Compares as `eq` does.',
  params: [
    { name: 'x', accepts: comparableKinds },
    { name: 'items', accepts: comparableKinds, variadic: true },
  ],
  returns: 'bool',
  type: boolOfCommon,
  nulls: 'strict',
  print: { duckdb: inPrinter('duckdb'), postgres: inPrinter('postgres'), spark: inPrinter('spark') },
  edges: [
    {
      types: [int64, int64, int64],
      result: bool,
      rows: [
        { in: ['1', '1', '2'], out: true },
        { in: ['2', '1', '2'], out: true },
        { in: ['3', '1', '2'], out: false },
        { in: [null, '1', '2'], out: null },
        { in: ['3', '1', null], out: null },
        { in: ['1', '1', null], out: true },
      ],
    },
    {
      types: [text, text],
      result: bool,
      rows: [
        { in: ['EU', 'EU'], out: true },
        { in: ['eu', 'EU'], out: false },
        { in: ['EU ', 'EU'], out: false },
      ],
    },
    { types: [decimal(5, 2), int32], result: bool, rows: [{ in: ['2.00', '2'], out: true }] },
  ],
})

/** The compare family of the catalogue. */
export const compareFunctions = {
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  between,
  inList,
  ...nullTestFunctions,
} as const satisfies Record<string, FunctionDefinition>
