import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TableDeclaration } from '../../packages/etl/src/author/table.ts'
import {
  aggregate,
  apply,
  csv,
  dedupe,
  expect as expectRule,
  filter,
  fn,
  int64,
  join as joinTable,
  limit,
  list,
  lookup,
  ndjson,
  pivot,
  sessionize,
  sql,
  table,
  text,
  timestamp,
  union,
  unnest,
  unpivot,
} from '../../packages/etl/src/index.ts'
import { counted, openWorkshop, type Workshop } from './workshop.ts'

/** The facts: 120 rows, of which the expectations below are counted in plain JavaScript. */
const facts = Array.from({ length: 120 }, (_, i) => ({
  id: i,
  k: `k${i % 8}`,
  v: i % 10 === 3 ? null : (i * 7) % 50,
  w: i % 4 === 0 ? null : i,
  tags: i % 5 === 0 ? null : Array.from({ length: i % 4 }, (__, n) => `t${n}`),
  at: new Date(Date.UTC(2024, 0, 1, 0, i * (i % 3 === 0 ? 20 : 1))).toISOString().slice(0, 19),
}))
/** Keys 0 to 5 only; k1 twice and k2 three times. */
const dimension = ['k0', 'k1', 'k1', 'k2', 'k2', 'k2', 'k3', 'k4', 'k5', 'k99']
const unique = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k99']

const matches = (k: string): number => dimension.filter((d) => d === k).length
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const distinct = (values: readonly unknown[]): number => new Set(values).size

let shop: Workshop
let base: ReturnType<typeof declare>

const declare = (folder: string) => {
  const raw = table('c.raw', {
    from: ndjson(join(folder, 'in/facts.ndjson'), {
      columns: {
        id: int64({ required: true }),
        k: text({ required: true }),
        v: int64({}),
        w: int64({}),
        tags: list(text({})),
        at: timestamp({ format: "yyyy-MM-dd'T'HH:mm:ss" }),
      },
    }),
  })
  const columns = { k: text({ required: true }), n: int64({ required: true }) }
  const many = table('c.many', { from: csv(join(folder, 'in/many.csv'), { columns }) })
  const one = table('c.one', { from: csv(join(folder, 'in/one.csv'), { columns }) })
  return { raw, many, one }
}

beforeAll(async () => {
  shop = await openWorkshop()
  await shop.deliver(
    'facts.ndjson',
    facts.map((f) => JSON.stringify(f)),
  )
  await shop.deliver('many.csv', ['k,n', ...dimension.map((k, i) => `${k},${i}`)])
  await shop.deliver('one.csv', ['k,n', ...unique.map((k, i) => `${k},${i}`)])
  base = declare(shop.folder)
  const report = await shop.run([base.raw, base.many, base.one])
  expect(report.tables.map((t) => t.counts?.written)).toEqual([120, 10, 7])
})
afterAll(() => shop[Symbol.asyncDispose]())

interface Case {
  readonly of: () => TableDeclaration
  /** What must have become of the 120 rows; zeros left out. */
  readonly counts: Readonly<Record<string, number>>
}

const kept = facts.filter((f) => f.v !== null && f.v > 20)
const odd = facts.filter((f) => f.id % 2 === 1)
const joined = sum(facts.map((f) => matches(f.k)))
const unmatched = facts.filter((f) => matches(f.k) === 0).length
const elements = sum(facts.map((f) => f.tags?.length ?? 0))
const empty = facts.filter((f) => (f.tags?.length ?? 0) === 0).length
const nulls = sum(facts.map((f) => (f.v === null ? 1 : 0) + (f.w === null ? 1 : 0)))

const cases: Readonly<Record<string, Case>> = {
  filter: {
    of: () => table('c.filter', { from: base.raw.pipe(filter((c) => fn.gt(c.v, 20))) }),
    counts: { written: kept.length, filtered: 120 - kept.length },
  },
  expect: {
    of: () => table('c.expect', { from: base.raw.pipe(expectRule('v above 20', (c) => fn.gt(c.v, 20))) }),
    // An unknown answer is no yes.
    counts: { written: kept.length, rejected: 120 - kept.length },
  },
  'expect, then filter': {
    of: () =>
      table('c.expect_filter', {
        from: base.raw.pipe(
          expectRule('known', (c) => fn.isNotNull(c.v)),
          filter((c) => fn.eq(fn.mod(c.id, 2), 1)),
        ),
      }),
    counts: {
      written: odd.filter((f) => f.v !== null).length,
      rejected: facts.filter((f) => f.v === null).length,
      filtered: facts.filter((f) => f.v !== null && f.id % 2 === 0).length,
    },
  },
  'inner join with loss and fan-out': {
    of: () => table('c.inner', { from: base.raw.pipe(joinTable(base.many, { type: 'inner', on: ['k'] })) }),
    counts: { written: joined, filtered: unmatched, expanded: joined - (120 - unmatched) },
  },
  'left join with fan-out': {
    of: () => table('c.left', { from: base.raw.pipe(joinTable(base.many, { type: 'left', on: ['k'] })) }),
    counts: { written: joined + unmatched, expanded: joined + unmatched - 120 },
  },
  'semi join': {
    of: () => table('c.semi', { from: base.raw.pipe(joinTable(base.many, { type: 'semi', on: ['k'] })) }),
    counts: { written: 120 - unmatched, filtered: unmatched },
  },
  'anti join': {
    of: () => table('c.anti', { from: base.raw.pipe(joinTable(base.many, { type: 'anti', on: ['k'] })) }),
    counts: { written: unmatched, filtered: 120 - unmatched },
  },
  'full join': {
    of: () => table('c.full', { from: base.raw.pipe(joinTable(base.many, { type: 'full', on: ['k'] })) }),
    // One more row than a left join: k99 has no fact.
    counts: { written: joined + unmatched + 1, expanded: joined + unmatched + 1 - 120 },
  },
  lookup: {
    of: () => table('c.lookup', { from: base.raw.pipe(lookup(base.one, { on: ['k'] })) }),
    counts: { written: 120 },
  },
  unnest: {
    of: () => table('c.unnest', { from: base.raw.pipe(unnest('tags', { as: 'tag' })) }),
    counts: { written: elements, filtered: empty, expanded: elements - (120 - empty) },
  },
  'unnest that keeps empty lists': {
    of: () => table('c.unnest_all', { from: base.raw.pipe(unnest('tags', { as: 'tag', keepEmpty: true })) }),
    counts: { written: elements + empty, expanded: elements + empty - 120 },
  },
  unpivot: {
    of: () =>
      table('c.unpivot', {
        from: base.raw.pipe(unpivot({ columns: ['v', 'w'], nameTo: 'name', valueTo: 'value' })),
      }),
    counts: { written: 240 - nulls, filtered: nulls, expanded: 120 },
  },
  'unpivot that keeps NULL': {
    of: () =>
      table('c.unpivot_all', {
        from: base.raw.pipe(
          unpivot({ columns: ['v', 'w'], nameTo: 'name', valueTo: 'value', keepNulls: true }),
        ),
      }),
    counts: { written: 240, expanded: 120 },
  },
  pivot: {
    of: () =>
      table('c.pivot', {
        from: base.raw.pipe(
          pivot({ keys: ['v'], on: 'k', values: ['k0', 'k1'], aggregate: (c) => fn.sum(c.id) }),
        ),
      }),
    counts: { written: distinct(facts.map((f) => f.v)), grouped: 120 - distinct(facts.map((f) => f.v)) },
  },
  aggregate: {
    of: () =>
      table('c.aggregate', {
        from: base.raw.pipe(aggregate({ by: (c) => ({ k: c.k }), columns: (c) => ({ n: fn.sum(c.v) }) })),
      }),
    counts: { written: 8, grouped: 112 },
  },
  'aggregate of a filter': {
    of: () =>
      table('c.aggregate_filter', {
        from: base.raw.pipe(
          filter((c) => fn.gt(c.v, 20)),
          aggregate({ by: (c) => ({ k: c.k }), columns: (c) => ({ n: fn.sum(c.v) }) }),
        ),
      }),
    counts: {
      written: distinct(kept.map((f) => f.k)),
      grouped: kept.length - distinct(kept.map((f) => f.k)),
      filtered: 120 - kept.length,
    },
  },
  'the whole as one row': {
    of: () => table('c.total', { from: base.raw.pipe(aggregate({ columns: (c) => ({ n: fn.sum(c.v) }) })) }),
    counts: { written: 1, grouped: 119 },
  },
  'the whole of nothing as one row': {
    of: () =>
      table('c.total_none', {
        from: base.raw.pipe(
          filter((c) => fn.lt(c.id, 0)),
          aggregate({ columns: (c) => ({ n: fn.sum(c.v) }) }),
        ),
      }),
    counts: { written: 1, filtered: 120, expanded: 1 },
  },
  'union with itself filtered': {
    of: () =>
      table('c.union', {
        from: base.raw.pipe(union(base.raw.pipe(filter((c) => fn.eq(fn.mod(c.id, 2), 1))))),
      }),
    counts: { read: 240, written: 180, filtered: 60 },
  },
  limit: {
    of: () => table('c.limit', { from: base.raw.pipe(limit(25, { by: ['id'], offset: 10 })) }),
    counts: { written: 25, filtered: 95 },
  },
  dedupe: {
    of: () => table('c.dedupe', { from: base.raw.pipe(dedupe({ by: ['k'], keep: 'last', order: ['id'] })) }),
    counts: { written: 8, deduplicated: 112 },
  },
  apply: {
    of: () =>
      table('c.apply', {
        from: base.raw.pipe(
          // A row function that answers null leaves the row out.
          apply({ reads: ['id'], produces: { twice: int64({}) } }, (row) =>
            row.id % 3n === 0n ? null : { twice: row.id * 2n },
          ),
        ),
      }),
    counts: { written: 80, filtered: 40 },
  },
  sessionize: {
    of: () =>
      table('c.sessions', {
        from: base.raw.pipe(
          filter((c) => fn.isNotNull(c.at)),
          sessionize({ by: ['k'], at: 'at', gap: { minutes: 30 } }),
        ),
      }),
    counts: { written: 120 },
  },
  'SQL with a join and a group': {
    of: () =>
      table('c.sql', {
        query: sql`select r.k, count(*) as n from ${base.raw} r join ${base.one} o on r.k = o.k where r.id < 100 group by r.k`,
      }),
    counts: {
      written: distinct(facts.filter((f) => f.id < 100 && unique.includes(f.k)).map((f) => f.k)),
      filtered: facts.filter((f) => f.id >= 100 || !unique.includes(f.k)).length,
      grouped:
        facts.filter((f) => f.id < 100 && unique.includes(f.k)).length -
        distinct(facts.filter((f) => f.id < 100 && unique.includes(f.k)).map((f) => f.k)),
    },
  },
}

test.for(Object.entries(cases))('every row of %s is accounted for', async ([, { of, counts }]) => {
  const declaration = of()
  const report = await shop.run([base.raw, base.many, base.one, declaration])
  const found = report.by.get(declaration.name)
  expect(found?.error?.message).toBeUndefined()
  const zeroless = Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))
  expect(counted(found)).toEqual({ read: 120, ...zeroless })
  expect(await shop.rows(declaration.name)).toHaveLength(counts['written'] ?? 0)
  const {
    read = 0,
    expanded = 0,
    written = 0,
    rejected = 0,
    filtered = 0,
    ...gone
  } = {
    read: 120,
    ...counts,
  } as Readonly<Record<string, number>>
  expect(read + expanded).toBe(
    written + rejected + filtered + (gone['deduplicated'] ?? 0) + (gone['grouped'] ?? 0),
  )
})
