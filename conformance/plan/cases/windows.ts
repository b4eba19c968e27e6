import {
  bool,
  decimal,
  float64,
  fn,
  int32,
  int64,
  over,
  sql,
  text,
  window,
  desc,
  asc,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const none = small('none', { g: text(), n: int64(), x: float64(), m: decimal(12, 2), b: bool() }, [])
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

/** Windows. */
export const windowCases: readonly PlanCase[] = casesOf('groups', [
  [
    'window: rows number ties by all that is there',
    ties.pipe(window((c) => ({ n: over(fn.rowNumber(), { partition: [c.g], order: [c.o, c.id] }) }))),
  ],
  [
    'window: ranks of ties and NULL',
    ties.pipe(
      window((c) => ({
        r: over(fn.rank(), { partition: [c.g], order: [asc(c.o, { nulls: 'first' })] }),
        d: over(fn.denseRank(), { partition: [c.g], order: [asc(c.o, { nulls: 'first' })] }),
        p: over(fn.percentRank(), { partition: [c.g], order: [desc(c.o)] }),
        q: over(fn.cumeDist(), { partition: [c.g], order: [desc(c.o)] }),
      })),
    ),
  ],
  [
    'window: buckets of too few rows',
    ties.pipe(window((c) => ({ t: over(fn.ntile(3), { partition: [c.g], order: [c.id] }) }))),
  ],
  [
    'window: neighbours, with defaults',
    ties.pipe(
      window((c) => ({
        a: over(fn.lag(c.v), { partition: [c.g], order: [c.id] }),
        b: over(fn.lead(c.v, 2, -1), { partition: [c.g], order: [c.id] }),
      })),
    ),
  ],
  [
    'window: a frame of rows over ties',
    ties.pipe(
      window((c) => ({
        s: over(fn.sum(c.v), { partition: [c.g], order: [c.o, c.id], frame: { from: -1, to: 1 } }),
      })),
    ),
  ],
  [
    'window: an empty frame',
    ties.pipe(
      window((c) => ({
        s: over(fn.sum(c.v), { partition: [c.g], order: [c.id], frame: { from: 5, to: 6 } }),
        n: over(fn.countValue(c.v), { partition: [c.g], order: [c.id], frame: { from: 5, to: 6 } }),
      })),
    ),
  ],
  [
    'window: running totals',
    ties.pipe(
      window((c) => ({
        s: over(fn.sum(c.v), { partition: [c.g], order: [c.id], frame: { from: null, to: 0 } }),
        n: over(fn.count(), { partition: [c.g] }),
      })),
    ),
  ],
  [
    'window: first and last of a frame',
    ties.pipe(
      window((c) => ({
        f: over(fn.firstValue(c.v), { partition: [c.g], order: [c.id], frame: { from: -1, to: 0 } }),
        l: over(fn.lastValue(c.v), { partition: [c.g], order: [c.id], frame: { from: 0, to: null } }),
      })),
    ),
  ],
  [
    'window over no rows',
    none.pipe(window((c) => ({ r: over(fn.rowNumber(), { order: [c.n] }) }))),
    { rows: [] },
  ],
  [
    'SQL: a running sum takes ties together',
    sql`select id, sum(v) over (partition by g order by o) as s from ${ties}`,
  ],
  [
    'SQL: the last value of the default frame',
    sql`select id, last_value(v) over (partition by g order by id) as s from ${ties}`,
  ],
  ['SQL: share of a total', sql`select id, v / sum(v) over (partition by g) as share from ${ties}`],
  [
    'SQL: a window over groups',
    sql`select g, sum(v) as s, rank() over (order by sum(v) desc nulls last) as r from ${ties} group by g`,
  ],
])
