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
  parseNumber,
  select,
  sql,
  struct,
  text,
  timestamp,
  unnest,
  window,
} from '../../packages/etl/src/index.ts'
import { casesOf, type Expectation, type PlanCase, small, type Written } from './plan-case.ts'

/** A place where the same words mean different things to engines, and what the product does about it. */
export interface Trap {
  readonly trap: string
  /** The words are printed so that they mean one thing, or they are refused. */
  readonly met: 'rewritten' | 'refused'
  /** What provokes it. */
  readonly case: PlanCase
}

const n = small('n', { i: int64(), j: int64(), d: decimal(12, 2), x: float64() }, [
  ['-7', '2', '19.99', '2.5'],
  ['7', '-2', '-2.50', '-0.5'],
  ['5', '0', '8.75', '0.5'],
  [null, '3', null, 'NaN'],
])
const one = small('one', { i: int64(), d: decimal(12, 2), x: float64() }, [['5', '10.00', '123456789.123']])
const s = small('s', { id: int64(), t: text(), u: text() }, [
  ['1', 'hello', 'h'],
  ['2', '', 'x'],
  ['3', null, 'y'],
  ['4', '12.50', '2024-01-05'],
  ['5', 'a.b\n', null],
  ['6', 'ß\u00a0', 'ﬁ'],
  ['7', ' x ', 'YES'],
])
const when = small('w', { id: int64(), d: date(), at: timestamp() }, [
  ['1', '2024-01-31', '2024-03-31T02:30:00.000000'],
  ['2', '2024-12-29', '1969-12-31T23:59:59.500000'],
  ['3', '2026-10-25', '2026-10-25T02:30:00.000000'],
  ['4', null, null],
])
const dup = small('dup', { k: int64(), v: int64(), note: text() }, [
  ['1', '1', 'b'],
  ['1', '1', 'a'],
  ['2', null, 'c'],
  ['2', '5', null],
])
const lists = small('lists', { id: int64(), xs: list(int64()) }, [
  ['1', ['1', null]],
  ['2', []],
  ['3', null],
])
const nested = small('nested', { id: int64(), xs: list(int64()), st: struct({ a: int64() }) }, [
  ['1', ['1', null], { a: '1' }],
  ['2', [], { a: null }],
  ['3', null, null],
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
/** What only DuckDB runs, in its own words. */
const both = (reason: string): Expectation => ({
  refused: { postgres: reason, spark: reason },
  unprinted: ['duckdb'],
})

type WrittenTrap = readonly [trap: string, plan: Written[1], expectation?: Expectation]

const rewritten: readonly WrittenTrap[] = [
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

const refused: readonly WrittenTrap[] = [
  [
    'two-digit years turn at 1969 or 1970',
    s.pipe(derive((c) => ({ d: fn.parseDate(c.t, 'yy-MM-dd') }))),
    { rejected: 'yy' },
  ],
  [
    'a text cast to a timestamp',
    sql`select cast(u as timestamp) as t from ${s}`,
    both('parse it with explicit formats'),
  ],
  ['a text cast to an integer', sql`select cast(t as integer) as t from ${s}`, both('use a parse function')],
  [
    'a double as text',
    sql`select cast(x as varchar) as t from ${one}`,
    both('no conversion means the same everywhere'),
  ],
  [
    'a clock of a place',
    sql`select ("at" at time zone 'Europe/Berlin')::timestamp as t from ${when}`,
    both('function timezone is not in the catalogue'),
  ],
  ['now', sql`select id, now()::timestamp as t from ${s}`, { rejected: 'now' }],
  ['random', sql`select id, random() as r from ${s}`, { rejected: 'random' }],
  ['hash', sql`select hash(id) as h from ${s}`, both('function hash is not in the catalogue')],
  [
    'approximate counts',
    sql`select approx_count_distinct(id) as n from ${s}`,
    both('approx_count_distinct is not in the catalogue'),
  ],
  [
    'a sample',
    sql`select id from ${s} using sample 2 rows`,
    { rejected: 'TABLESAMPLE gives another answer' },
  ],
  [
    'look-around in a pattern',
    s.pipe(derive((c) => ({ r: fn.regexMatch(c.t, 'a(?=b)') }))),
    { rejected: 'look' },
  ],
  [
    'a reference back in a pattern',
    s.pipe(derive((c) => ({ r: fn.regexMatch(c.t, String.raw`(a)\1`) }))),
    { rejected: 'back references' },
  ],
  [
    'a class of Unicode in a pattern',
    s.pipe(derive((c) => ({ r: fn.regexMatch(c.t, String.raw`\p{L}`) }))),
    { rejected: 'Unicode classes' },
  ],
  ['lists compared', sql`select id from ${nested} where xs = xs`, both('argument "x" is list')],
  ['structs compared', sql`select id from ${nested} where st = st`, both('argument "x" is struct')],
  [
    'lists gathered without an order',
    sql`select list(v) as l from ${dup}`,
    both('depends on the order of rows'),
  ],
  ['the first of no order', sql`select first(v) as l from ${dup}`, both('depends on the order of rows')],
  ['any value', sql`select any_value(v) as l from ${dup}`, both('any_value is not in the catalogue')],
  [
    'days of the week from Sunday',
    sql`select dayofweek(d) as w from ${when}`,
    both('dayofweek is not in the catalogue'),
  ],
  [
    'date differences by months and days',
    sql`select age("at", timestamp '2024-01-01') as a from ${when}`,
    { rejected: 'has no type for INTERVAL' },
  ],
  [
    'substrings from the end',
    sql`select substr(t, -2) as x from ${s}`,
    both('positions must be constants and not negative'),
  ],
  [
    'parts from 0',
    sql`select substr(t, 0, 2) as x from ${s}`,
    both('positions must be constants and not negative'),
  ],
  [
    'positional joins',
    sql`select * from (select id from ${s}) positional join (select k from ${dup})`,
    both('positional joins'),
  ],
  [
    'a replacement that names a group that is none',
    s.pipe(derive((c) => ({ r: fn.regexReplaceAll(c.t, 'l', '$1') }))),
    { rejected: 'the replacement names group 1' },
  ],
]

const trapsOf = (met: Trap['met'], written: readonly WrittenTrap[]): readonly Trap[] =>
  casesOf('trap', written).map((made, i) => ({ trap: written[i]?.[0] ?? '', met, case: made }))

/** The known traps. */
export const traps: readonly Trap[] = [...trapsOf('rewritten', rewritten), ...trapsOf('refused', refused)]

/** The plans of the traps. */
export const trapCases: readonly PlanCase[] = traps.map((t) => t.case)
