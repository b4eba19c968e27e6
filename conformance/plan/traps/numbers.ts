import {
  aggregate,
  decimal,
  derive,
  filter,
  float64,
  fn,
  int64,
  parseNumber,
  select,
  sql,
  text,
} from '../../../packages/etl/src/index.ts'
import { small } from '../plan-case.ts'
import { one, s } from './tables.ts'
import type { WrittenTrap } from './trap.ts'

const n = small('n', { i: int64(), j: int64(), d: decimal(12, 2), x: float64() }, [
  ['-7', '2', '19.99', '2.5'],
  ['7', '-2', '-2.50', '-0.5'],
  ['5', '0', '8.75', '0.5'],
  [null, '3', null, 'NaN'],
])
/** Traps of numbers and of reading texts whose words are printed so that they mean one thing. */
export const numberWords: readonly WrittenTrap[] = [
  [
    'a division of a constant is moved into the branches of a CASE, and mixes them up',
    n.pipe(
      derive((c) => ({ q: fn.div(0, fn.sign(c.d)) })),
      aggregate({ columns: (c) => ({ m: fn.max(c.q) }) }),
    ),
    { rows: [['0']] },
  ],
  [
    '/ of integers truncates elsewhere',
    n.pipe(
      derive((c) => ({ q: fn.div(c.i, c.j) })),
      select('q'),
      filter((c) => fn.isNotNull(c.q)),
    ),
    { rows: [['-3.5'], ['-3.5']] },
  ],
  [
    'whole division rounds toward zero',
    n.pipe(
      derive((c) => ({ q: fn.idiv(c.i, c.j), r: fn.mod(c.i, c.j) })),
      select('q', 'r'),
    ),
    {
      rows: [
        ['-3', '-1'],
        ['-3', '1'],
        [null, null],
        [null, null],
      ],
    },
  ],
  ['SQL: / is of doubles', sql`select i / 2 as q from ${one}`, { rows: [['2.5']] }],
  ['SQL: // truncates', sql`select i // j as q from ${n}`, { rows: [['-3'], ['-3'], [null], [null]] }],
  [
    'a decimal divided becomes a double',
    n.pipe(
      derive((c) => ({ q: fn.decdiv(c.d, c.j, 12, 4) })),
      select('q'),
      filter((c) => fn.isNotNull(c.q)),
    ),
    { rows: [['9.9950'], ['1.2500']] },
  ],
  [
    'division by zero: infinity, NULL or an error',
    n.pipe(
      derive((c) => ({ q: fn.div(c.i, c.j), w: fn.idiv(c.i, c.j) })),
      filter((c) => fn.eq(c.j, 0)),
      select('q', 'w'),
    ),
    { rows: [[null, null]] },
  ],
  [
    'a sum of integers widens differently',
    n.pipe(aggregate({ columns: (c) => ({ s: fn.sum(c.i) }) })),
    { rows: [['5']] },
  ],
  [
    'a product of decimals has another scale',
    n.pipe(
      derive((c) => ({ p: fn.multiply(c.d, c.d) })),
      select('p'),
    ),
    { rows: [['399.6001'], ['6.2500'], ['76.5625'], [null]] },
  ],
  [
    'the average of decimals has another type',
    n.pipe(aggregate({ columns: (c) => ({ a: fn.avg(c.d) }) })),
    { rows: [['8.746666666666667']] },
  ],
  [
    'quantiles of decimals are cut',
    n.pipe(aggregate({ columns: (c) => ({ q: fn.quantile(c.d, 0.75) }) })),
    { rows: [['14.37']] },
  ],
  [
    'decimals to integers are rounded or cut',
    n.pipe(
      derive((c) => ({ r: fn.toInt64(c.d, 'half_up'), t: fn.toInt64(c.d, 'trunc') })),
      select('r', 't'),
    ),
    {
      rows: [
        ['20', '19'],
        ['-3', '-2'],
        ['9', '8'],
        [null, null],
      ],
    },
  ],
  [
    'SQL: cast of a decimal to an integer rounds',
    sql`select cast(d as bigint) as r from ${n}`,
    { rows: [['20'], ['-3'], ['9'], [null]] },
  ],
  [
    'round of a double: half to even or away',
    n.pipe(
      filter((c) => fn.isFinite(c.x)),
      derive((c) => ({ r: fn.round(c.x) })),
      select('r'),
    ),
    { rows: [['3'], ['-1'], ['1']] },
  ],
  [
    'round to even where it is asked for',
    n.pipe(
      derive((c) => ({ r: fn.roundHalfEven(c.d) })),
      select('r'),
    ),
  ],
  [
    'texts to integers: fractions, hexadecimals, underscores',
    s.pipe(parseNumber('t', int64(), { onBad: 'null' }), select('t')),
    { rows: [[null], [null], [null], [null], [null], [null], [null]] },
  ],
  [
    'texts to booleans: which words count',
    s.pipe(
      derive((c) => ({ b: fn.parseBool(c.u, ['YES'], ['no']) })),
      filter((c) => fn.isNotNull(c.b)),
      select('id', 'b'),
    ),
    { rows: [['7', true]] },
  ],
  [
    'texts to dates: short days, other separators',
    s.pipe(
      derive((c) => ({ d: fn.parseDate(c.u, 'yyyy-MM-dd') })),
      filter((c) => fn.isNotNull(c.d)),
      select('id', 'd'),
    ),
    { rows: [['4', '2024-01-05']] },
  ],
  [
    '30 February is wrapped or moved',
    small('feb', { t: text() }, [['2024-02-30'], ['2024-02-29']]).pipe(
      derive((c) => ({ d: fn.parseDate(c.t, 'yyyy-MM-dd') })),
      select('d'),
    ),
    { rows: [[null], ['2024-02-29']] },
  ],
]
