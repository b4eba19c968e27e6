import {
  aggregate,
  date,
  derive,
  filter,
  fn,
  int64,
  map,
  select,
  sessionize,
  sort,
  sql,
  struct,
  text,
  timeBucket,
  timestamp,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const events = small('events', { id: int64(), who: text(), at: timestamp() }, [
  ['1', 'a', '2024-03-31T01:30:00.000000'],
  ['2', 'a', '2024-03-31T02:00:00.000000'],
  ['3', 'a', '2024-03-31T02:30:00.000001'],
  ['4', 'a', '2024-03-31T03:00:00.000000'],
  ['5', null, '1969-12-31T23:59:59.999999'],
  ['6', null, '1970-01-01T00:00:00.000000'],
  ['7', 'b', null],
  ['8', 'b', '0001-01-01T00:00:00.000000'],
  ['9', 'b', '9999-12-31T23:59:59.999999'],
  ['10', 'b', '2024-10-27T02:30:00.000000'],
  ['11', 'b', '2024-10-27T02:30:00.000000'],
])
const days = small('days', { id: int64(), d: date(), t: timestamp() }, [
  ['1', '2024-02-29', '2024-02-29T23:59:59.999999'],
  ['2', '2023-12-31', '2024-01-31T12:00:00.000000'],
  ['3', '1582-10-04', '1582-10-15T00:00:00.000000'],
  ['4', '0001-01-01', '1900-02-28T06:00:00.000000'],
  ['5', '9999-12-31', '1969-12-31T23:59:59.999999'],
  ['6', null, null],
  ['7', '2021-01-03', '2020-12-31T00:00:00.000000'],
])
const nested = small(
  'nested',
  { id: int64(), s: struct({ x: int64(), y: text() }), m: map(text(), int64()) },
  [
    [
      '1',
      { x: '1', y: 'a' },
      [
        ['k', '1'],
        ['l', null],
      ],
    ],
    ['2', { x: null, y: null }, []],
    ['3', null, null],
  ],
)
const noMaps = { refused: { postgres: 'has no' } } as const

/** Sessions, buckets, calendars and nested values. */
export const timeCases: readonly PlanCase[] = casesOf('times', [
  [
    'a gap of exactly the limit stays in the session, a microsecond more does not',
    events.pipe(
      filter((c) => fn.eq(c.who, 'a')),
      sessionize({ by: ['who'], at: 'at', gap: { minutes: 30 } }),
      select('id', 'session_number'),
    ),
    {
      rows: [
        ['1', '1'],
        ['2', '1'],
        ['3', '2'],
        ['4', '2'],
      ],
    },
  ],
  [
    'sessions of NULL keys, NULL times, both ends of time',
    events.pipe(sessionize({ by: ['who'], at: 'at', gap: { days: 1 } })),
  ],
  [
    'sessions without events',
    events.pipe(
      filter((c) => fn.eq(c.who, 'none')),
      sessionize({ by: ['who'], at: 'at', gap: { days: 1 } }),
    ),
    { rows: [] },
  ],
  ['buckets before 1970 and across clock changes', events.pipe(timeBucket('at', { width: { minutes: 15 } }))],
  [
    'buckets of a week start on Thursdays',
    events.pipe(
      filter((c) => fn.gt(c.at, '1900-01-01')),
      timeBucket('at', { width: { days: 7 } }),
      select('id', 'bucket_start'),
    ),
  ],
  [
    'calendar parts',
    days.pipe(
      derive((c) => ({
        y: fn.year(c.d),
        w: fn.isoWeek(c.d),
        iy: fn.isoYear(c.d),
        dw: fn.isoDow(c.d),
        dy: fn.dayOfYear(c.d),
        q: fn.quarter(c.t),
        h: fn.hour(c.t),
        ms: fn.millisecond(c.t),
      })),
    ),
  ],
  [
    'truncated to units',
    days.pipe(
      derive((c) => ({
        m: fn.dateTrunc('month', c.t),
        w: fn.dateTrunc('week', c.d),
        y: fn.dateTrunc('year', c.d),
        h: fn.dateTrunc('hour', c.t),
      })),
    ),
  ],
  [
    'months added at their ends',
    days.pipe(
      filter((c) => fn.lt(c.d, '9000-01-01')),
      derive((c) => ({ a: fn.addMonths(c.d, 1), b: fn.addMonths(c.t, -12), e: fn.lastDay(c.d) })),
    ),
  ],
  [
    'days and seconds added across clock changes',
    events.pipe(
      filter((c) => fn.between(c.at, '2024-01-01', '2024-12-31')),
      derive((c) => ({ d: fn.addDays(c.at, 1), s: fn.addSeconds(c.at, 3600) })),
    ),
  ],
  [
    'differences: boundaries and complete units',
    days.pipe(
      derive((c) => ({
        b: fn.dateDiff('month', c.d, fn.toDate(c.t)),
        e: fn.elapsed('month', c.d, fn.toDate(c.t)),
        y: fn.dateDiff('year', c.d, fn.toDate(c.t)),
        d: fn.dateDiff('day', c.d, fn.toDate(c.t)),
      })),
    ),
  ],
  ['epochs before 1970', events.pipe(derive((c) => ({ s: fn.epochSeconds(c.at), ms: fn.epochMs(c.at) })))],
  [
    'grouped by month',
    days.pipe(
      aggregate({
        by: (c) => ({ m: fn.dateTrunc('month', c.t) }),
        columns: (c) => ({ n: fn.count(), first: fn.min(c.d) }),
      }),
    ),
  ],
  ['texts of times', days.pipe(derive((c) => ({ t: fn.toText(c.t), d: fn.toText(c.d) })))],
  [
    'times out of texts',
    small('stamps', { id: int64(), t: text() }, [
      ['1', '2024-02-29 12:00:00'],
      ['2', '2023-02-29 12:00:00'],
      ['3', '2024-1-5 12:00:00'],
      ['4', '2024-01-05T12:00:00'],
      ['5', '2024-01-05 12:00:00+02'],
      ['6', '2024-01-05 24:00:00'],
      ['7', '2024-01-05 12:00:60'],
      ['8', ''],
      ['9', null],
      ['10', '2024-03-31 02:30:00'],
      ['11', '2024-01-05 12:00:00 '],
    ]).pipe(derive((c) => ({ p: fn.parseTimestamp(c.t, 'yyyy-MM-dd HH:mm:ss') }))),
  ],
  [
    'SQL: truncated and shifted',
    sql`select id, date_trunc('month', "at") as m, "at" + interval 1 day as next from ${events} where "at" between '2024-01-01' and '2025-01-01'`,
  ],
  ['SQL: extracted', sql`select id, year(d) as y, month(d) as m, extract(day from d) as dd from ${days}`],
  [
    'SQL: a gap by lag',
    sql`select id, epoch("at") - epoch(lag("at") over (partition by who order by "at", id)) as gap from ${events} where who = 'a'`,
    { refused: { postgres: 'epoch is not in the catalogue', spark: 'epoch is not in the catalogue' } },
  ],
  [
    'fields of structs',
    nested.pipe(
      derive((c) => ({ x: fn.structField(c.s, 'x') })),
      select('id', 'x'),
    ),
    {
      rows: [
        ['1', '1'],
        ['2', null],
        ['3', null],
      ],
      ...noMaps,
    },
  ],
  ['structs and maps pass through', nested.pipe(filter((c) => fn.gt(c.id, 0))), noMaps],
  [
    'values of maps by key',
    nested.pipe(
      derive((c) => ({ v: fn.mapGet(c.m, 'k') })),
      select('id', 'v'),
    ),
    {
      rows: [
        ['1', '1'],
        ['2', null],
        ['3', null],
      ],
      ...noMaps,
    },
  ],
  ['structs are sorted by as tie-breakers', nested.pipe(select('id', 's'), sort('s' as 'id')), noMaps],
  [
    'maps break no ties outside DuckDB',
    nested.pipe(select('id', 'm'), sort('id')),
    { refused: { postgres: 'has no', spark: 'holds a map, which has no order' } },
  ],
])
