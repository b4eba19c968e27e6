import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine, IdField, PartitionField, ScanBinding } from '../../packages/etl/src/engine/contract.ts'
import { rejectSchema } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import { readFooterStats } from '../../packages/etl/src/lake/parquet-stats.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { ExpectNode, JoinNode, Node, ScanNode, UnnestNode } from '../../packages/etl/src/plan/node.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from './lines.ts'
import { build, lakeFile, rowsOf } from './tables.ts'

const id = (f: t.Field, number: number): IdField => ({ ...f, id: number })
const minute = 60_000

const numbers = withIds([
  t.field('n', t.int32),
  t.field('s', t.text),
  t.field('d', t.decimal(9, 2)),
  t.field('at', t.timestamp),
  t.field('day', t.date),
  t.field('b', t.bool),
  t.field('x', t.bytes),
])
const rows: readonly (readonly LiteralValue[])[] = [
  ['-7', '', '-12.55', '1969-12-31T23:59:59.999999', '1969-12-31', true, 'ff00'],
  ['7', 'a/b=%ü "c"', '12.55', '2024-02-29T12:34:56.000001', '2024-02-29', false, ''],
  ['0', '__HIVE', '0.00', '1970-01-01T00:00:00.000000', '1970-01-01', null, '00'],
  ['12', 'ab', '0.05', '2024-12-31T23:00:00.000000', '2024-12-31', true, '0a'],
  [null, null, null, null, null, null, null],
]
const partitions: readonly (readonly PartitionField[])[] = [
  [
    { name: 's', column: 's', transform: { kind: 'identity' } },
    { name: 'b', column: 'b', transform: { kind: 'identity' } },
  ],
  [{ name: 'd', column: 'd', transform: { kind: 'identity' } }],
  [{ name: 'at', column: 'at', transform: { kind: 'identity' } }],
  [{ name: 'x', column: 'x', transform: { kind: 'identity' } }],
  [{ name: 'day', column: 'day', transform: { kind: 'identity' } }],
  [
    { name: 'year', column: 'at', transform: { kind: 'year' } },
    { name: 'month', column: 'day', transform: { kind: 'month' } },
  ],
  [
    { name: 'days', column: 'at', transform: { kind: 'day' } },
    { name: 'hour', column: 'at', transform: { kind: 'hour' } },
  ],
  [
    { name: 'n', column: 'n', transform: { kind: 'truncate', width: 5 } },
    { name: 's', column: 's', transform: { kind: 'truncate', width: 1 } },
    { name: 'd', column: 'd', transform: { kind: 'truncate', width: 50 } },
  ],
  [
    { name: 'n', column: 'n', transform: { kind: 'bucket', count: 3 } },
    { name: 'day', column: 'day', transform: { kind: 'bucket', count: 7 } },
    { name: 'at', column: 'at', transform: { kind: 'bucket', count: 5 } },
  ],
]

const same = (column: t.Field): { readonly name: string; readonly expression: ScanColumn } => ({
  name: column.name,
  expression: { kind: 'column', ...column },
})
interface ScanColumn extends t.Field {
  readonly kind: 'column'
}

/** A plan of columns as they are: not a bare scan, which the embedded engine might take over. */
function copied(input: string, schema: t.Schema): Node {
  const from: ScanNode = { kind: 'scan', input, schema }
  return { kind: 'project', from, columns: schema.map(same), schema }
}

describe.skipIf(isSkipped).each(lines)(`files of Spark %s${skipTitle}`, (line) => {
  const duckdb = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
  let spark: Engine
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-files-'))
    spark = await sparkEngine(line, duckdb)
  })
  afterAll(async () => {
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const onBoth = async (
    plan: Node,
    inputs: ReadonlyMap<string, ScanBinding>,
    partition: readonly PartitionField[] = [],
  ) => {
    const b = { plan, inputs, schema: withIds(plan.schema), partition, folder }
    const [ours, theirs] = [await build(duckdb, b), await build(spark, b)]
    expect((await rowsOf(duckdb, theirs.files, b.schema)).toSorted()).toEqual(
      (await rowsOf(duckdb, ours.files, b.schema)).toSorted(),
    )
    expect(theirs.counts).toEqual(ours.counts)
    return { ours, theirs }
  }

  test(
    'columns that were renamed, added, dropped and widened since a file was written are found',
    async () => {
      const old = [
        id(t.field('n', t.int32), 1),
        id(t.field('d', t.decimal(9, 2)), 2),
        id(t.field('gone', t.text), 3),
        id(t.field('before', t.text), 4),
      ]
      const now = [
        id(t.field('added', t.text), 5),
        id(t.field('d', t.decimal(20, 2)), 2),
        id(t.field('after', t.text), 4),
        id(t.field('n', t.int64), 1),
      ]
      const first = await lakeFile(folder, old, [
        ['1', '1.25', 'x', 'one'],
        [null, '-9999999.99', 'x', null],
      ])
      const second = await lakeFile(folder, now, [
        ['new', '123456789012345678.90', 'two', '9007199254740993'],
      ])
      const bound: ScanBinding = { kind: 'lake', files: [...first.files, ...second.files], schema: now }
      const { theirs } = await onBoth(copied('t.in', now), new Map([['t.in', bound]]))
      expect(theirs.counts.written).toBe(3)
    },
    3 * minute,
  )

  test.each(
    partitions.map((partition) => ({
      partition,
      name: partition.map((p) => `${p.transform.kind}(${p.column})`).join(', '),
    })),
  )(
    'partition values of $name are those of the embedded engine',
    async ({ partition }) => {
      const input = await lakeFile(folder, numbers, rows)
      const { ours, theirs } = await onBoth(copied('t.in', numbers), new Map([['t.in', input]]), partition)
      const values = (files: typeof ours.files) =>
        files.map((f) => JSON.stringify([f.partition, f.rows])).toSorted()
      expect(values(theirs.files)).toEqual(values(ours.files))
    },
    3 * minute,
  )

  test(
    'footers carry field ids and bounds, as the committer reads them',
    async () => {
      const input = await lakeFile(folder, numbers, rows)
      const { ours, theirs } = await onBoth(copied('t.in', numbers), new Map([['t.in', input]]))
      const [a, b] = [ours.files[0]?.path ?? '', theirs.files[0]?.path ?? '']
      const [want, have] = [await readFooterStats(a, numbers), await readFooterStats(b, numbers)]
      expect(have.rows).toBe(rows.length)
      for (const side of ['lower', 'upper', 'nullCounts', 'valueCounts'] as const)
        expect([side, have.stats[side]]).toEqual([side, want.stats[side]])
    },
    3 * minute,
  )

  test('buckets of texts and columns of uuid are refused', async () => {
    const from = copied('t.in', numbers)
    const bucket = [{ name: 's', column: 's', transform: { kind: 'bucket', count: 3 } }] as const
    expect(spark.refuses(from, bucket).map((d) => d.message)).toEqual([
      expect.stringContaining('bucket(s): not yet'),
    ])
    const keyed = copied('t.in', [t.field('u', t.list(t.uuid))])
    expect(
      spark
        .refuses(keyed)
        .map((d) => d.message)
        .join(),
    ).toContain('column "u": not yet: a uuid')
  })

  test(
    'rejected rows and odd names are the same',
    async () => {
      const odd = withIds([
        t.field('a"b', t.int64),
        t.field('`c`.d', t.text),
        t.field('Sel,ect;{}()=', t.decimal(12, 3)),
        t.field('at', t.timestamp),
        t.field('day', t.date),
        t.field('ok', t.bool),
      ])
      const input = await lakeFile(folder, odd, [
        [
          '1',
          'back\\slash \' " \n\t\u0001 é 😀 /',
          '1.500',
          '2024-01-31T12:00:00.000000',
          '2024-01-31',
          false,
        ],
        ['-9223372036854775808', null, '-0.005', '1969-12-31T23:59:59.100000', '0001-01-01', null],
        ['2', 'fine', '0.000', null, null, true],
      ])
      const from: ScanNode = { kind: 'scan', input: 't.in', schema: odd }
      const plan: ExpectNode = {
        kind: 'expect',
        from,
        rule: "it's ok",
        reason: 'a \\ reason',
        predicate: { kind: 'column', name: 'ok', type: t.bool, nullable: true },
        blame: odd.map((f) => f.name),
        schema: odd,
      }
      const { ours, theirs } = await onBoth(plan, new Map([['t.in', input]]))
      expect(theirs.counts.rejected).toBe(2)
      const rejected = rejectSchema.map((f, i) => id(f, i + 1))
      expect((await rowsOf(duckdb, theirs.rejects, rejected)).toSorted()).toEqual(
        (await rowsOf(duckdb, ours.rejects, rejected)).toSorted(),
      )
    },
    3 * minute,
  )

  test(
    'lists and maps are taken apart alike, empty ones and positions too',
    async () => {
      const schema = withIds([t.field('k', t.int32), t.field('list', t.list(t.text))])
      const input = await lakeFile(folder, schema, [
        ['1', ['a', null, 'b']],
        ['2', []],
        ['3', null],
      ])
      for (const keepEmpty of [true, false]) {
        const plan: UnnestNode = {
          kind: 'unnest',
          from: { kind: 'scan', input: 't.in', schema },
          column: 'list',
          as: 'item',
          keepEmpty,
          position: 'place',
          schema: [t.field('k', t.int32), t.field('item', t.text), t.field('place', t.int64, false)],
        }
        await onBoth(plan, new Map([['t.in', input]]))
      }
    },
    3 * minute,
  )

  test(
    'the files that hold keys are found, NULL keys among them; a lookup that is not unique fails',
    async () => {
      const keyed = withIds([t.field('k', t.text), t.field('v', t.int32)])
      const bind = (...values: (string | null)[]) =>
        lakeFile(
          folder,
          keyed,
          values.map((v) => [v, '1']),
        )
      const [a, b, c] = [await bind('x', 'y'), await bind('z'), await bind(null)]
      const files = [a, b, c].flatMap((f) => f.files)
      const wanted = await bind('y', null, 'other')
      const plan: ScanNode = { kind: 'scan', input: 't.new', schema: keyed }
      const search = { plan, keys: ['k'], files, schema: keyed, scratch: join(folder, 'search') }
      const inputs = new Map([['t.new', wanted]])
      expect((await spark.filesHoldingKeys({ ...search, inputs })).toSorted()).toEqual(
        [a.files[0]?.path, c.files[0]?.path].toSorted(),
      )
      const key = { kind: 'column', name: 'k', type: t.text, nullable: true } as const
      const lookup: JoinNode = {
        kind: 'join',
        type: 'lookup',
        left: plan,
        right: { ...plan, input: 't.twice' },
        on: [{ left: key, right: key }],
        keepRight: [{ column: 'v', as: 'found' }],
        schema: [...keyed, t.field('found', t.int32)],
      }
      const twice = await bind('y', 'y')
      const built = build(spark, {
        plan: lookup,
        schema: withIds(lookup.schema),
        inputs: new Map([...inputs, ['t.twice', twice]]),
        folder,
      })
      await expect(built).rejects.toMatchObject({ code: 'run.lookup-not-unique' })
    },
    3 * minute,
  )
})
