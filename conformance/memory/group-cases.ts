import {
  aggregate,
  dedupe,
  derive,
  filter,
  fn,
  pivot,
  select,
  split,
  union,
  unnest,
} from '../../packages/etl/src/index.ts'
import { type MemoryCase, overIds } from './case.ts'
import { other, wide } from './input.ts'

const changed = other.pipe(
  filter((c) => fn.eq(fn.mod(c.id, 100), 0)),
  derive((c) => ({ at: fn.addMonths(c.at, 600) })),
)

/** Aggregates, duplicates, and shapes that multiply rows. */
export const groupCases: readonly MemoryCase[] = [
  {
    name: 'aggregate with wide distinct keys',
    telling: true,
    plan: () =>
      wide.pipe(
        aggregate({
          by: (c) => ({ pad: c.pad }),
          columns: (c) => ({ n: fn.count(), total: fn.sum(c.amount) }),
        }),
      ),
    found: `count(*), sum(n), sum(total), count(DISTINCT pad)`,
    expected: (rows) =>
      overIds('count(*), count(*), sum(((id % 10000) / 100)::DECIMAL(12,2)), count(*)', rows),
  },
  {
    name: 'count of distinct wide values',
    plan: () =>
      wide.pipe(
        aggregate({ by: (c) => ({ g: fn.mod(c.id, 10) }), columns: (c) => ({ n: fn.countDistinct(c.pad) }) }),
      ),
    found: `count(*), sum(n)`,
    expected: (rows) => overIds('10, count(*)', rows),
  },
  {
    name: 'lists of wide text',
    telling: true,
    plan: () =>
      wide.pipe(
        aggregate({
          by: (c) => ({ grp: c.grp }),
          columns: (c) => ({ pads: fn.listAgg(c.pad).orderBy(c.id) }),
        }),
      ),
    found: `count(*), sum(len(pads)), sum(length(array_to_string(pads, '')))`,
    expected: (rows) => overIds('count(DISTINCT id // 8), count(*), 192 * count(*)', rows),
  },
  {
    name: 'text put together from wide text',
    plan: () =>
      wide.pipe(
        aggregate({
          by: (c) => ({ k: fn.idiv(c.id, 1000) }),
          columns: (c) => ({ pads: fn.stringAgg(c.pad, ',').orderBy(c.id) }),
        }),
      ),
    found: `count(*), sum(length(pads))`,
    expected: (rows) =>
      overIds('count(DISTINCT id // 1000), 193 * count(*) - count(DISTINCT id // 1000)', rows),
  },
  {
    name: 'median and quantile of few groups',
    plan: () =>
      wide.pipe(
        aggregate({
          by: (c) => ({ k: fn.mod(c.id, 4) }),
          columns: (c) => ({ m: fn.median(c.id), q: fn.quantile(c.amount, 0.9) }),
        }),
      ),
    found: `count(*), sum(m)::BIGINT`,
    expected: (rows) => overIds('4, sum(DISTINCT (id % 4) + 0) + 4 * ((max(id) - max(id) % 4) // 2)', rows),
  },
  {
    name: 'union without duplicates',
    plan: () =>
      wide.pipe(
        filter((c) => fn.lt(fn.mod(c.id, 4), 2)),
        union(other.pipe(filter((c) => fn.gt(fn.mod(c.id, 4), 0)))),
        dedupe({ by: 'all' }),
      ),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*)', rows),
  },
  {
    name: 'pivot of wide text',
    telling: true,
    plan: () =>
      wide.pipe(
        derive((c) => ({ seat: fn.mod(c.id, 8) })),
        pivot({
          keys: ['grp'] as const,
          on: 'seat',
          values: { a: '0', b: '1', c: '2', d: '3', e: '4', f: '5', g: '6', h: '7' },
          aggregate: (c) => fn.max(c.pad),
        }),
      ),
    found: `count(*), sum(length(concat(a, b, c, d, e, f, g, h)))`,
    expected: (rows) => overIds('count(DISTINCT id // 8), 192 * count(*)', rows),
  },
  {
    name: 'one row per word of wide text',
    part: 0.5,
    plan: () =>
      wide.pipe(
        split('pad', '0'),
        unnest('pad', { as: 'word' }),
        derive((c) => ({ n: fn.length(c.word) })),
        select('id', 'n'),
      ),
    found: `count(DISTINCT id), sum(n) + count(*)`,
    expected: (rows) => overIds('count(*), 193 * count(*)', rows),
  },
  {
    name: 'write of a thousand partitions',
    telling: true,
    plan: () => wide.pipe(select('id', 'tag', 'pad')),
    partition: [{ name: 'tag', column: 'tag', transform: { kind: 'identity' } }],
    found: `count(*), sum(id), sum(length(pad)), count(DISTINCT tag)`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*), 1000', rows),
  },
  {
    name: 'duplicates of wide rows, few',
    telling: true,
    plan: () =>
      wide.pipe(
        derive((c) => ({ k: fn.if(fn.eq(fn.mod(c.id, 50), 0), fn.add(c.id, 1), c.id) })),
        dedupe({ by: ['k'], keep: 'first', order: ['id'] }),
      ),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds(`count(*), sum(id), 192 * count(*)`, rows).concat(' WHERE id % 50 <> 1'),
  },
  {
    name: 'duplicates of wide rows, most',
    plan: () => wide.pipe(dedupe({ by: ['grp'], keep: 'first', order: ['id'] })),
    found: `count(*), sum(id), sum(length(pad))`,
    expected: (rows) => overIds(`count(*), sum(id), 192 * count(*)`, rows).concat(' WHERE id % 8 = 0'),
  },
  {
    name: 'merge by key',
    telling: true,
    plan: () => wide.pipe(union(changed), dedupe({ by: ['id'], keep: 'last', order: ['at'] })),
    merges: () => changed,
    found: `count(*), sum(id), sum(length(pad)), count(*) FILTER (year("at") > 2000)`,
    expected: (rows) => overIds('count(*), sum(id), 192 * count(*), count(*) FILTER (id % 100 = 0)', rows),
  },
]
