import { expect, test } from 'vitest'
import {
  aggregate,
  apply,
  asc,
  bool,
  cast,
  changeCase,
  csv,
  decimal,
  dedupe,
  derive,
  desc,
  drop,
  expect as expectRule,
  fill,
  fillForward,
  filter,
  flattenJson,
  fn,
  int32,
  int64,
  join,
  limit,
  lookup,
  lower,
  maskColumn,
  over,
  parseDate,
  parseNumber,
  parseTimestamp,
  pivot,
  rangeLookup,
  rename,
  replaceValues,
  select,
  sessionize,
  sort,
  split,
  type Step,
  table,
  text,
  timeBucket,
  timestamp,
  trim,
  union,
  unnest,
  unpivot,
  upper,
  window,
} from '../../index.ts'
import type { Node } from '../../plan/node.ts'
import { typeName } from '../../plan/type.ts'
import { steps } from '../../step/index.ts'
import type { Rows, Table } from './index.ts'

const raw = table('raw.orders', {
  from: csv('orders.csv', {
    columns: {
      order_id: int64({ required: true }),
      customer: text(),
      at_text: text(),
      price_text: text(),
      payload: text(),
      quantity: int64(),
      region: text(),
      updated_at: timestamp({ required: true }),
    },
  }),
})
const regions = table('raw.regions', {
  from: csv('regions.csv', {
    columns: { region: text({ required: true }), label: text({ required: true }) },
  }),
})
const ranges = table('raw.ranges', {
  from: csv('ranges.csv', { columns: { first: int64(), last: int64(), country: text() } }),
})

/** The columns of a table made of these rows, as text; fails on any diagnostic. */
function shape(from: Rows): string {
  const made: Table = table('x.made', { from })
  expect(made.diagnostics).toBeUndefined()
  return (made.schema ?? []).map((f) => `${f.name} ${typeName(f.type)}${f.nullable ? '' : '!'}`).join(', ')
}

/** The last node of a table made of these rows. */
function root(from: Rows): Node {
  const made: Table = table('x.made', { from })
  expect(made.diagnostics).toBeUndefined()
  if (made.content.kind !== 'plan') throw new Error(`unexpected ${made.content.kind}`)
  return made.content.root
}

const base = raw.pipe(select('order_id', 'quantity', 'region', 'updated_at'))
const baseShape = 'order_id int64!, quantity int64, region text, updated_at timestamp!'

test('builders that read and clean columns', () => {
  const clean = raw.pipe(
    trim(['customer'], { emptyToNull: true }),
    lower('customer'),
    upper('region'),
    changeCase(['region'], 'proper'),
    parseTimestamp('at_text', { formats: ['yyyy-MM-dd HH:mm:ss'] }),
    parseNumber('price_text', decimal(10, 2), { decimalPoint: ',', onBad: 'null' }),
    rename({ at_text: 'ordered_at', price_text: 'price' }),
    cast({ quantity: int32() }),
    fill({ quantity: 0, region: 'unknown' }),
    replaceValues('region', [['N/a', null]]),
    maskColumn(['customer'], { keepLast: 2 }),
    flattenJson('payload', { vip: bool(), amount: decimal(9, 3, { from: '$.sum.total' }) }),
    drop('updated_at'),
  )
  expect(shape(clean)).toBe(
    'order_id int64!, customer text, ordered_at timestamp, price decimal(10,2), quantity int32!, region text, vip bool, amount decimal(9,3)',
  )
  expect(shape(raw.pipe(parseDate('at_text', { formats: ['yyyy-MM-dd'] }), select('at_text')))).toBe(
    'at_text date',
  )
  expect(
    shape(
      raw.pipe(
        split('customer', ' '),
        unnest('customer', { as: 'word', position: 'n' }),
        select('word', 'n'),
      ),
    ),
  ).toBe('word text, n int64!')
  expect(shape(raw.pipe(split('customer', ' ', { into: ['first', 'last'] }), select('first', 'last')))).toBe(
    'first text, last text',
  )
})

test('builders that keep some rows', () => {
  expect(root(base.pipe(filter((c) => fn.gt(c.quantity, 0))))).toMatchObject({ kind: 'filter' })
  expect(
    root(base.pipe(expectRule('known', (c) => fn.isNotNull(c.quantity), { reason: 'missing' }))),
  ).toMatchObject({
    kind: 'expect',
    rule: 'known',
    reason: 'missing',
    blame: ['quantity'],
  })
  expect(root(base.pipe(dedupe({ by: 'all' })))).toMatchObject({
    kind: 'dedupe',
    by: ['order_id', 'quantity', 'region', 'updated_at'],
    order: [],
  })
  expect(
    root(
      base.pipe(
        dedupe({
          by: ['region'],
          keep: 'first',
          order: ['updated_at', desc('quantity', { nulls: 'first' })],
        }),
      ),
    ),
  ).toMatchObject({
    order: [
      { direction: 'asc', nulls: 'last' },
      { direction: 'desc', nulls: 'first' },
    ],
  })
  expect(root(base.pipe(sort('region', desc('quantity'))))).toMatchObject({
    kind: 'sort',
    order: [{ direction: 'asc' }, { direction: 'desc' }],
  })
  expect(root(base.pipe(limit(3, { by: [asc('quantity')], offset: 1 })))).toMatchObject({
    kind: 'limit',
    count: 3,
    offset: 1,
    from: { kind: 'sort' },
  })
})

test('builders that combine tables', () => {
  expect(shape(base.pipe(join(regions, { on: ['region'], type: 'left' })))).toBe(`${baseShape}, label text`)
  expect(shape(base.pipe(join(regions.pipe(rename({ region: 'code' })), { on: [['region', 'code']] })))).toBe(
    `${baseShape}, label text!`,
  )
  expect(shape(base.pipe(join(regions, { on: ['region'], type: 'semi' })))).toBe(baseShape)
  expect(shape(base.pipe(lookup(regions, { on: ['region'], keep: ['label'], prefix: 'region_' })))).toBe(
    `${baseShape}, region_label text`,
  )
  expect(shape(base.pipe(rangeLookup(ranges, { value: 'quantity', from: 'first', to: 'last' })))).toBe(
    `${baseShape}, country text`,
  )
  expect(shape(base.pipe(union(regions)))).toBe(
    'order_id int64, quantity int64, region text, updated_at timestamp, label text',
  )
  const made = table('x.made', { from: base.pipe(lookup(regions, { on: ['region'] })) })
  expect(made.content.kind === 'plan' ? made.content.tables : []).toEqual([raw, regions])
})

test('builders that regroup rows', () => {
  const sums = base.pipe(
    aggregate({
      by: (c) => ({ region: c.region, month: fn.dateTrunc('month', c.updated_at) }),
      columns: (c) => ({
        rows: fn.count(),
        total: fn.sum(c.quantity).filter(fn.gt(c.quantity, 0)),
        kinds: fn.countValue(c.region).distinct(),
      }),
    }),
  )
  expect(shape(sums)).toBe('region text, month timestamp!, rows int64!, total int64, kinds int64!')
  expect(shape(base.pipe(aggregate({ columns: () => ({ rows: fn.count() }) })))).toBe('rows int64!')
  expect(
    shape(
      base.pipe(
        window((c) => ({ n: over(fn.rowNumber(), { partition: [c.region], order: [desc(c.quantity)] }) })),
      ),
    ),
  ).toBe(`${baseShape}, n int64!`)
  expect(
    shape(
      base.pipe(
        pivot({ keys: ['updated_at'], on: 'region', values: ['EU', 'US'], aggregate: () => fn.count() }),
      ),
    ),
  ).toBe('updated_at timestamp!, EU int64!, US int64!')
  expect(
    shape(
      base.pipe(
        pivot({ keys: ['updated_at'], on: 'region', values: { none: null }, aggregate: () => fn.count() }),
      ),
    ),
  ).toBe('updated_at timestamp!, none int64!')
  expect(shape(base.pipe(unpivot({ columns: ['quantity', 'order_id'], nameTo: 'what', valueTo: 'n' })))).toBe(
    'region text, updated_at timestamp!, what text!, n int64!',
  )
  expect(shape(base.pipe(sessionize({ by: ['region'], at: 'updated_at', gap: { minutes: 30 } })))).toBe(
    `${baseShape}, session_number int64!, session_start timestamp!`,
  )
  expect(shape(base.pipe(timeBucket('updated_at', { width: { minutes: 15 } })))).toBe(
    `${baseShape}, bucket_start timestamp!`,
  )
  expect(shape(base.pipe(fillForward(['quantity'], { by: ['region'], order: ['updated_at'] })))).toBe(
    baseShape,
  )
})

test('derive takes plain values, and apply a function that travels with the table', () => {
  expect(shape(base.pipe(derive(() => ({ a: 'x', b: 1, c: 1.25, d: true, e: new Date(0) }))))).toBe(
    `${baseShape}, a text!, b int64!, c decimal(3,2)!, d bool!, e timestamp!`,
  )
  const callback = (row: { readonly region: string | null }): { readonly size: bigint } => ({
    size: BigInt(row.region?.length ?? 0),
  })
  const make = (version?: string) =>
    table('x.made', {
      from: base.pipe(
        apply(
          {
            reads: ['region'],
            produces: { size: int64({ required: true }) },
            ...(version ? { version } : {}),
          },
          callback,
        ),
      ),
    })
  const [[id, held] = []] = [...make().functions]
  expect(held).toBe(callback)
  expect(make().content).toMatchObject({ root: { kind: 'apply', function: id, reads: ['region'] } })
  expect([...make('2').functions.keys()]).not.toEqual([id])
})

test('every step of the list has a builder', async () => {
  const door: Readonly<Record<string, unknown>> = await import('../../step/index.ts')
  const camel = (name: string): string =>
    name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  expect(steps.map((s) => camel(s.name)).filter((name) => typeof door[name] !== 'function')).toEqual([])
})

test('every mistake of a step is a diagnostic, not an exception', () => {
  const loose = <T>(step: T): Step => step as Step
  const wrong: readonly (readonly [Step, string])[] = [
    [loose(select()), 'columns names no column'],
    [loose(select('order_id', 'order_id')), '"order_id" is named twice in columns'],
    [loose(drop('order_id', 'quantity', 'region', 'updated_at')), 'drop would leave no column'],
    [loose(rename({ order_id: 'Quantity' })), 'two columns would be named "quantity"'],
    [loose(rename({ order_id: '' })), 'a column needs a name'],
    [loose(derive(() => ({}))), 'derive computes no column'],
    [loose(derive(() => ({ n: null as never }))), 'a bare NULL has no type; cast it'],
    [
      loose(derive(() => ({ n: fn.count() as never }))),
      'count belongs in an aggregate or window step, not here',
    ],
    [loose(parseTimestamp('region' as never, { formats: [] })), 'parse_timestamp needs at least one format'],
    [
      loose(parseDate('quantity' as never, { formats: ['yyyy'] })),
      'column "quantity" is int64; expected text',
    ],
    [loose(parseNumber('region' as never, text() as never)), 'text is no type of number'],
    [
      loose(parseNumber('region' as never, int64(), { ignore: ['.'] })),
      '`ignore` holds neither the decimal point nor an empty text',
    ],
    [loose(cast({ updated_at: bool() } as never)), 'timestamp cannot be cast to bool'],
    [loose(fill({ quantity: 'x' } as never)), 'fill: "x" is no value of int64'],
    [loose(replaceValues('region' as never, [])), 'replace_values replaces no value'],
    [
      loose(replaceValues('region' as never, [[null, 'x']])),
      'replace_values: NULL cannot be looked for; use fill',
    ],
    [loose(dedupe({ by: ['region' as never], order: [] })), 'dedupe by region needs an order'],
    [loose(limit(1.5, { by: ['region' as never] })), 'limit keeps a whole number of rows, not 1.5'],
    [loose(expectRule('', () => fn.isNotNull('x') as never)), 'an expectation needs a name'],
    [loose(join(regions, { on: [] })), 'join needs at least one key in `on`'],
    [
      loose(join(regions, { on: [['quantity', 'region']] as never })),
      'key "quantity" is int64 here and text on the other side',
    ],
    [loose(join(raw, { on: ['order_id'] })), 'two columns would be named "quantity"'],
    [loose(aggregate({ columns: () => ({}) })), 'aggregate needs keys or aggregates'],
    [loose(window(() => ({ n: fn.rowNumber() as never }))), 'window step takes calls with a window'],
    [
      loose(
        pivot({
          keys: ['region' as never],
          on: 'quantity' as never,
          values: ['x'],
          aggregate: () => fn.count(),
        }),
      ),
      'pivot: "x" is no value of column "quantity" (int64)',
    ],
    [
      loose(unpivot({ columns: ['region', 'quantity'] as never, nameTo: 'a', valueTo: 'b' })),
      'unpivot takes columns of one type, not text and int64',
    ],
    [loose(unnest('region' as never)), 'column "region" is text; expected list'],
    [
      loose(sessionize({ by: ['region' as never], at: 'updated_at' as never, gap: {} })),
      'the gap of a session is a whole span of time above zero',
    ],
    [
      loose(timeBucket('updated_at' as never, { width: { seconds: -1 } })),
      'the width of a bucket is a whole span of time above zero',
    ],
    [loose(flattenJson('region' as never, {})), 'flatten_json reads no column'],
    [
      loose(flattenJson('region' as never, { a: text({ from: 'no path' }) })),
      'the path "no path" is not of the form',
    ],
    [loose(apply({ reads: ['region' as never], produces: {} }, () => ({}))), 'apply produces no column'],
    [loose(fillForward(['quantity' as never], { order: [] })), 'fill_forward needs an order'],
  ]
  for (const [step, message] of wrong) {
    const made = table('x.made', { from: (base as unknown as { pipe: (s: Step) => Rows }).pipe(step) })
    expect(made.diagnostics?.map((d) => d.message).join('\n')).toContain(message)
    expect(made.diagnostics?.every((d) => d.at?.file === import.meta.filename)).toBe(true)
  }
})
