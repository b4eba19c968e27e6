import { decimal, float64, int32, int64, type LogicalType, sameType, text, typeName } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import { constantInt } from './constant.ts'
import {
  anyKinds,
  type ArgInfo,
  type EdgeRow,
  defineFunction,
  type FunctionDefinition,
  integerKinds,
  type Printer,
} from './contract.ts'

/** Sort keys with ties and NULLs (which stand last). */
const orders: readonly (readonly (string | null)[])[] = [
  ['1'],
  ['1', '2', '3'],
  ['1', '1', '2'],
  ['1', '2', '2', '3'],
  ['5', '5', '5'],
  ['1', null, null],
  ['1', '1', '2', '2', '3'],
  [null],
]

const peersBefore = (order: readonly (string | null)[], i: number): number => order.indexOf(order[i] ?? null)
const peersUpTo = (order: readonly (string | null)[], i: number): number =>
  order.lastIndexOf(order[i] ?? null) + 1

function ranking<const N extends string>(
  name: N,
  result: LogicalType,
  meaning: string,
  of: (order: readonly (string | null)[], i: number) => number,
  keys: readonly (readonly (string | null)[])[] = orders,
) {
  const print: Printer = (_args, { modifiers }) => aggregateCall(name, [], modifiers)
  // Spark counts rows as INT.
  const spark: Printer = (args, call) =>
    result.kind === 'int64' ? `CAST(${print(args, call)} AS BIGINT)` : print(args, call)
  return defineFunction({
    name,
    kind: 'window',
    family: 'window',
    meaning,
    params: [],
    returns: result.kind,
    type: () => result,
    nulls: 'never',
    ordered: true,
    print: { duckdb: print, postgres: print, spark },
    edges: [
      {
        types: [],
        result,
        rows: keys.map((order): EdgeRow => ({
          in: order.map(() => []),
          order,
          out: order.map((_, i) => String(of(order, i))),
        })),
      },
    ],
  })
}

const unique: readonly (readonly (string | null)[])[] = [
  ['1'],
  ['1', '2'],
  ['1', '2', '3'],
  ['1', '5', '9', null],
  ['-1', '0', '1'],
  ['1', null],
  [null],
  ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'],
]

/** Numbers rows. */
export const rowNumber = ranking(
  'row_number',
  int64,
  'The number of the row in the order of its partition, from 1. Make the order total, or equal rows are numbered by chance.',
  (_order, i) => i + 1,
  unique,
)
/** Ranks rows with gaps. */
export const rank = ranking(
  'rank',
  int64,
  'One more than the number of rows before this one in the order; equal rows share a rank, which leaves gaps.',
  (order, i) => peersBefore(order, i) + 1,
)
/** Ranks rows without gaps. */
export const denseRank = ranking(
  'dense_rank',
  int64,
  'One more than the number of different keys before this one in the order; equal rows share a rank, without gaps.',
  (order, i) => new Set(order.slice(0, i + 1)).size,
)
/** The relative rank. */
export const percentRank = ranking(
  'percent_rank',
  float64,
  'The rank less one, divided by the number of rows less one; 0 for a single row.',
  (order, i) => (order.length === 1 ? 0 : peersBefore(order, i) / (order.length - 1)),
)
/** The cumulative share. */
export const cumeDist = ranking(
  'cume_dist',
  float64,
  'The share of rows that come before this one in the order or are equal to it.',
  (order, i) => peersUpTo(order, i) / order.length,
)

const ntilePrinter: Printer = ([n], { modifiers }) =>
  `CAST(${aggregateCall('ntile', [`CAST(${n} AS INTEGER)`], modifiers)} AS BIGINT)`

/** Deals rows into buckets. */
export const ntile = defineFunction({
  name: 'ntile',
  kind: 'window',
  family: 'window',
  meaning:
    'The number, from 1, of the bucket the row falls into when the rows in their order are dealt into a constant number of buckets of equal size; the first buckets take the rows left over. Make the order total.',
  params: [{ name: 'buckets', accepts: integerKinds, constant: true }],
  returns: 'int64',
  type: ([n]) => {
    const buckets = constantInt(n)
    return buckets === undefined || buckets < 1
      ? 'ntile: the number of buckets must be a constant from 1'
      : int64
  },
  nulls: 'never',
  ordered: true,
  print: { duckdb: ntilePrinter, postgres: ntilePrinter, spark: ntilePrinter },
  edges: (['1', '2', '3', '4', '10'] as const).map((n) => ({
    types: [int32],
    constants: [n],
    result: int64,
    rows: [1, 4, 5].map((count) => ({
      in: Array.from({ length: count }, () => []),
      out: Array.from({ length: count }, (_, i) => {
        const [small, extra] = [Math.floor(count / Number(n)), count % Number(n)]
        const inLarge = extra * (small + 1)
        return String(
          i < inLarge ? Math.floor(i / (small + 1)) + 1 : extra + Math.floor((i - inLarge) / small) + 1,
        )
      }),
    })),
  })),
})

const shiftType =
  (name: string) =>
  ([x, offset, otherwise]: readonly ArgInfo[]): LogicalType | string => {
    if (x === undefined) return 'a value is needed'
    const rows = offset === undefined ? 1 : constantInt(offset)
    if (rows === undefined || rows < 0) return `${name}: the offset must be a constant from 0`
    if (otherwise !== undefined && !sameType(otherwise.type, x.type)) {
      return `${name}: the default is ${typeName(otherwise.type)}, it must be ${typeName(x.type)} like the value`
    }
    return x.type
  }

function shift<const N extends 'lag' | 'lead'>(name: N, where: string) {
  const print: Printer = ([x, offset, otherwise], { modifiers }) => {
    const args = [x, offset === undefined ? '1' : `CAST(${offset} AS INTEGER)`, otherwise]
    return aggregateCall(
      name,
      args.filter((a) => a !== undefined),
      modifiers,
    )
  }
  const shifted = (
    values: readonly (string | null)[],
    by: number,
    otherwise: string | null,
  ): (string | null)[] =>
    values.map((_, i) => {
      const at = name === 'lag' ? i - by : i + by
      return at < 0 || at >= values.length ? otherwise : (values[at] ?? null)
    })
  const rows = (
    inputs: readonly (readonly (string | null)[])[],
    by: number,
    otherwise: string | null = null,
  ) => inputs.map((values) => ({ in: values.map((v) => [v]), out: shifted(values, by, otherwise) }))
  return defineFunction({
    name,
    kind: 'window',
    family: 'window',
    meaning: `The value of x in the row that stands a constant number of rows (default 1) ${where} this one in the order, which may be NULL; where there is no such row the default, of the same type, or NULL.`,
    params: [
      { name: 'x', accepts: anyKinds },
      { name: 'offset', accepts: integerKinds, constant: true, optional: true },
      { name: 'default', accepts: anyKinds, optional: true },
    ],
    returns: 0,
    type: shiftType(name),
    nulls: 'always',
    ordered: true,
    print: { duckdb: print, postgres: print, spark: print },
    edges: [
      { types: [text], result: text, rows: rows([['a'], ['a', 'b'], ['a', null, 'c'], [null]], 1) },
      { types: [int64, int32], constants: ['2'], result: int64, rows: rows([['1', '2', '3'], ['1']], 2) },
      { types: [int64, int32], constants: ['0'], result: int64, rows: rows([['1', '2']], 0) },
      {
        types: [decimal(5, 2), int32, decimal(5, 2)],
        constants: ['1', '0.00'],
        result: decimal(5, 2),
        rows: rows(
          [
            ['1.00', '2.00'],
            [null, null],
          ],
          1,
          '0.00',
        ),
      },
    ],
  })
}

/** The value of an earlier row. */
export const lag = shift('lag', 'before')
/** The value of a later row. */
export const lead = shift('lead', 'after')

function ofFrame<const N extends 'first_value' | 'last_value'>(name: N, word: string) {
  const print: Printer = ([x], { modifiers }) => aggregateCall(name, [x ?? ''], modifiers)
  const at = (values: readonly (string | null)[], order: readonly string[], i: number): string | null =>
    (name === 'first_value' ? values[0] : values[order.lastIndexOf(order[i] ?? '')]) ?? null
  const row = (
    values: readonly (string | null)[],
    order: readonly string[] = values.map((_, i) => String(i)),
  ): EdgeRow => ({
    in: values.map((v) => [v]),
    order,
    out: values.map((_, i) => at(values, order, i)),
  })
  return defineFunction({
    name,
    kind: 'window',
    family: 'window',
    meaning: `The value of x in the ${word} row of the window's frame, which may be NULL. Without a frame that is all rows up to this one and those equal to it.`,
    params: [{ name: 'x', accepts: anyKinds }],
    returns: 0,
    type: ([x]) => x?.type ?? 'a value is needed',
    nulls: 'always',
    ordered: true,
    print: { duckdb: print, postgres: print, spark: print },
    edges: [
      {
        types: [text],
        result: text,
        rows: [
          row(['a']),
          row(['a', 'b']),
          row([null, 'b', 'c']),
          row(['a', 'b', null]),
          row([null]),
          row(['x', 'x'], ['1', '1']),
          row(['x', 'y', 'y'], ['1', '2', '2']),
        ],
      },
      { types: [int64], result: int64, rows: [row(['3', '1', '2'])] },
    ],
  })
}

/** The first value of the frame. */
export const firstValue = ofFrame('first_value', 'first')
/** The last value of the frame. */
export const lastValue = ofFrame('last_value', 'last')

/** The window family of the catalogue. */
export const windowFunctions = {
  rowNumber,
  rank,
  denseRank,
  percentRank,
  cumeDist,
  ntile,
  lag,
  lead,
  firstValue,
  lastValue,
} as const satisfies Record<string, FunctionDefinition>
