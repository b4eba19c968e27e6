import {
  dedupe,
  derive,
  filter,
  fn,
  int64,
  limit,
  desc,
  rename,
  select,
  sql,
  text,
  union,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const odd = small(
  'odd',
  {
    select: int64(),
    'a"b': text(),
    'c`d': text(),
    'größe €': text(),
    'two words': int64(),
    Group: int64(),
    "it's": text(),
    '1st': int64(),
    'a.b': int64(),
    $x: int64(),
    'back\\slash': int64(),
  },
  [
    ['1', 'x', 'y', 'z', '2', '3', 'q', '4', '5', '6', '7'],
    [null, null, null, null, null, null, null, null, null, null, null],
  ],
)
const upper = small('upper', { ID: int64(), Name: text() }, [
  ['1', 'A'],
  ['2', null],
])
const lower = small('lower', { id: int64(), name: text(), extra: text() }, [
  ['1', 'b', 'e'],
  ['3', 'c', 'f'],
])

/** Names that need quoting, and names that differ by case. */
export const nameCases: readonly PlanCase[] = casesOf('names', [
  ['every odd name passes', odd.pipe(filter((c) => fn.isNotNull(c.select)))],
  [
    'odd names in expressions',
    odd.pipe(
      derive((c) => ({
        'sum "of" `all`': fn.add(c['two words'], c['a.b']),
        from: fn.append(c['a"b'], c['c`d']),
      })),
      select('sum "of" `all`', 'from', 'größe €'),
    ),
  ],
  [
    'odd names renamed',
    odd.pipe(select('a"b', 'c`d', 'Group'), rename({ 'a"b': 'c``d', 'c`d': 'e""f', Group: 'order' })),
  ],
  [
    'odd names sorted and limited',
    odd.pipe(limit(1, { by: [desc('a"b', { nulls: 'last' }), 'back\\slash'] })),
  ],
  ['odd names deduplicated', odd.pipe(dedupe({ by: ['c`d', '$x'], order: ["it's"] }), select("it's", '1st'))],
  [
    'a union across cases of a name',
    upper.pipe(union(lower)),
    {
      rows: [
        ['1', 'A', null],
        ['2', null, null],
        ['1', 'b', 'e'],
        ['3', 'c', 'f'],
      ],
    },
  ],
  [
    'a derived column replaces one of another case',
    upper.pipe(derive(() => ({ NAME: 'new' }))),
    {
      rows: [
        ['1', 'new'],
        ['2', 'new'],
      ],
    },
  ],
  [
    'a name given twice is rejected',
    upper.pipe(rename({ ID: 'NAME' })),
    { rejected: 'two columns would be named' },
  ],
  ['SQL: any case of a name', sql`select Id, "nAmE" from ${upper} where iD = 1`, { rows: [['1', 'A']] }],
  [
    'SQL: reserved words as aliases',
    sql`select id as "select", name as "from" from ${upper} as "table"`,
    {
      rows: [
        ['1', 'A'],
        ['2', null],
      ],
    },
  ],
  [
    'SQL: an alias that hides a column of another case',
    sql`select id + 1 as ID from ${upper} where id = 1`,
    { rows: [['2']] },
  ],
  [
    'names that printers use themselves',
    small('own', { __in: int64(), __rank: int64(), __key0: int64(), l: int64(), r: int64() }, [
      ['1', '2', '3', '4', '5'],
    ]).pipe(
      derive((c) => ({ e: fn.add(c.__in, c.l) })),
      filter((c) => fn.gt(c.r, 0)),
    ),
    { rows: [['1', '2', '3', '4', '5', '5']] },
  ],
])
