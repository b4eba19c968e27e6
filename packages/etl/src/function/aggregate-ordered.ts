import { decimal, int64, list, text } from '../plan/type.ts'
import { aggregateCall } from './aggregate-call.ts'
import { sparkPick, sparkSorted, withoutOrder } from './aggregate-order.ts'
import { constantText } from './constant.ts'
import { comparableKinds, defineFunction, type FunctionDefinition, type PrintedCall } from './contract.ts'

// PostgreSQL takes DISTINCT together with an order only where both are the same expression, collation included.
const collated = (x: string | undefined, { args }: PrintedCall): string =>
  args[0]?.type.kind === 'text' ? `${x} COLLATE "C"` : (x ?? '')

/** Joins texts. */
export const stringAgg = defineFunction({
  name: 'string_agg',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The texts that are not NULL in the given order, with the constant separator between them; NULL if there are none.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'separator', accepts: ['text'], constant: true },
  ],
  returns: 'text',
  type: ([, s]) => (constantText(s) === undefined ? 'string_agg: the separator must be a text' : text),
  nulls: 'always',
  ordered: true,
  print: {
    duckdb: ([x, separator], { modifiers }) =>
      aggregateCall('string_agg', [x ?? '', separator ?? ''], modifiers),
    postgres: ([x, separator], call) =>
      aggregateCall('string_agg', [collated(x, call), separator ?? ''], call.modifiers),
    spark: ([x = '', separator], { modifiers }) => {
      const texts = `transform(${sparkSorted(x, modifiers)}, e -> e.v)`
      const some = aggregateCall('count', [x], withoutOrder(modifiers))
      return `(CASE WHEN ${some} > 0 THEN array_join(${texts}, ${separator}) END)`
    },
  },
  edges: [
    {
      types: [text, text],
      constants: [', '],
      result: text,
      rows: [
        { in: [], out: null },
        { in: [[null]], out: null },
        { in: [['a']], out: 'a' },
        { in: [['b'], ['a']], out: 'b, a' },
        { in: [['a'], [null], ['b']], out: 'a, b' },
        { in: [['a'], ['']], out: 'a, ' },
        { in: [['a'], ['b'], ['c']], order: ['3', '2', '1'], out: 'c, b, a' },
      ],
    },
    { types: [text, text], constants: [''], result: text, rows: [{ in: [['a'], ['b']], out: 'ab' }] },
  ],
})

/** Collects values. */
export const listAgg = defineFunction({
  name: 'list_agg',
  kind: 'aggregate',
  family: 'aggregate',
  meaning: 'The list of all values in the given order, NULLs kept; NULL for no rows.',
  params: [{ name: 'x', accepts: comparableKinds }],
  returns: 'list',
  type: ([x]) => (x === undefined ? 'a value is needed' : list(x.type)),
  nulls: 'always',
  ordered: true,
  print: {
    duckdb: ([x], { modifiers }) => aggregateCall('list', [x ?? ''], modifiers),
    postgres: ([x], call) => aggregateCall('array_agg', [collated(x, call)], call.modifiers),
    spark: ([x = ''], { modifiers }) => {
      const some = aggregateCall('count', ['*'], withoutOrder(modifiers))
      return `(CASE WHEN ${some} > 0 THEN transform(${sparkSorted(x, modifiers)}, e -> e.v) END)`
    },
  },
  edges: [
    {
      types: [text],
      result: list(text),
      rows: [
        { in: [], out: null },
        { in: [[null]], out: [null] },
        { in: [['b'], ['a']], out: ['b', 'a'] },
        { in: [['a'], ['a'], [null]], out: ['a', 'a', null] },
        { in: [['x,y'], ['"'], ['NULL'], ['']], out: ['x,y', '"', 'NULL', ''] },
      ],
    },
    {
      types: [int64],
      result: list(int64),
      rows: [{ in: [['1'], ['2']], order: ['2', '1'], out: ['2', '1'] }],
    },
    {
      types: [decimal(5, 2)],
      result: list(decimal(5, 2)),
      rows: [
        { in: [['1.50']], out: ['1.50'] },
        { in: [['1.50'], [null]], order: ['2', '1'], out: [null, '1.50'] },
      ],
    },
  ],
})

const firstRows = (pick: (first: string | null, last: string | null) => string | null) => [
  { in: [], out: null },
  { in: [[null]], out: null },
  { in: [['a']], out: 'a' },
  { in: [['a'], ['b']], out: pick('a', 'b') },
  { in: [[null], ['b']], out: pick(null, 'b') },
  { in: [['a'], [null]], out: pick('a', null) },
  { in: [['a'], ['b'], ['c']], order: ['2', '1', '3'], out: pick('b', 'c') },
  { in: [['a'], ['b'], ['c']], order: ['2', null, '1'], out: pick('c', 'b') },
]

/** The value of the first row. */
export const first = defineFunction({
  name: 'first',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The value of x in the first row of the given order, which may be NULL; NULL for no rows. Make the order total, or equal rows decide by chance.',
  params: [{ name: 'x', accepts: comparableKinds }],
  returns: 0,
  type: ([x]) => x?.type ?? 'a value is needed',
  nulls: 'always',
  ordered: true,
  print: {
    duckdb: ([x], { modifiers }) => aggregateCall('first', [x ?? ''], modifiers),
    postgres: ([x], { modifiers }) => `(${aggregateCall('array_agg', [x ?? ''], modifiers)})[1]`,
    spark: ([x = ''], { modifiers }) => sparkPick('first', x, modifiers),
  },
  edges: [{ types: [text], result: text, rows: firstRows((a) => a) }],
})

/** The value of the last row. */
export const last = defineFunction({
  name: 'last',
  kind: 'aggregate',
  family: 'aggregate',
  meaning:
    'The value of x in the last row of the given order, which may be NULL; NULL for no rows. Make the order total, or equal rows decide by chance.',
  params: [{ name: 'x', accepts: comparableKinds }],
  returns: 0,
  type: ([x]) => x?.type ?? 'a value is needed',
  nulls: 'always',
  ordered: true,
  groupsOnly: true,
  print: {
    duckdb: ([x], { modifiers }) => aggregateCall('last', [x ?? ''], modifiers),
    postgres: ([x], { modifiers }) => {
      const all = aggregateCall('array_agg', [x ?? ''], modifiers)
      return `(${all})[${aggregateCall('count', ['*'], withoutOrder(modifiers))}]`
    },
    spark: ([x = ''], { modifiers }) => sparkPick('last', x, modifiers),
  },
  edges: [{ types: [text], result: text, rows: firstRows((_a, b) => b) }],
})

/** The aggregates whose result depends on the order of rows. */
export const orderedAggregates = {
  stringAgg,
  listAgg,
  first,
  last,
} as const satisfies Record<string, FunctionDefinition>
