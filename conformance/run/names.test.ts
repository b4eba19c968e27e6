import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  lookup,
  pivot,
  select,
  sort,
  table,
  text,
  union,
  unpivot,
} from '../../packages/etl/src/index.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

/** Column names that an engine may use for itself, or that its SQL may trip over: id, key, value. */
const hostile = [
  ['r', 'l', 'h'],
  ['k', 'v', 'q'],
  ['f', 'w', 'x'],
  ['row', 'group', 'order'],
  ['select', 'from', 'table'],
  ['rowid', 'file_row_number', 'file_index'],
  ['file_row_number', 'filename', 'FILE_INDEX'],
  ['filename', 'count', 'sum'],
  ['a b', 'quo"te', "apo'strophe"],
  ['Größe', '数量', 'e\u0301'],
  ['1st', '-', '%'],
  ['null', 'true', 'current_date'],
  ['UPPER', 'Mixed', 'lower'],
] as const

let shop: Workshop
// Below a folder whose name reads as a Hive partition of a column.
beforeAll(async () => {
  shop = await openWorkshop("word=k0 'x-")
})
afterAll(() => shop[Symbol.asyncDispose]())

const rows = Array.from({ length: 40 }, (_, i) => `${i},k${i % 6},${i % 7 === 0 ? '' : (i * 5) % 11}`)
const dimension = ['k0,100', 'k1,101', 'k2,102', 'k2,103']

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The same pipelines over columns of other names; `prefix` keeps the tables apart. */
function declare(prefix: string, names: readonly [string, string, string]) {
  const [id, key, value] = names
  const columns = { [id]: int64({}), [key]: text({}), [value]: int64({}) }
  const raw = table(`${prefix}.raw`, { from: csv(join(shop.folder, `in/${prefix}/raw.csv`), { columns }) })
  const dim = table(`${prefix}.dim`, {
    from: csv(join(shop.folder, `in/${prefix}/dim.csv`), {
      columns: { [key]: text({}), [value]: int64({}) },
    }),
  })
  const one = table(`${prefix}.one`, { from: dim.pipe(dedupe({ by: [key], keep: 'first', order: [value] })) })
  const col = (c: object, name: string): never => (c as Record<string, unknown>)[name] as never
  return [
    raw,
    dim,
    one,
    table(`${prefix}.filtered`, { from: raw.pipe(filter((c) => fn.gt(col(c, value), 4 as never))) }),
    table(`${prefix}.expected`, { from: raw.pipe(expectRule('known', (c) => fn.isNotNull(col(c, value)))) }),
    table(`${prefix}.newest`, { from: raw.pipe(dedupe({ by: [key], keep: 'last', order: [value] })) }),
    table(`${prefix}.distinct`, { from: raw.pipe(select(key, value), dedupe({ by: 'all' })) }),
    table(`${prefix}.inner`, {
      from: raw.pipe(joinTable(dim, { type: 'inner', on: [key], prefix: 'of_' })),
    }),
    table(`${prefix}.looked`, { from: raw.pipe(lookup(one, { on: [key], prefix: 'of_' })) }),
    table(`${prefix}.anti`, { from: raw.pipe(joinTable(dim, { type: 'anti', on: [key] })) }),
    table(`${prefix}.grouped`, {
      from: raw.pipe(
        aggregate({
          by: (c) => ({ [key]: col(c, key) }),
          columns: (c) => ({ [value]: fn.sum(col(c, value)), [id]: fn.count() }),
        }),
      ),
    }),
    table(`${prefix}.doubled`, { from: raw.pipe(union(raw.pipe(select(id, value)))) }),
    table(`${prefix}.first`, { from: raw.pipe(limit(7, { by: [value, id] })) }),
    table(`${prefix}.sorted`, { from: raw.pipe(sort(key, value, id)) }),
    table(`${prefix}.long`, {
      from: raw.pipe(unpivot({ columns: [id, value], nameTo: 'n', valueTo: 'z' }), select(key as never, 'z')),
    }),
    table(`${prefix}.wide`, {
      from: raw.pipe(
        pivot({ keys: [value], on: key, values: ['k0', 'k1'], aggregate: (c) => fn.sum(col(c, id)) }),
      ),
    }),
    table(`${prefix}.applied`, {
      from: raw.pipe(
        apply({ reads: [id, value], produces: { z: int64({}) } }, (row) => ({
          z: (row[id] as bigint) + ((row[value] as bigint | null) ?? 0n),
        })),
      ),
    }),
    table(`${prefix}.partitioned`, { from: raw, partition: [key] }),
  ]
}

async function contents(prefix: string, names: readonly [string, string, string]): Promise<unknown> {
  const [id, key, value] = names
  await shop.deliver(`${prefix}/raw.csv`, [[id, key, value].map(quoted).join(','), ...rows])
  await shop.deliver(`${prefix}/dim.csv`, [[key, value].map(quoted).join(','), ...dimension])
  const tables = declare(prefix, names)
  const report = await shop.run(tables)
  expect(report.tables.map((t) => [t.table, t.error?.message]).filter(([, m]) => m !== undefined)).toEqual([])
  const found: [string, readonly string[]][] = []
  for (const { name } of tables) found.push([name.replace(/^.*\./, ''), await shop.rows(name)])
  return found
}

describe('columns of any name', () => {
  let plain: unknown
  beforeAll(async () => {
    plain = await contents('plain', ['number', 'word', 'amount'])
    const sizes = (plain as [string, readonly string[]][]).map(([, r]) => r.length)
    expect(Math.min(...sizes)).toBeGreaterThan(2)
  })

  test.for(hostile.map((names, i) => [names.join(', '), i, names] as const))(
    'as %s give the same rows',
    async ([, i, names]) => {
      expect(await contents(`n${i}`, names)).toEqual(plain)
    },
  )
})
