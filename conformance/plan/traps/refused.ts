import { derive, fn, int64, list, sql, struct } from '../../../packages/etl/src/index.ts'
import { type Expectation, small } from '../plan-case.ts'
import { one, s, when, dup } from './tables.ts'
import type { WrittenTrap } from './trap.ts'

const nested = small('nested', { id: int64(), xs: list(int64()), st: struct({ a: int64() }) }, [
  ['1', ['1', null], { a: '1' }],
  ['2', [], { a: null }],
  ['3', null, null],
])

/** What only DuckDB runs, in its own words. */
const both = (reason: string): Expectation => ({
  refused: { postgres: reason, spark: reason },
  unprinted: ['duckdb'],
})

/** Traps whose words are refused. */
export const refused: readonly WrittenTrap[] = [
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
