import {
  aggregate,
  bool,
  decimal,
  derive,
  filter,
  float64,
  fn,
  int32,
  int64,
  list,
  pivot,
  select,
  sql,
  text,
  unnest,
  unpivot,
  desc,
  asc,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const none = small('none', { g: text(), n: int64(), x: float64(), m: decimal(12, 2), b: bool() }, [])
const facts = small(
  'facts',
  { id: int64(), g: text(), n: int64(), x: float64(), m: decimal(12, 2), b: bool() },
  [
    ['1', 'a', '1', '0.1', '10.00', true],
    ['2', 'a', '2', '0.2', '0.01', null],
    ['3', 'a', null, 'NaN', null, false],
    ['4', 'b', null, null, null, null],
    ['5', 'b', null, null, null, null],
    ['6', null, '5', '-0.0', '-10.00', true],
    ['7', null, '5', '0.0', '-10.00', true],
    ['8', '', '9223372036854775807', 'Infinity', '9999999999.99', false],
    ['9', '', '-9223372036854775808', '-Infinity', '-9999999999.99', false],
  ],
)
const ties = small('ties', { id: int64(), g: text(), o: int32(), v: int64() }, [
  ['1', 'a', '1', '10'],
  ['2', 'a', '1', '20'],
  ['3', 'a', '2', '30'],
  ['4', 'a', null, '40'],
  ['5', 'a', null, '50'],
  ['6', null, '1', '60'],
  ['7', null, '1', null],
  ['8', 'b', null, null],
])
const lists = small('lists', { id: int64(), xs: list(text()) }, [
  ['1', ['a', null, 'b']],
  ['2', []],
  ['3', null],
  ['4', [null]],
  ['5', ['', ' ']],
])
const months = small('months', { id: int64(), jan: int64(), feb: int64(), mar: int64() }, [
  ['1', '1', null, '3'],
  ['2', null, null, null],
])

/** Aggregation, grouping sets, pivots, windows, lists. */
export const groupCases: readonly PlanCase[] = casesOf('groups', [
  [
    'totals of no rows',
    none.pipe(
      aggregate({
        columns: (c) => ({
          rows: fn.count(),
          n: fn.sum(c.n),
          a: fn.avg(c.x),
          lo: fn.min(c.g),
          any: fn.anyTrue(c.b),
          all: fn.allTrue(c.b),
        }),
      }),
    ),
  ],
  [
    'groups of no rows',
    none.pipe(aggregate({ by: (c) => ({ g: c.g }), columns: () => ({ rows: fn.count() }) })),
    { rows: [] },
  ],
  [
    'NULL is a group, and the empty text another',
    facts.pipe(aggregate({ by: (c) => ({ g: c.g }), columns: () => ({ rows: fn.count() }) })),
    {
      rows: [
        ['a', '3'],
        ['b', '2'],
        [null, '2'],
        ['', '2'],
      ],
    },
  ],
  [
    'aggregates of NULLs only',
    facts.pipe(
      filter((c) => fn.eq(c.g, 'b')),
      aggregate({
        by: (c) => ({ g: c.g }),
        columns: (c) => ({
          s: fn.sum(c.n),
          a: fn.avg(c.n),
          lo: fn.min(c.x),
          hi: fn.max(c.m),
          c: fn.countValue(c.n),
          any: fn.anyTrue(c.b),
          all: fn.allTrue(c.b),
        }),
      }),
    ),
    { rows: [['b', null, null, null, null, '0', null, null]] },
  ],
  [
    'a sum that passes int64 on its way',
    facts.pipe(
      filter((c) => fn.eq(c.g, '')),
      aggregate({ columns: (c) => ({ s: fn.sum(c.n), m: fn.sum(c.m) }) }),
    ),
    { rows: [['-1', '0.00']] },
  ],
  [
    'a sum beyond int64 fails',
    facts.pipe(
      filter((c) => fn.gt(c.n, 0)),
      aggregate({ columns: (c) => ({ s: fn.sum(c.n) }) }),
    ),
    { fails: true },
  ],
  [
    'min and max of NaN and zeros',
    facts.pipe(
      aggregate({ by: (c) => ({ g: c.g }), columns: (c) => ({ lo: fn.min(c.x), hi: fn.max(c.x) }) }),
    ),
  ],
  [
    'sums of infinities and NaN',
    facts.pipe(aggregate({ by: (c) => ({ g: c.g }), columns: (c) => ({ s: fn.sum(c.x), a: fn.avg(c.x) }) })),
  ],
  [
    'averages of decimals',
    facts.pipe(aggregate({ by: (c) => ({ g: c.g }), columns: (c) => ({ a: fn.avg(c.m) }) })),
  ],
  [
    'distinct counts',
    facts.pipe(
      aggregate({
        by: (c) => ({ g: c.g }),
        columns: (c) => ({ d: fn.countDistinct(c.n), s: fn.countValue(c.m).distinct() }),
      }),
    ),
  ],
  [
    'filtered aggregates, of which some see nothing',
    facts.pipe(
      aggregate({
        by: (c) => ({ g: c.g }),
        columns: (c) => ({ s: fn.sum(c.n).filter(fn.isTrue(c.b)), c: fn.count().filter(fn.eq(c.g, 'none')) }),
      }),
    ),
  ],
  [
    'ordered lists keep NULL',
    facts.pipe(
      aggregate({ by: (c) => ({ g: c.g }), columns: (c) => ({ l: fn.listAgg(c.n).orderBy(desc(c.id)) }) }),
    ),
  ],
  [
    'ordered lists, NULL first',
    facts.pipe(
      aggregate({ columns: (c) => ({ l: fn.listAgg(c.g).orderBy(asc(c.g, { nulls: 'first' }), c.id) }) }),
    ),
  ],
  [
    'joined texts skip NULL',
    facts.pipe(aggregate({ columns: (c) => ({ t: fn.stringAgg(c.g, '|').orderBy(c.id) }) })),
    { rows: [['a|a|a|b|b||']] },
  ],
  [
    'first and last by order',
    facts.pipe(
      aggregate({
        by: (c) => ({ g: c.g }),
        columns: (c) => ({ f: fn.first(c.n).orderBy(c.id), l: fn.last(c.n).orderBy(c.id) }),
      }),
    ),
  ],
  [
    'min by and max by skip NULL',
    facts.pipe(
      aggregate({
        by: (c) => ({ g: c.g }),
        columns: (c) => ({ a: fn.minBy(c.id, c.m), b: fn.maxBy(c.n, c.id) }),
      }),
    ),
  ],
  [
    'median and quantile',
    facts.pipe(
      filter((c) => fn.isFinite(c.x)),
      aggregate({ columns: (c) => ({ m: fn.median(c.n), q: fn.quantile(c.x, 0.25) }) }),
    ),
  ],
  [
    'spread',
    facts.pipe(
      aggregate({ by: (c) => ({ g: c.g }), columns: (c) => ({ s: fn.stddev(c.m), v: fn.variance(c.m) }) }),
    ),
  ],
  [
    'keys that are expressions',
    facts.pipe(
      aggregate({
        by: (c) => ({ k: fn.isNull(c.g), l: fn.length(c.g) }),
        columns: () => ({ rows: fn.count() }),
      }),
    ),
  ],
  [
    'keys of floats: NaN once, both zeros one group',
    facts.pipe(
      filter((c) => fn.isNotNull(c.x)),
      derive((c) => ({ x: fn.if(fn.isFinite(c.x), fn.multiply(c.x, 0), c.x) })),
      aggregate({ by: (c) => ({ x: c.x }), columns: () => ({ rows: fn.count() }) }),
    ),
    {
      rows: [
        ['NaN', '1'],
        ['0.0', '4'],
        ['Infinity', '1'],
        ['-Infinity', '1'],
      ],
    },
  ],
  [
    'SQL: rollup tells NULL keys from totals',
    sql`select g, b, grouping(g, b) as s, count(*) as n from ${facts} group by rollup (g, b)`,
  ],
  ['SQL: cube', sql`select g, b, grouping(g, b) as s, sum(m) as m from ${facts} group by cube (g, b)`],
  [
    'SQL: grouping sets with the empty one of no rows',
    sql`select g, grouping(g) as s, count(*) as n, sum(n) as t from ${none} group by grouping sets ((g), ())`,
    { rows: [[null, '1', '0', null]] },
  ],
  [
    'SQL: rollup of no rows',
    sql`select g, n, count(*) as c from ${none} group by rollup (g, n)`,
    { rows: [[null, null, '0']] },
  ],
  [
    'SQL: grouping sets that repeat',
    sql`select g, count(*) as c from ${facts} group by grouping sets ((g), (g), ())`,
  ],
  ['SQL: having over an aggregate that is NULL', sql`select g from ${facts} group by g having sum(n) > 0`],
  ['SQL: distinct rows with NULL', sql`select distinct g, b from ${facts}`],
  [
    'pivot: NULL values, absent values',
    facts.pipe(
      pivot({
        keys: ['b'],
        on: 'g',
        values: { a: 'a', none: null, absent: 'zzz', empty: '' },
        aggregate: () => fn.count(),
      }),
    ),
  ],
  [
    'pivot without keys',
    facts.pipe(pivot({ keys: [], on: 'g', values: { a: 'a', none: null }, aggregate: (c) => fn.sum(c.m) })),
    { rejected: 'names no column' },
  ],
  [
    'pivot of no rows',
    none.pipe(pivot({ keys: ['b'], on: 'g', values: ['a'], aggregate: () => fn.count() })),
    { rows: [] },
  ],
  [
    'pivot without keys of no rows',
    none.pipe(pivot({ keys: [], on: 'g', values: ['a'], aggregate: () => fn.count() })),
    { rejected: 'names no column' },
  ],
  [
    'pivot on numbers',
    ties.pipe(
      pivot({ keys: ['g'], on: 'o', values: { one: 1, two: 2, none: null }, aggregate: (c) => fn.sum(c.v) }),
    ),
  ],
  [
    'unpivot drops NULL',
    months.pipe(unpivot({ columns: ['jan', 'feb', 'mar'], nameTo: 'month', valueTo: 'n' })),
    {
      rows: [
        ['1', 'jan', '1'],
        ['1', 'mar', '3'],
      ],
    },
  ],
  [
    'unpivot keeps NULL',
    months.pipe(unpivot({ columns: ['jan', 'feb', 'mar'], nameTo: 'month', valueTo: 'n', keepNulls: true })),
  ],
  [
    'unpivot lists that may and may not hold NULL',
    lists.pipe(
      derive((c) => ({ sure: fn.listDistinct(c.xs) })),
      unpivot({ columns: ['xs', 'sure'], nameTo: 'which', valueTo: 'list' }),
    ),
  ],
  [
    'unnest drops empty and NULL lists',
    lists.pipe(unnest('xs', { as: 'x' })),
    {
      rows: [
        ['1', 'a'],
        ['1', null],
        ['1', 'b'],
        ['4', null],
        ['5', ''],
        ['5', ' '],
      ],
    },
  ],
  [
    'unnest with positions',
    lists.pipe(unnest('xs', { as: 'x', position: 'p' })),
    {
      rows: [
        ['1', 'a', '1'],
        ['1', null, '2'],
        ['1', 'b', '3'],
        ['4', null, '1'],
        ['5', '', '1'],
        ['5', ' ', '2'],
      ],
    },
  ],
  [
    'unnest keeps empty and NULL lists',
    lists.pipe(unnest('xs', { as: 'x', keepEmpty: true })),
    {
      rows: [
        ['1', 'a'],
        ['1', null],
        ['1', 'b'],
        ['2', null],
        ['3', null],
        ['4', null],
        ['5', ''],
        ['5', ' '],
      ],
    },
  ],
  [
    'unnest keeps empty lists, with positions',
    lists.pipe(unnest('xs', { as: 'x', position: 'p', keepEmpty: true })),
  ],
  [
    'lists read by position, from 1',
    lists.pipe(
      derive((c) => ({ a: fn.get(c.xs, 1), z: fn.get(c.xs, 9), n: fn.listLength(c.xs) })),
      select('id', 'a', 'z', 'n'),
    ),
    {
      rows: [
        ['1', 'a', null, '3'],
        ['2', null, null, '0'],
        ['3', null, null, null],
        ['4', null, null, '1'],
        ['5', '', null, '2'],
      ],
    },
  ],
  [
    'lists sorted, distinct, joined',
    lists.pipe(
      derive((c) => ({
        s: fn.listSort(c.xs),
        d: fn.listDistinct(c.xs),
        j: fn.listJoin(c.xs, '+'),
        h: fn.listContains(c.xs, 'b'),
      })),
    ),
  ],
])
