import {
  bool,
  fn,
  filter,
  float64,
  int32,
  int64,
  decimal,
  join,
  lookup,
  rangeLookup,
  rename,
  select,
  sql,
  text,
  timestamp,
  date,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const left = small('a', { id: int64(), k: text(), v: int64() }, [
  ['1', 'x', '10'],
  ['2', 'x', '20'],
  ['3', null, '30'],
  ['4', 'y', null],
  ['5', 'z', '50'],
  ['6', '', '60'],
])
const right = small('b', { k: text(), w: int64() }, [
  ['x', '1'],
  ['x', '2'],
  [null, '3'],
  ['y', null],
  ['q', '4'],
  ['X', '5'],
])
const empty = small('empty', { k: text(), w: int64() }, [])
const allNull = small('all_null', { k: text(), w: int64() }, [
  [null, '1'],
  [null, '2'],
])
const codes = small('codes', { k: text(), label: text() }, [
  ['x', 'ex'],
  ['y', 'why'],
  [null, 'none'],
])
const bands = small('bands', { low: int64(), high: int64(), band: text() }, [
  ['0', '9', 'low'],
  ['10', '20', 'mid'],
  ['40', null, 'open'],
  [null, '5', 'lost'],
])
const rates = small('rates', { cur: text(), since: timestamp(), until: timestamp(), rate: decimal(10, 4) }, [
  ['EUR', '2024-01-01T00:00:00.000000', '2024-03-31T02:30:00.000000', '1.0000'],
  ['EUR', '2024-03-31T02:30:00.000000', '9999-12-31T23:59:59.999999', '1.1000'],
  ['USD', '0001-01-01T00:00:00.000000', '2024-01-01T00:00:00.000000', '0.9000'],
])
const sales = small('sales', { id: int64(), cur: text(), at: timestamp() }, [
  ['1', 'EUR', '2024-03-31T02:29:59.999999'],
  ['2', 'EUR', '2024-03-31T02:30:00.000000'],
  ['3', 'USD', '2024-01-01T00:00:00.000000'],
  ['4', 'USD', '1969-12-31T23:59:59.999999'],
  ['5', null, '2024-02-01T00:00:00.000000'],
  ['6', 'EUR', null],
])
const floats = small('f', { id: int64(), x: float64() }, [
  ['1', 'NaN'],
  ['2', '0.0'],
  ['3', '-0.0'],
  ['4', null],
  ['5', 'Infinity'],
])
const wide = small('wide', { n: int64(), d: date(), t: timestamp(), b: bool(), m: decimal(20, 2) }, [
  ['9007199254740993', '2024-02-29', '2024-10-27T02:30:00.000001', true, '10.00'],
  ['9007199254740992', '0001-01-01', '0001-01-01T00:00:00.000000', false, '-0.01'],
  [null, null, null, null, null],
])
const narrow = small('narrow', { n: int32(), m: decimal(10, 4) }, [
  ['7', '10.0000'],
  ['8', '-0.0100'],
  [null, null],
])

/** Joins and what SQL writes as subqueries. */
export const joinCases: readonly PlanCase[] = casesOf('joins', [
  ['inner: NULL keys meet nothing', left.pipe(join(right, { on: ['k'] }))],
  ['left: NULL keys stay alone', left.pipe(join(right, { on: ['k'], type: 'left' }))],
  [
    'full: NULL keys stay alone on both sides',
    left.pipe(select('id', 'k'), join(right, { on: ['k'], type: 'full' })),
  ],
  [
    'semi',
    left.pipe(join(right, { on: ['k'], type: 'semi' }), select('id')),
    { rows: [['1'], ['2'], ['4']] },
  ],
  [
    'anti keeps NULL keys',
    left.pipe(join(right, { on: ['k'], type: 'anti' }), select('id')),
    { rows: [['3'], ['5'], ['6']] },
  ],
  ['inner with nothing', left.pipe(join(empty, { on: ['k'] })), { rows: [] }],
  [
    'left with nothing',
    left.pipe(
      join(empty, { on: ['k'], type: 'left' }),
      filter((c) => fn.isNotNull(c.w)),
    ),
    { rows: [] },
  ],
  ['full with nothing', left.pipe(join(empty, { on: ['k'], type: 'full' }))],
  ['anti with nothing', left.pipe(join(empty, { on: ['k'], type: 'anti' }), select('id'))],
  ['full of nothing', empty.pipe(join(right.pipe(rename({ w: 'u' })), { on: ['k'], type: 'full' }))],
  ['full of NULL keys only', allNull.pipe(join(right.pipe(rename({ w: 'u' })), { on: ['k'], type: 'full' }))],
  [
    'with itself',
    left.pipe(join(left, { on: ['k'], keep: ['id'], prefix: 'other_' }), select('id', 'other_id')),
  ],
  ['by a pair of names', left.pipe(join(right.pipe(rename({ k: 'code' })), { on: [['k', 'code']] }))],
  ['lookup', left.pipe(lookup(codes, { on: ['k'] }))],
  ['range lookup, closed', left.pipe(rangeLookup(bands, { value: 'v', from: 'low', to: 'high' }))],
  [
    'range lookup by a key, half open, at the bound',
    sales.pipe(
      rangeLookup(rates, { on: ['cur'], value: 'at', from: 'since', to: 'until', toInclusive: false }),
    ),
  ],
  [
    'keys of floats are rejected or equal',
    floats.pipe(join(floats, { on: ['x'], keep: ['id'], prefix: 'r_' }), select('id', 'r_id')),
  ],
  [
    'keys of every type',
    wide.pipe(join(wide, { on: ['n', 'd', 't', 'b', 'm'], keep: ['n'], prefix: 'r_' }), select('n', 'r_n')),
  ],
  ['SQL: keys of two widths', sql`select w.m, n.n from ${wide} w join ${narrow} n on w.m = n.m`],
  [
    'SQL: not in with NULL keeps nothing',
    sql`select id from ${left} where k not in (select k from ${right})`,
    { rows: [] },
  ],
  [
    'SQL: not in without NULL',
    sql`select id from ${left} where k not in (select k from ${right} where k is not null)`,
    { rows: [['5'], ['6']] },
  ],
  [
    'SQL: not in of nothing keeps all',
    sql`select id from ${left} where k not in (select k from ${empty})`,
    { rows: ['1', '2', '3', '4', '5', '6'].map((i) => [i]) },
  ],
  [
    'SQL: in with NULL',
    sql`select id from ${left} where k in (select k from ${right})`,
    { rows: [['1'], ['2'], ['4']] },
  ],
  [
    'SQL: in as a value',
    sql`select id, k in (select k from ${right}) as found from ${left}`,
    { refused: { postgres: 'an IN that may be NULL', spark: 'an IN that may be NULL' } },
  ],
  [
    'SQL: not exists, correlated',
    sql`select id from ${left} a where not exists (select 1 from ${right} b where b.k = a.k and b.w > 1)`,
  ],
  [
    'SQL: residual of an inner join',
    sql`select id, w from ${left} a join ${right} b on a.k = b.k and a.v > b.w * 10`,
  ],
  [
    'SQL: residual of a left join',
    sql`select id, w from ${left} a left join ${right} b on a.k = b.k and b.w > 1`,
  ],
  [
    'SQL: a left join with only a residual',
    sql`select id, w from ${left} a left join ${right} b on a.v < b.w * 8`,
  ],
  [
    'SQL: residual over the left side',
    sql`select id, w from ${left} a left join ${right} b on a.k = b.k and a.v > 10`,
  ],
  [
    'SQL: a join by equal or both NULL',
    sql`select id, w from ${left} a join ${right} b on a.k is not distinct from b.k`,
  ],
  ['SQL: cross join', sql`select id, w from ${left} cross join ${right}`],
  ['SQL: cross join with nothing', sql`select id, w from ${left} cross join ${empty}`, { rows: [] }],
  ['SQL: full join using, merged', sql`select k, id, w from ${left} full join ${right} using (k)`],
  [
    'SQL: full join, both keys',
    sql`select a.k as ak, b.k as bk from ${left} a full join ${right} b on a.k = b.k`,
  ],
  ['SQL: right join', sql`select id, b.k from ${left} a right join ${right} b on a.k = b.k`],
  [
    'SQL: semi join with a condition of both sides',
    sql`select id from ${left} a where exists (select 1 from ${right} b where b.k = a.k and b.w * 10 = a.v)`,
    { rows: [['1'], ['2']] },
  ],
  [
    'SQL: a scalar subquery of nothing is NULL',
    sql`select id, (select max(w) from ${empty}) as m from ${left} where id = 1`,
    { rows: [['1', null]] },
  ],
  ['SQL: union all and distinct', sql`select k from ${left} union select k from ${right}`],
  ['SQL: except', sql`select k from ${left} except select k from ${right}`],
  ['SQL: intersect', sql`select k from ${left} intersect select k from ${right}`],
  [
    'SQL: three joined',
    sql`select a.id, b.w, c.label from ${left} a left join ${right} b on a.k = b.k left join ${codes} c on c.k = a.k`,
  ],
  ['SQL: comma and where', sql`select a.id, b.w from ${left} a, ${right} b where a.k = b.k and a.id <> b.w`],
])
