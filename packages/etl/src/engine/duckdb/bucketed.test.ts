import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveAggregate, resolveCall, resolveWindow } from '../../function/resolve.ts'
import type { Resolved } from '../../function/contract.ts'
import type { Expression, SortKey } from '../../plan/expression.ts'
import type { JoinNode, Node, ScanNode } from '../../plan/node.ts'
import { field, int32, int64, type Schema, text, timestamp } from '../../plan/type.ts'
import type { IdField, MaterialiseResult, PartitionField } from '../contract.ts'
import { materialiseOnce } from './materialise.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'buckets-'))
  await ask(
    `COPY (SELECT i AS id, nullif(i % 700, 3) AS k, nullif((i * 7919) % 6000, 5)::INTEGER AS n, TIMESTAMP '2024-01-01' + to_minutes(i) AS "at", 't' || (i % 900) AS tag FROM range(6000) t(i))
      TO '${input()}' (FORMAT parquet, FIELD_IDS {id: 1, k: 2, n: 3, "at": 4, tag: 5})`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const input = (): string => path.join(folder, 'in.parquet')
const schema: readonly IdField[] = [
  { id: 1, ...field('id', int64, false) },
  { id: 2, ...field('k', int64) },
  { id: 3, ...field('n', int32) },
  { id: 4, ...field('at', timestamp) },
  { id: 5, ...field('tag', text) },
]
/** The same rows as two inputs, the second under other names. */
const scan = (input: 'l' | 'r'): ScanNode => ({ kind: 'scan', input, schema: fields(input) })
const fields = (input: 'l' | 'r'): Schema =>
  schema.map((f) => field(input === 'l' ? f.name : `r_${f.name}`, f.type, f.nullable))
const column = (name: string): Expression => {
  const found = [...fields('l'), ...fields('r')].find((f) => f.name === name) ?? field(name, int64)
  return { kind: 'column', ...found }
}
const expression = (resolved: Resolved): Expression => {
  if ('problem' in resolved) throw new Error(resolved.problem)
  return resolved.expression
}
const by = (name: string, direction: 'asc' | 'desc' = 'asc', nulls: 'first' | 'last' = 'last'): SortKey => ({
  expression: column(name),
  direction,
  nulls,
})

async function ask(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  return (await connection.runAndReadAll(sql)).getRowsJson()
}

let runs = 0
async function run(
  plan: Node,
  buckets: number,
  partition: readonly PartitionField[],
): Promise<MaterialiseResult> {
  const at = path.join(folder, `run-${++runs}`)
  const files = [{ path: input(), rows: 6000, bytes: 1 }]
  const renamed = schema.map((f) => ({ ...f, name: `r_${f.name}` }))
  return materialiseOnce(
    {
      plan,
      inputs: new Map([
        ['l', { kind: 'lake', files, schema }],
        ['r', { kind: 'lake', files, schema: renamed }],
      ]),
      primary: 'l',
      schema: plan.schema.map((f, i) => ({ ...f, id: i + 1 })),
      partition,
      folder: path.join(at, 'data'),
      rejectFolder: path.join(at, 'rejects'),
      scratch: path.join(at, 'scratch'),
      functions: new Map(),
      targetFileBytes: 128e6,
    },
    { memoryLimitBytes: 64e6, threads: 2, buckets },
  )
}

/** Runs a plan whole and in buckets: the counts and rows must be equal. Returns the rows' number and the files in buckets. */
async function same(plan: Node, partition: readonly PartitionField[] = []): Promise<[number, string]> {
  const whole = await run(plan, 1, partition)
  const divided = await run(plan, 5, partition)
  expect(divided.counts).toEqual(whole.counts)
  const [a, b] = [whole, divided].map(
    (r) => `SELECT * FROM read_parquet([${r.files.map((f) => `'${f.path}'`)}], hive_partitioning = false)`,
  )
  expect(await ask(`(${a} EXCEPT ALL ${b}) UNION ALL (${b} EXCEPT ALL ${a})`)).toEqual([])
  return [divided.counts.written, b ?? '']
}

function join(type: JoinNode['type'], left: string, right: string, spread: Partial<JoinNode> = {}): JoinNode {
  const keepRight = type === 'semi' || type === 'anti' ? [] : ['r_id', 'r_tag']
  return {
    kind: 'join',
    type,
    left: scan('l'),
    right: scan('r'),
    on: [{ left: column(left), right: column(right) }],
    keepRight: keepRight.map((name) => ({ column: name, as: name })),
    schema: [...fields('l'), ...fields('r').filter((f) => keepRight.includes(f.name))].map((f) => ({
      ...f,
      nullable: true,
    })),
    ...spread,
  }
}

test.each(['inner', 'left', 'full', 'semi', 'anti'] as const)(
  'a %s join, with NULL keys and keys of unequal width',
  async (type) => {
    expect((await same(join(type, 'id', 'r_n')))[0]).toBeGreaterThan(0)
  },
)

test('lookups, and joins with many rows under one key on either side', async () => {
  expect((await same(join('lookup', 'n', 'r_id')))[0]).toBe(6000)
  expect((await same(join('inner', 'k', 'r_id')))[0]).toBe(5991)
  expect((await same(join('inner', 'id', 'r_k')))[0]).toBe(5991)
})

test('a lookup that finds two rows fails in buckets, too', async () => {
  await expect(run(join('lookup', 'id', 'r_k'), 5, [])).rejects.toMatchObject({
    code: 'run.lookup-not-unique',
  })
})

test('ranges within a key', async () => {
  const range = { left: column('id'), from: column('r_id'), to: column('r_id'), toInclusive: true }
  await same(join('left', 'k', 'r_k', { range }))
})

test('groups: lists, texts, medians, distinct values, NULL keys and pivots', async () => {
  const aggregates = [
    ['ids', expression(resolveAggregate('list_agg', [column('id')], { order: [by('id', 'desc')] }))],
    ['mid', expression(resolveAggregate('median', [column('n')]))],
    ['tags', expression(resolveAggregate('count_distinct', [column('tag')]))],
    ['rows', expression(resolveAggregate('count', []))],
  ] as const
  const columns = aggregates.map(([name, e]) => ({ name, expression: e }))
  const aggregate: Node = {
    kind: 'aggregate',
    from: scan('l'),
    keys: [{ name: 'k', expression: column('k') }],
    aggregates: columns,
    schema: [field('k', int64), ...columns.map((c) => field(c.name, c.expression.type))],
  }
  expect((await same(aggregate))[0]).toBe(700)
  const [, , tags] = columns
  const pivot: Node = {
    kind: 'pivot',
    from: scan('l'),
    keys: ['k'],
    on: 'tag',
    values: [
      { value: 't1', as: 'a' },
      { value: 't2', as: 'b' },
    ],
    aggregate: tags?.expression ?? column('id'),
    schema: [field('k', int64), field('a', int64), field('b', int64)],
  }
  expect((await same(pivot))[0]).toBe(700)
})

test('windows that share a partition, and sessions', async () => {
  const over = (name: string, partition: string[]): Expression =>
    expression(resolveWindow(name, [], { partition: partition.map(column), order: [by('id')] }))
  const columns = [
    { name: 'a', expression: over('row_number', ['k']) },
    { name: 'b', expression: over('row_number', ['tag', 'k']) },
  ]
  const window: Node = {
    kind: 'window',
    from: scan('l'),
    columns,
    schema: [...fields('l'), field('a', int64), field('b', int64)],
  }
  expect((await same(window))[0]).toBe(6000)
  const sessions: Node = {
    kind: 'sessionize',
    from: scan('l'),
    by: ['k'],
    at: 'at',
    gapMs: 12 * 3_600_000,
    as: 'session',
    startAs: 'start',
    schema: [...fields('l'), field('session', int64), field('start', timestamp)],
  }
  expect((await same(sessions))[0]).toBe(6000)
})

test('sorts, whose order limits and files keep', async () => {
  for (const key of [by('n'), by('n', 'desc', 'first'), by('tag', 'desc')]) {
    const sort: Node = { kind: 'sort', from: scan('l'), order: [key], schema: fields('l') }
    const [rows, files] = await same(sort)
    expect(rows).toBe(6000)
    const name = key.expression.kind === 'column' ? key.expression.name : ''
    const order = `${name} ${key.direction} NULLS ${key.nulls}, id, k, n, "at", tag`
    const written = files.replace('SELECT *', 'SELECT id, file_row_number AS at_row')
    const [wrong] = await ask(
      `SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY ${order.replaceAll('"at", ', '')}) - 1 AS wanted, at_row FROM (SELECT s.*, w.at_row FROM (SELECT * FROM '${input()}') s JOIN (${written}) w USING (id))) WHERE wanted <> at_row`,
    )
    expect(wrong).toEqual(['0'])
    await same({ kind: 'limit', from: sort, count: 4321, offset: 1234, schema: fields('l') })
  }
})

test('duplicates', async () => {
  const dedupe: Node = {
    kind: 'dedupe',
    from: scan('l'),
    by: ['k'],
    order: [by('at', 'desc')],
    schema: fields('l'),
  }
  expect((await same(dedupe))[0]).toBe(700)
})

test('partitions lie whole in one bucket', async () => {
  const partition: PartitionField[] = [
    { name: 'n_trunc', column: 'n', transform: { kind: 'truncate', width: 1000 } },
  ]
  const [rows] = await same(scan('l'), partition)
  expect(rows).toBe(6000)
  const divided = await run(scan('l'), 5, partition)
  expect(divided.files.map((f) => f.partition[0]).toSorted()).toEqual(
    [null, ...Array.from({ length: 6 }, (_, i) => String(i * 1000))].toSorted(),
  )
})

test('rows that a filter removed before a join are booked once', async () => {
  const predicate = expression(resolveCall('is_not_null', [column('k')]))
  const filter: Node = { kind: 'filter', from: scan('l'), predicate, schema: fields('l') }
  await same(join('inner', 'k', 'r_n', { left: filter }))
})
