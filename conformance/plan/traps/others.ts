import {
  aggregate,
  bool,
  bytes,
  date,
  decimal,
  dedupe,
  derive,
  desc,
  filter,
  float64,
  fn,
  int32,
  int64,
  limit,
  list,
  over,
  select,
  sql,
  text,
  unnest,
  window,
} from '../../../packages/etl/src/index.ts'
import { small } from '../plan-case.ts'
import { one, s, when, dup } from './tables.ts'
import type { WrittenTrap } from './trap.ts'

const n = small('n', { i: int64(), j: int64(), d: decimal(12, 2), x: float64() }, [
  ['-7', '2', '19.99', '2.5'],
  ['7', '-2', '-2.50', '-0.5'],
  ['5', '0', '8.75', '0.5'],
  [null, '3', null, 'NaN'],
])
const lists = small('lists', { id: int64(), xs: list(int64()) }, [
  ['1', ['1', null]],
  ['2', []],
  ['3', null],
])
const tenths = small(
  'tenths',
  { x: float64(), m: decimal(10, 1) },
  Array.from({ length: 10 }, () => ['0.1', '0.1']),
)
const raw = small('raw', { b: bytes(), f: bool() }, [
  ['00ff', true],
  ['', null],
])

/** Traps of times, orders, texts and nested values whose words are printed so that they mean one thing. */
export const otherWords: readonly WrittenTrap[] = [
  [
    'letters in a printed format',
    when.pipe(
      filter((c) => fn.eq(c.id, 1)),
      derive((c) => ({ t: fn.formatTimestamp(c.at, "yyyy-MM-dd'T'HH:mm:ss") })),
      select('t'),
    ),
    { rows: [['2024-03-31T02:30:00']] },
  ],
  [
    'a date and days: date or timestamp',
    when.pipe(
      derive((c) => ({ d: fn.addDays(c.d, 1) })),
      select('d'),
    ),
    { rows: [['2024-02-01'], ['2024-12-30'], ['2026-10-26'], [null]] },
  ],
  [
    'a truncated date: date or timestamp',
    when.pipe(
      derive((c) => ({ d: fn.dateTrunc('month', c.d) })),
      select('d'),
    ),
    { rows: [['2024-01-01'], ['2024-12-01'], ['2026-10-01'], [null]] },
  ],
  [
    'date differences: boundaries or whole units',
    small('span', { a: date(), b: date() }, [['2024-01-31', '2024-02-01']]).pipe(
      derive((c) => ({ m: fn.dateDiff('month', c.a, c.b), e: fn.elapsed('month', c.a, c.b) })),
      select('m', 'e'),
    ),
    { rows: [['1', '0']] },
  ],
  [
    'the origin of buckets',
    when.pipe(
      derive((c) => ({ b: fn.bucketStart(c.at, 604800) })),
      select('b'),
    ),
    {
      rows: [
        ['2024-03-28T00:00:00.000000'],
        ['1969-12-25T00:00:00.000000'],
        ['2026-10-22T00:00:00.000000'],
        [null],
      ],
    },
  ],
  [
    'weeks and days of the week count differently',
    when.pipe(
      derive((c) => ({ w: fn.isoWeek(c.d), y: fn.isoYear(c.d), x: fn.isoDow(c.d) })),
      select('w', 'y', 'x'),
    ),
    {
      rows: [
        ['5', '2024', '3'],
        ['52', '2024', '7'],
        ['43', '2026', '7'],
        [null, null, null],
      ],
    },
  ],
  [
    'clock changes shift what is local',
    when.pipe(
      derive((c) => ({ t: fn.addHours(c.at, 1) })),
      select('t'),
    ),
    {
      rows: [
        ['2024-03-31T03:30:00.000000'],
        ['1970-01-01T00:59:59.500000'],
        ['2026-10-25T03:30:00.000000'],
        [null],
      ],
    },
  ],
  [
    'seconds before 1970 round the other way',
    when.pipe(
      derive((c) => ({ e: fn.epochSeconds(c.at), ms: fn.epochMs(c.at) })),
      filter((c) => fn.eq(c.id, 2)),
      select('e', 'ms'),
    ),
    { rows: [['-1', '-500']] },
  ],
  ['NULL sorts first or last', s.pipe(limit(1, { by: [desc('t')] }), select('id')), { rows: [['6']] }],
  [
    'SQL: NULL sorts last in both directions',
    sql`select id from ${s} order by t desc, id limit 1`,
    { rows: [['6']] },
  ],
  [
    'NaN: equal to itself, the largest',
    n.pipe(aggregate({ columns: (c) => ({ m: fn.max(c.x), e: fn.countIf(fn.eq(c.x, c.x)) }) })),
    { rows: [['NaN', '4']] },
  ],
  [
    'sums of doubles depend on the order',
    tenths.pipe(aggregate({ columns: (c) => ({ x: fn.sum(c.x), m: fn.sum(c.m) }) })),
    { rows: [['1', '1.0']] },
  ],
  [
    'the end of a pattern',
    s.pipe(
      filter((c) => fn.regexMatch(c.t, 'b$')),
      select('id'),
    ),
    { rows: [] },
  ],
  [
    'no match: empty or NULL',
    s.pipe(
      derive((c) => ({ r: fn.regexFind(c.t, 'z+') })),
      filter((c) => fn.eq(c.id, 1)),
      select('r'),
    ),
    { rows: [[null]], refused: { postgres: 'takes the longest match' } },
  ],
  [
    'concat with NULL: skipped or NULL',
    s.pipe(
      derive((c) => ({ a: fn.append(c.t, c.u), j: fn.joinText('-', c.t, c.u) })),
      filter((c) => fn.isNull(c.a)),
      select('id', 'j'),
    ),
    {
      rows: [
        ['3', 'y'],
        ['5', 'a.b\n'],
      ],
    },
  ],
  ['SQL: || is NULL with NULL', sql`select id from ${s} where t || u is null`, { rows: [['3'], ['5']] }],
  [
    'lists of NULL and of nothing',
    dup.pipe(
      aggregate({
        columns: (c) => ({
          l: fn.listAgg(c.v).orderBy(c.k, c.note),
          e: fn.listAgg(c.v).orderBy(c.k).filter(fn.gt(c.k, 9)),
        }),
      }),
    ),
  ],
  [
    'max by keeps or skips NULL',
    dup.pipe(aggregate({ by: (c) => ({ k: c.k }), columns: (c) => ({ m: fn.maxBy(c.note, c.v) }) })),
  ],
  [
    'lists count from 0 or 1, and fail beyond',
    lists.pipe(
      derive((c) => ({ a: fn.get(c.xs, 1), b: fn.get(c.xs, 5) })),
      select('a', 'b'),
    ),
    {
      rows: [
        ['1', null],
        [null, null],
        [null, null],
      ],
    },
  ],
  [
    'split of an empty text',
    s.pipe(
      derive((c) => ({ p: fn.split(c.t, ',') })),
      filter((c) => fn.eq(c.id, 2)),
      select('p'),
    ),
    { rows: [[['']]] },
  ],
  [
    'trim takes spaces only, or more',
    s.pipe(
      derive((c) => ({ t: fn.trim(c.t) })),
      filter((c) => fn.gt(c.id, 4)),
      select('t'),
    ),
    { rows: [['a.b\n'], ['ß\u00a0'], ['x']] },
  ],
  [
    'texts are ordered by bytes or by a language',
    small('order', { t: text() }, [['b'], ['B'], ['a'], ['_'], ['é']]).pipe(limit(2, { by: ['t'] })),
    { rows: [['B'], ['_']] },
  ],
  [
    'numbers are formatted to a scale',
    one.pipe(
      derive((c) => ({ t: fn.formatNumber(c.d, 1) })),
      select('t'),
    ),
    { rows: [['10.0']] },
  ],
  [
    'unquoted names fold',
    small('case', { Id: int64(), 'Two Words': int64() }, [['1', '2']]).pipe(
      derive((c) => ({ Sum: fn.add(c.Id, c['Two Words']) })),
    ),
    { rows: [['1', '2', '3']] },
  ],
  [
    'empty texts are not NULL',
    s.pipe(
      filter((c) => fn.eq(c.t, '')),
      select('id'),
    ),
    { rows: [['2']] },
  ],
  [
    'hashes of a canonical text only',
    raw.pipe(
      derive((c) => ({ h: fn.sha256(c.b) })),
      filter((c) => fn.isNotNull(c.f)),
      select('h'),
    ),
    { rows: [['06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8']] },
  ],
  ['ties among the first rows', dup.pipe(limit(1, { by: ['k'] })), { rows: [['1', '1', 'a']] }],
  [
    'ties among duplicates',
    dup.pipe(dedupe({ by: ['k'], order: ['v'], keep: 'first' })),
    {
      rows: [
        ['1', '1', 'a'],
        ['2', '5', null],
      ],
    },
  ],
  [
    'unnest drops empty lists',
    lists.pipe(select('id', 'xs'), unnest('xs', { as: 'x' })),
    {
      rows: [
        ['1', '1'],
        ['1', null],
      ],
    },
  ],
  [
    'grouping sets of no rows have a total',
    sql`select count(*) as c from (select * from ${n} where i > 99) group by grouping sets ((i), ())`,
    { rows: [['0']] },
  ],
  [
    'negation of long decimals rounds to 34 digits',
    small('long', { d: decimal(38, 1) }, [['-1234567890123456789012345678901234567.8']]).pipe(
      derive((c) => ({ m: fn.negate(c.d), a: fn.abs(c.d) })),
      select('m', 'a'),
    ),
    { rows: [['1234567890123456789012345678901234567.8', '1234567890123456789012345678901234567.8']] },
  ],
  [
    'greatest skips NULL or becomes NULL',
    n.pipe(
      derive((c) => ({ g: fn.greatest(c.i, c.j) })),
      select('g'),
    ),
  ],
  ['in with NULL in the list', sql`select i from ${n} where i not in (5, null)`, { rows: [] }],
  [
    'length counts bytes, units or code points',
    small('emoji', { t: text() }, [['😀é']]).pipe(
      derive((c) => ({ l: fn.length(c.t), r: fn.reverse(c.t), s: fn.left(c.t, 1) })),
      select('l', 'r', 's'),
    ),
    { rows: [['2', 'é😀', '😀']] },
  ],
  ['like escapes and case', sql`select id from ${s} where t like 'H%' or t like '%.b%'`, { rows: [['5']] }],
  [
    'integers overflow silently',
    small('int', { a: int32() }, [['2147483647']]).pipe(
      derive((c) => ({ b: fn.add(c.a, 1) })),
      select('b'),
    ),
    { rows: [['2147483648']] },
  ],
  [
    'the default frame takes ties together',
    sql`select v, count(*) over (partition by k order by v) as c from ${dup} where k = 1`,
    {
      rows: [
        ['1', '2'],
        ['1', '2'],
      ],
    },
  ],
  [
    'the number of a row among ties',
    dup.pipe(window((c) => ({ r: over(fn.rowNumber(), { partition: [c.k], order: [c.v, c.note] }) }))),
  ],
  [
    'a backslash in a text literal',
    s.pipe(
      filter((c) => fn.ne(c.t, String.raw`\n`)),
      select('id'),
    ),
    { rows: [['1'], ['2'], ['4'], ['5'], ['6'], ['7']] },
  ],
  ['a limit without an order', sql`select id from ${s} limit 2`, { rows: [['1'], ['2']] }],
]
