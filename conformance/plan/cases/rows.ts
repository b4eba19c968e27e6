import {
  cast,
  dedupe,
  decimal,
  derive,
  drop,
  expect,
  fill,
  fillForward,
  filter,
  float64,
  fn,
  int32,
  int64,
  limit,
  desc,
  asc,
  parseNumber,
  select,
  sort,
  text,
  union,
} from '../../../packages/etl/src/index.ts'
import { casesOf, type PlanCase, small } from '../plan-case.ts'

const none = small('none', { id: int64(), name: text(), x: float64() }, [])
const nulls = small('nulls', { id: int64(), name: text(), x: float64() }, [
  [null, null, null],
  [null, null, null],
])
const floats = small('floats', { id: int64(), x: float64() }, [
  ['1', 'NaN'],
  ['2', '-0.0'],
  ['3', '0.0'],
  ['4', 'Infinity'],
  ['5', '-Infinity'],
  ['6', null],
  ['7', '1e300'],
  ['8', '5e-324'],
  ['9', '9007199254740993'],
])
const big = small('big', { id: int64(), n: int64(), d: decimal(38, 0), e: decimal(38, 38) }, [
  ['1', '9007199254740993', '99999999999999999999999999999999999999', `0.${'9'.repeat(38)}`],
  ['2', '9007199254740992', '-99999999999999999999999999999999999999', `-0.${'0'.repeat(37)}1`],
  ['3', '9223372036854775807', '0', `0.${'0'.repeat(38)}`],
  ['4', '-9223372036854775808', null, null],
])
const texts = small('texts', { id: int64(), s: text() }, [
  ['1', ''],
  ['2', ' '],
  ['3', 'ß'],
  ['4', 'e\u0301'],
  ['5', 'é'],
  ['6', '😀'],
  ['7', 'Z'],
  ['8', 'a'],
  ['9', null],
  ['10', "it's"],
  ['11', String.raw`back\slash`],
  ['12', 'new\nline'],
  ['13', '\uffff'],
  ['14', 'NULL'],
  ['15', '${spark.app.id}'],
])
const people = small('people', { id: int64(), email: text(), seen: int64(), note: text() }, [
  ['1', 'a@x', '1', 'old'],
  ['2', 'a@x', '2', 'new'],
  ['3', null, '1', 'n1'],
  ['4', null, '2', 'n2'],
  ['5', 'A@x', '1', 'case'],
  ['6', 'a@x', '2', 'tie'],
  ['7', '', null, 'empty'],
])
const other = small('other', { id: int64(), city: text() }, [
  ['1', 'Ulm'],
  [null, null],
])

/** Nodes that keep, compute or order single rows. */
export const rowCases: readonly PlanCase[] = casesOf('rows', [
  ['a filter over no rows', none.pipe(filter((c) => fn.gt(c.id, 1))), { rows: [] }],
  ['a filter over NULLs keeps none', nulls.pipe(filter((c) => fn.gt(c.id, 1))), { rows: [] }],
  ['not over NULL keeps none', nulls.pipe(filter((c) => fn.not(fn.eq(c.id, 1)))), { rows: [] }],
  [
    'NaN equals itself',
    floats.pipe(
      filter((c) => fn.eq(c.x, c.x)),
      select('id'),
    ),
    {
      rows: ['1', '2', '3', '4', '5', '7', '8', '9'].map((i) => [i]),
    },
  ],
  [
    'NaN is above every number',
    floats.pipe(
      filter((c) => fn.gt(c.x, 1e308)),
      select('id'),
    ),
    { rows: [['1'], ['4']] },
  ],
  [
    'minus zero equals zero',
    floats.pipe(
      filter((c) => fn.eq(c.x, 0)),
      select('id'),
    ),
    { rows: [['2'], ['3']] },
  ],
  [
    'is finite and is NaN',
    floats.pipe(
      derive((c) => ({ f: fn.isFinite(c.x), n: fn.isNan(c.x) })),
      select('id', 'f', 'n'),
    ),
  ],
  ['doubles are added as doubles', floats.pipe(derive((c) => ({ y: fn.add(c.x, 1) })))],
  [
    'neighbours of 2^53 stay apart',
    big.pipe(
      filter((c) => fn.gt(c.n, 9007199254740992n)),
      select('id'),
    ),
    {
      rows: [['1'], ['3']],
    },
  ],
  [
    'an integer beside a fraction',
    big.pipe(
      derive((c) => ({ s: fn.add(c.id, 0.5) })),
      select('id', 's'),
    ),
    {
      rows: [
        ['1', '1.5'],
        ['2', '2.5'],
        ['3', '3.5'],
        ['4', '4.5'],
      ],
    },
  ],
  ['the ends of the decimals', big.pipe(derive((c) => ({ a: fn.abs(c.d), m: fn.negate(c.e) })))],
  ['a sum beyond int64 fails', big.pipe(derive((c) => ({ s: fn.add(c.n, c.n) }))), { fails: true }],
  ['a negation beyond int64 fails', big.pipe(derive((c) => ({ s: fn.negate(c.n) }))), { fails: true }],
  ['a cast beyond int32 leaves the row out', big.pipe(cast({ n: int32() })), { rows: [] }],
  [
    'decimals beyond 38 digits are rejected',
    big.pipe(
      filter((c) => fn.eq(c.id, 1)),
      derive((c) => ({ s: fn.add(c.d, c.d) })),
    ),
    { rejected: 'at most 38 digits' },
  ],
  [
    'text is ordered by code points',
    texts.pipe(
      filter((c) => fn.gt(c.s, 'a')),
      select('id'),
    ),
    {
      rows: [['3'], ['4'], ['5'], ['6'], ['10'], ['11'], ['12'], ['13']],
    },
  ],
  [
    'the three smallest texts',
    texts.pipe(limit(3, { by: ['s'] })),
    {
      rows: [
        ['1', ''],
        ['2', ' '],
        ['15', '${spark.app.id}'],
      ],
    },
  ],
  [
    'the largest text is beyond the surrogates',
    texts.pipe(limit(1, { by: [desc('s')] })),
    { rows: [['6', '😀']] },
  ],
  [
    'NULL first, descending',
    texts.pipe(limit(2, { by: [desc('s', { nulls: 'first' })] })),
    {
      rows: [
        ['9', null],
        ['6', '😀'],
      ],
    },
  ],
  [
    'NULL first, ascending',
    texts.pipe(limit(2, { by: [asc('s', { nulls: 'first' })] })),
    {
      rows: [
        ['9', null],
        ['1', ''],
      ],
    },
  ],
  ['NULL last, ascending', texts.pipe(limit(1, { by: [asc('s')], offset: 14 })), { rows: [['9', null]] }],
  ['a limit beyond the rows', texts.pipe(limit(5, { by: ['id'], offset: 20 })), { rows: [] }],
  ['a limit of none', texts.pipe(limit(0, { by: ['id'] })), { rows: [] }],
  [
    'NaN sorts above infinity',
    floats.pipe(limit(2, { by: [desc('x')] }), select('id')),
    { rows: [['1'], ['4']] },
  ],
  [
    'a composed and a decomposed letter differ',
    texts.pipe(
      filter((c) => fn.eq(c.s, 'é')),
      select('id'),
    ),
    { rows: [['5']] },
  ],
  [
    'length counts code points',
    texts.pipe(
      derive((c) => ({ n: fn.length(c.s) })),
      select('id', 'n'),
    ),
  ],
  [
    'literals of every awkward text',
    texts.pipe(
      derive(() => ({
        a: "o'clock",
        b: String.raw`\n\\`,
        c: 'a"b`c',
        d: '${x}',
        e: '--',
        f: '/*',
        g: '\t\n',
      })),
      filter((c) => fn.eq(c.id, 1)),
    ),
    { rows: [['1', '', "o'clock", String.raw`\n\\`, 'a"b`c', '${x}', '--', '/*', '\t\n']] },
  ],
  ['sort keeps all rows', floats.pipe(sort(desc('x', { nulls: 'first' })))],
  ['fill leaves empty texts', people.pipe(fill({ email: 'none', seen: 0 }))],
  [
    'fill forward within a key that may be NULL',
    people.pipe(fillForward(['seen'], { by: ['email'], order: ['id'] })),
  ],
  [
    'an expectation lets true pass only',
    people.pipe(expect('known', (c) => fn.gt(c.seen, 1))),
    {
      rows: [
        ['2', 'a@x', '2', 'new'],
        ['4', null, '2', 'n2'],
        ['6', 'a@x', '2', 'tie'],
      ],
    },
  ],
  [
    'dedupe: NULL keys are one group',
    people.pipe(dedupe({ by: ['email'], order: ['seen'], keep: 'first' })),
    {
      rows: [
        ['1', 'a@x', '1', 'old'],
        ['3', null, '1', 'n1'],
        ['5', 'A@x', '1', 'case'],
        ['7', '', null, 'empty'],
      ],
    },
  ],
  [
    'dedupe: ties are broken by all columns',
    people.pipe(dedupe({ by: ['email'], order: [desc('seen')], keep: 'first' })),
    {
      rows: [
        ['2', 'a@x', '2', 'new'],
        ['4', null, '2', 'n2'],
        ['5', 'A@x', '1', 'case'],
        ['7', '', null, 'empty'],
      ],
    },
  ],
  ['dedupe: the last one', people.pipe(dedupe({ by: ['email'], order: ['seen'], keep: 'last' }))],
  ['dedupe: exact duplicates of NULLs', nulls.pipe(dedupe({ by: 'all' })), { rows: [[null, null, null]] }],
  ['dedupe over no rows', none.pipe(dedupe({ by: 'all' })), { rows: [] }],
  ['dedupe by a float, with both zeros and NaN', floats.pipe(drop('id'), dedupe({ by: 'all' }))],
  ['a union of columns that one side lacks', people.pipe(select('id', 'email'), union(other))],
  [
    'a union with no rows',
    none.pipe(select('id'), union(other)),
    {
      rows: [
        ['1', 'Ulm'],
        [null, null],
      ],
    },
  ],
  ['a union of three, one twice', other.pipe(union(other), union(nulls.pipe(select('id'))))],
  [
    'numbers out of texts',
    small('numbers', { id: int64(), t: text() }, [
      ['1', '12'],
      ['2', '12.50'],
      ['3', '1e3'],
      ['4', '0x1F'],
      ['5', '1_000'],
      ['6', ' 7 '],
      ['7', ''],
      ['8', null],
      ['9', '-0'],
      ['10', '+5'],
      ['11', '9223372036854775808'],
    ]).pipe(parseNumber('t', int64(), { onBad: 'null' })),
  ],
  [
    'decimals out of texts',
    small('prices', { id: int64(), t: text() }, [
      ['1', '12.345'],
      ['2', '12.3'],
      ['3', '-.5'],
      ['4', '5.'],
      ['5', '1,5'],
      ['6', '99999999.99'],
      ['7', '100000000'],
      ['8', 'NaN'],
    ]).pipe(parseNumber('t', decimal(10, 2), { onBad: 'null' })),
  ],
])
