import type { Engine, IdField, PartitionField, ScanBinding } from '../../packages/etl/src/engine/contract.ts'
import { rejectSchema } from '../../packages/etl/src/engine/contract.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import type { Expression } from '../../packages/etl/src/plan/expression.ts'
import type { JoinNode, Node, ScanNode } from '../../packages/etl/src/plan/node.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { build, type Build, lakeFile, rowsOf } from './tables.ts'

const place = t.struct([t.field('city', t.text), t.field('zip', t.int32)])
const schema = withIds([
  t.field('n', t.int64),
  t.field('s', t.text),
  t.field('amount', t.decimal(18, 2)),
  t.field('at', t.timestamp),
  t.field('place', place),
  t.field('ok', t.bool),
])
const scan: ScanNode = { kind: 'scan', input: 'numbers', schema }
const column = (name: string, type: t.LogicalType): Expression => ({
  kind: 'column',
  name,
  type,
  nullable: true,
})
const n = column('n', t.int64)
const integer = (value: string): Expression => ({ kind: 'literal', value, type: t.int64, nullable: false })
const over = (value: string): Expression => ({
  kind: 'call',
  function: 'gt',
  args: [n, integer(value)],
  type: t.bool,
  nullable: true,
})
const filtered = (from: Node, value: string): Node => ({
  kind: 'filter',
  from,
  predicate: over(value),
  schema,
})
const expected = (from: Node): Node => ({
  kind: 'expect',
  from,
  rule: 'ok',
  reason: "it's not ok",
  predicate: column('ok', t.bool),
  blame: ['n', 's'],
  schema,
})

interface Case {
  readonly name: string
  readonly plan: Node
  readonly partition?: readonly PartitionField[]
  /** Rows that the counts must show, so that no case is empty. */
  readonly written: number
  /** Runs on the older line as well where not all do. */
  readonly telling?: boolean
}

const lookup: JoinNode = {
  kind: 'join',
  type: 'lookup',
  left: scan,
  right: { ...scan, input: 'others' },
  on: [{ left: n, right: n }],
  keepRight: [{ column: 's', as: 'found' }],
  schema: [...schema, t.field('found', t.text)],
}

/** Plans that ask a session for everything that can be asked. */
export const jobCases: readonly Case[] = [
  { name: 'nothing is missing', plan: filtered(scan, '-100'), written: 4 },
  { name: 'filter', plan: filtered(scan, '1'), written: 3 },
  { name: 'filter that leaves nothing', plan: filtered(scan, '9223372036854775806'), written: 0 },
  { name: 'rejects', plan: expected(filtered(scan, '0')), written: 2 },
  {
    name: 'rejects of a union of which parts are filtered',
    plan: expected({ kind: 'union', inputs: [filtered(scan, '1'), scan], schema }),
    written: 3,
    telling: true,
  },
  {
    name: 'partitions',
    plan: filtered(scan, '0'),
    partition: [
      { name: 's', column: 's', transform: { kind: 'identity' } },
      { name: 'month', column: 'at', transform: { kind: 'month' } },
    ],
    written: 4,
    telling: true,
  },
  { name: 'a lookup', plan: lookup, written: 4, telling: true },
]

async function inputsIn(folder: string): Promise<ReadonlyMap<string, ScanBinding>> {
  const numbers = await lakeFile(folder, schema, [
    ['1', 'a/b=%ü "c"', '12.55', '2024-02-29T12:34:56.000001', { city: 'Köln', zip: '50667' }, true],
    ['2', '', '-0.05', '1969-12-31T23:59:59.999999', { city: null, zip: null }, false],
    ['3', null, '9999999999999999.99', '2024-12-31T23:00:00.000000', { city: 'x', zip: '0' }, true],
    ['9007199254740993', "\\ ' 😀\n", '0.00', '2024-02-01T00:00:00.000000', { city: '', zip: '-1' }, null],
  ])
  const others = await lakeFile(folder, schema, [
    ['2', 'two', '0.00', null, { city: '', zip: '1' }, true],
    [null, 'none', '0.00', null, { city: '', zip: '1' }, true],
  ])
  return new Map([
    ['numbers', numbers],
    ['others', others],
  ])
}

/** The engines of one suite, and its folder. */
export interface Bench {
  readonly spark: Engine
  readonly duckdb: Engine
  readonly folder: string
}

/** Builds a case on both engines; returns how the tables, rejects and counts differ, as pairs of ours and theirs. */
export async function differences(
  name: string,
  { spark, duckdb, folder }: Bench,
): Promise<readonly unknown[]> {
  const found = jobCases.find((c) => c.name === name)
  if (found === undefined) throw new Error(`there is no case "${name}"`)
  const { plan, partition = [], written } = found
  const inputs = await inputsIn(folder)
  const b: Build = { plan, inputs, partition, schema: withIds(plan.schema), folder }
  const [ours, theirs] = [await build(duckdb, b), await build(spark, b)]
  const rejected: readonly IdField[] = rejectSchema.map((f, i) => ({ ...f, id: i + 1 }))
  const sorted = async (files: typeof ours.files, as: readonly IdField[]) =>
    (await rowsOf(duckdb, files, as)).toSorted()
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [await sorted(ours.files, b.schema), await sorted(theirs.files, b.schema)],
    [await sorted(ours.rejects, rejected), await sorted(theirs.rejects, rejected)],
    [ours.counts, theirs.counts],
    [
      ours.files.map((f) => JSON.stringify(f.partition)).toSorted(),
      theirs.files.map((f) => JSON.stringify(f.partition)).toSorted(),
    ],
    [written, theirs.counts.written],
  ]
  return pairs.filter(([a, c]) => JSON.stringify(a) !== JSON.stringify(c))
}

/** A build whose write overflows. */
export async function failingPlan(folder: string): Promise<Build> {
  const plan: Node = {
    kind: 'project',
    from: scan,
    columns: [
      {
        name: 'n',
        expression: {
          kind: 'call',
          function: 'add',
          args: [n, integer('9223372036854775807')],
          type: t.int64,
          nullable: true,
        },
      },
    ],
    schema: [t.field('n', t.int64)],
  }
  return { plan, inputs: await inputsIn(folder), schema: withIds(plan.schema), folder }
}

/** A build whose lookup finds several rows. */
export async function overlapping(folder: string): Promise<Build> {
  const inputs = await inputsIn(folder)
  const others = inputs.get('others')
  if (others?.kind !== 'lake') throw new Error('others are lake files')
  const again = await lakeFile(folder, schema, [['2', 'again', '0.00', null, null, true]])
  const twice: ScanBinding = { ...others, files: [...others.files, ...again.files] }
  return {
    plan: lookup,
    inputs: new Map([...inputs, ['others', twice]]),
    schema: withIds(lookup.schema),
    folder,
  }
}
