import { bool, bytes, date, decimal, float64, int64, text, timestamp, uuid } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import {
  comparableKinds,
  defineFunction,
  type EdgeGroup,
  type FunctionDefinition,
  type Printer,
} from './contract.ts'

// PostgreSQL 15 has no min and max of bool, uuid and bytea; their texts order alike.
const postgresExtreme =
  (name: 'min' | 'max'): Printer =>
  ([x], call) => {
    const over = (sql: string): string => aggregateCall(name, [sql], call.modifiers)
    switch (call.type.kind) {
      case 'bool':
        return aggregateCall(name === 'min' ? 'bool_and' : 'bool_or', [x ?? ''], call.modifiers)
      case 'uuid':
        return `CAST(${over(`CAST(${x} AS TEXT) COLLATE "C"`)} AS UUID)`
      case 'bytes':
        return `decode(${over(`encode(${x}, 'hex') COLLATE "C"`)}, 'hex')`
      case 'text':
        return over(`${x} COLLATE "C"`)
      default:
        return over(x ?? '')
    }
  }

const plain =
  (name: 'min' | 'max'): Printer =>
  ([x], { modifiers }) =>
    aggregateCall(name, [x ?? ''], modifiers)

const extremeEdges = (of: <T>(low: T, high: T) => T): readonly EdgeGroup[] => [
  {
    types: [int64],
    result: int64,
    rows: [
      { in: [], out: null },
      { in: [[null]], out: null },
      { in: [['2'], [null], ['-1']], out: of('-1', '2') },
    ],
  },
  { types: [text], result: text, rows: [{ in: [['a'], ['B']], out: of('B', 'a') }] },
  { types: [float64], result: float64, rows: [{ in: [['NaN'], ['1']], out: of('1', 'NaN') }] },
  {
    types: [decimal(10, 2)],
    result: decimal(10, 2),
    rows: [{ in: [['10.00'], ['9.50']], out: of('9.50', '10.00') }],
  },
  { types: [bool], result: bool, rows: [{ in: [[true], [false], [null]], out: of(false, true) }] },
  {
    types: [date],
    result: date,
    rows: [{ in: [['2024-02-29'], ['2023-12-31']], out: of('2023-12-31', '2024-02-29') }],
  },
  {
    types: [timestamp],
    result: timestamp,
    rows: [
      {
        in: [['2024-01-01T00:00:00.000001'], ['2024-01-01T00:00:00.000000']],
        out: of('2024-01-01T00:00:00.000000', '2024-01-01T00:00:00.000001'),
      },
    ],
  },
  { types: [bytes], result: bytes, rows: [{ in: [['ff'], ['00ff']], out: of('00ff', 'ff') }] },
  {
    types: [uuid],
    result: uuid,
    rows: [
      {
        in: [['ffffffff-0000-0000-0000-000000000000'], ['00000000-ffff-0000-0000-000000000000']],
        out: of('00000000-ffff-0000-0000-000000000000', 'ffffffff-0000-0000-0000-000000000000'),
      },
    ],
  },
]

function extreme<const N extends 'min' | 'max'>(name: N, word: string) {
  const of = <T>(low: T, high: T): T => (name === 'min' ? low : high)
  return defineFunction({
    name,
    kind: 'aggregate',
    family: 'aggregate',
    meaning: `The ${word} of the values that are not NULL; NULL if there are none. Compares as \`lt\` does: text by code point, NaN is the largest float64.`,
    params: [{ name: 'x', accepts: comparableKinds }],
    returns: 0,
    type: ([x]) => x?.type ?? 'a value is needed',
    nulls: 'always',
    print: { duckdb: plain(name), postgres: postgresExtreme(name), spark: plain(name) },
    edges: extremeEdges(of),
  })
}

/** The smallest value. */
export const min = extreme('min', 'smallest')
/** The largest value. */
export const max = extreme('max', 'largest')

// DuckDB's own arg_max and Spark's max_by leave ties to chance. A structure of key and value orders by both, and holds the answer.
const byStructure =
  (name: 'min' | 'max', dialect: 'duckdb' | 'spark'): Printer =>
  ([x, key], { modifiers }) => {
    const pair =
      dialect === 'duckdb' ? `struct_pack(k := ${key}, v := ${x})` : `named_struct('k', ${key}, 'v', ${x})`
    return `(${aggregateCall(name, [pair], modifiers, `${x} IS NOT NULL AND ${key} IS NOT NULL`)}).v`
  }

const postgresBy =
  (direction: 'ASC' | 'DESC'): Printer =>
  ([x, key], { args, modifiers }) => {
    const sorted = [key, x].map((sql, i) => {
      const collate = args[1 - i]?.type.kind === 'text' ? ' COLLATE "C"' : ''
      return `${sql}${collate} ${direction}`
    })
    const within = { ...modifiers, order: sorted.join(', ') }
    return `(${aggregateCall('array_agg', [x ?? ''], within, `${x} IS NOT NULL AND ${key} IS NOT NULL`)})[1]`
  }

const extremeByEdges = (of: <T>(low: T, high: T) => T): readonly EdgeGroup[] => [
  {
    types: [text, int64],
    result: text,
    rows: [
      { in: [], out: null },
      { in: [['a', null]], out: null },
      { in: [[null, '1']], out: null },
      {
        in: [
          ['a', '1'],
          ['b', '2'],
        ],
        out: of('a', 'b'),
      },
      {
        in: [
          [null, '0'],
          ['a', '1'],
          ['b', '2'],
          [null, '9'],
        ],
        out: of('a', 'b'),
      },
      {
        in: [
          ['a', '1'],
          ['b', '1'],
          ['B', '1'],
        ],
        out: of('B', 'b'),
      },
    ],
  },
  {
    types: [int64, text],
    result: int64,
    rows: [
      {
        in: [
          ['1', 'a'],
          ['2', 'B'],
        ],
        out: of('2', '1'),
      },
    ],
  },
  {
    types: [decimal(5, 2), float64],
    result: decimal(5, 2),
    rows: [
      {
        in: [
          ['1.50', 'NaN'],
          ['2.50', '1'],
        ],
        out: of('2.50', '1.50'),
      },
    ],
  },
]

function extremeBy<const N extends 'min_by' | 'max_by'>(name: N, short: 'min' | 'max', word: string) {
  const of = <T>(low: T, high: T): T => (short === 'min' ? low : high)
  return defineFunction({
    name,
    kind: 'aggregate',
    family: 'aggregate',
    meaning: `The value of x in the row with the ${word} key, over the rows where neither is NULL; NULL if there are none. Among rows with equal keys the ${word} x. Not over windows.`,
    params: [
      { name: 'x', accepts: comparableKinds },
      { name: 'key', accepts: comparableKinds },
    ],
    returns: 0,
    type: ([x]) => x?.type ?? 'a value is needed',
    nulls: 'always',
    groupsOnly: true,
    print: {
      duckdb: byStructure(short, 'duckdb'),
      postgres: postgresBy(short === 'min' ? 'ASC' : 'DESC'),
      spark: byStructure(short, 'spark'),
    },
    edges: extremeByEdges(of),
  })
}

/** The value beside the smallest key. */
export const minBy = extremeBy('min_by', 'min', 'smallest')
/** The value beside the largest key. */
export const maxBy = extremeBy('max_by', 'max', 'largest')

/** The smallest and largest. */
export const extremeAggregates = { min, max, minBy, maxBy } as const satisfies Record<
  string,
  FunctionDefinition
>
