import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  noStats,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import type { Transform } from '../../engine/contract.ts'
import * as t from '../../plan/type.ts'
import type { ColumnStats, DataFile, FileFilter } from '../contract.ts'
import { encodeValue, truncateLower, truncateUpper } from '../format/single-value.ts'
import { applyTransform, resultType } from '../format/transform.ts'
import { compareValues, parseValue, printValue } from '../format/value.ts'
import type { Value } from '../format/value.ts'

interface Subject {
  readonly type: t.LogicalType
  readonly iceberg: string
  readonly literal: fc.Arbitrary<string>
  readonly transforms: readonly Transform[]
}

const dated: readonly Transform[] = (['year', 'month', 'day', 'identity'] as const).map((kind) => ({ kind }))
const cut: readonly Transform[] = [
  { kind: 'identity' },
  { kind: 'bucket', count: 3 },
  { kind: 'truncate', width: 7 },
]
const subjects: readonly Subject[] = [
  { type: t.int64, iceberg: 'long', literal: fc.integer({ min: -30, max: 30 }).map(String), transforms: cut },
  {
    type: t.decimal(9, 2),
    iceberg: 'decimal(9, 2)',
    literal: fc.integer({ min: -300, max: 300 }).map((n) => printValue('decimal(9, 2)', BigInt(n))),
    transforms: cut,
  },
  {
    type: t.text,
    iceberg: 'string',
    literal: fc.array(fc.constantFrom('a', 'b', '😀', 'é'), { maxLength: 20 }).map((a) => a.join('')),
    transforms: [...cut, { kind: 'truncate', width: 2 }],
  },
  {
    type: t.timestamp,
    iceberg: 'timestamp',
    literal: fc
      .integer({ min: -800, max: 800 })
      .map((d) => printValue('timestamp', BigInt(d) * 86_399_000_000n)),
    transforms: [...dated, { kind: 'hour' }, { kind: 'bucket', count: 3 }],
  },
  {
    type: t.float64,
    iceberg: 'double',
    literal: fc.constantFrom('-1.5', '-0', '0', '2', 'inf', 'nan'),
    transforms: [{ kind: 'identity' }],
  },
]

const operators = ['=', '<', '<=', '>', '>=', 'in', 'is-null', 'not-null'] as const

/** What the operator means for one row; NaN is the greatest number, as in the engine. */
function matches(filter: FileFilter, iceberg: string, row: string | null): boolean {
  if (filter.op === 'is-null') return row === null
  if (row === null) return false
  const value = parseValue(iceberg, row)
  const orders = filter.values.map((literal) => Math.sign(compareValues(value, parseValue(iceberg, literal))))
  switch (filter.op) {
    case '<':
      return orders[0] === -1
    case '<=':
      return orders[0] !== 1
    case '>':
      return orders[0] === 1
    case '>=':
      return orders[0] !== -1
    case 'not-null':
      return true
    default:
      return orders.some((order) => order === 0 || Object.is(order, -0))
  }
}

/** Statistics of a file of rows as a Parquet writer that leaves NaN out would give them. */
function statsOf(iceberg: string, rows: readonly (string | null)[]): ColumnStats {
  const values = rows.flatMap((row): Value[] => (row === null ? [] : [parseValue(iceberg, row)]))
  const ordered = values.filter((v) => !(typeof v === 'number' && Number.isNaN(v))).toSorted(compareValues)
  const [low, high] = [ordered[0], ordered.at(-1)]
  const lower = low !== undefined && Buffer.isBuffer(low) ? truncateLower(iceberg, low) : low
  const upper = high !== undefined && Buffer.isBuffer(high) ? truncateUpper(iceberg, high) : high
  return {
    ...noStats,
    valueCounts: new Map([[1, rows.length]]),
    nullCounts: new Map([[1, rows.length - values.length]]),
    lower: lower === undefined ? new Map() : new Map([[1, encodeValue(iceberg, lower)]]),
    upper: upper === undefined ? new Map() : new Map([[1, encodeValue(iceberg, upper)]]),
  }
}

const cases = fc.constantFrom(...subjects).chain((subject) =>
  fc.record({
    subject: fc.constant(subject),
    transform: fc.constantFrom(...subject.transforms),
    rows: fc.array(fc.option(subject.literal), { minLength: 1, maxLength: 12 }),
    op: fc.constantFrom(...operators),
    literals: fc.array(subject.literal, { minLength: 1, maxLength: 3 }),
  }),
)

test('no file with a matching row is ever pruned, by partition or by bounds', async () => {
  await using at = await temporaryLake()
  let [kept, seen] = [0, 0]
  await fc.assert(
    fc.asyncProperty(cases, async ({ subject, transform, rows, op, literals }) => {
      const values = op === 'in' ? literals : op.endsWith('null') ? [] : literals.slice(0, 1)
      const filter: FileFilter = { column: 'c', op, values }
      const { iceberg } = subject
      const partitionOf = (row: string | null): string | null =>
        row === null
          ? null
          : printValue(
              resultType(transform, iceberg),
              applyTransform(transform, iceberg, parseValue(iceberg, row)),
            )
      const byPartition = [...Map.groupBy(rows, partitionOf)]
      const files = byPartition.map(([partition, group], i): DataFile => {
        return {
          path: `/nowhere/${i}`,
          rows: group.length,
          bytes: 1,
          partition: [partition],
          stats: statsOf(iceberg, group),
        }
      })
      const tx = await at.lake.begin({ dataFiles: 'none' })
      if (tx.has('a.t')) tx.drop('a.t')
      tx.create({
        name: 'a.t',
        schema: [t.field('c', subject.type)],
        partition: [{ name: transform.kind === 'identity' ? 'c' : 'p', column: 'c', transform }],
      })
      const half = Math.ceil(files.length / 2)
      tx.append('a.t', files.slice(0, half), {})
      tx.append('a.t', files.slice(half), {})
      await tx.commit()
      const found = await (await at.lake.load('a.t'))?.files({ filters: [filter] })
      const paths = new Set(found?.map((f) => f.path))
      byPartition.forEach(([, group], i) => {
        if (group.some((row) => matches(filter, iceberg, row))) expect(paths).toContain(`/nowhere/${i}`)
      })
      kept += paths.size
      seen += files.length
    }),
    { numRuns: 200 },
  )
  // A filter that prunes nothing would pass the above.
  expect(kept).toBeLessThan(seen * 0.9)
})

test('filters that cannot be understood prune nothing', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name: 'a.t', ...rowTable })
  tx.append('a.t', [await writeRows(at.lake, 'a.t', ['1'])], {})
  await tx.commit()
  const table = await at.lake.load('a.t')
  const filters: readonly FileFilter[] = [
    { column: 'none', op: '=', values: ['1'] },
    { column: 'id', op: '=', values: ['one'] },
    { column: 'id', op: '=', values: [] },
  ]
  for (const filter of filters) expect(await table?.files({ filters: [filter] })).toHaveLength(1)
  expect(
    await table?.files({ filters: [{ column: 'REGION', op: 'in', values: ['NA', 'SA'] }] }),
  ).toHaveLength(0)
  expect(await table?.files({ filters: [{ column: 'region', op: 'in', values: [] }] })).toHaveLength(0)
})
