import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { assignIds } from '../../packages/etl/src/lake/format/schema.ts'
import { decodeValue } from '../../packages/etl/src/lake/format/single-value.ts'
import { printValue } from '../../packages/etl/src/lake/format/value.ts'
import { readFooterStats } from '../../packages/etl/src/lake/index.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { writeParquet } from './parquet-files.ts'
import { temporaryLake } from './temporary-lake.ts'

/** Type, Iceberg name, values to write, and the bounds that the footer must give. */
const cases: readonly (readonly [
  LogicalType,
  string,
  readonly string[],
  string | undefined,
  string | undefined,
])[] = [
  [t.bool, 'boolean', ['true', 'false'], 'false', 'true'],
  [t.int8, 'int', ['-128', '127'], '-128', '127'],
  [
    t.int64,
    'long',
    ['-9223372036854775808', '9223372036854775807'],
    '-9223372036854775808',
    '9223372036854775807',
  ],
  [t.uint64, 'decimal(20, 0)', ['0', '18446744073709551615'], '0', '18446744073709551615'],
  [t.decimal(4, 2), 'decimal(4, 2)', ['-12.34', '0.05'], '-12.34', '0.05'],
  [t.decimal(9, 2), 'decimal(9, 2)', ['-1234567.89', '0.05'], '-1234567.89', '0.05'],
  [
    t.decimal(18, 3),
    'decimal(18, 3)',
    ['-999999999999999.999', '123456789012345.678'],
    '-999999999999999.999',
    '123456789012345.678',
  ],
  [
    t.decimal(38, 10),
    'decimal(38, 10)',
    ['-9999999999999999999999999999.9999999999', '1234567890123456789012345678.0123456789'],
    '-9999999999999999999999999999.9999999999',
    '1234567890123456789012345678.0123456789',
  ],
  [t.date, 'date', ['0001-01-01', '9999-12-31'], '0001-01-01', '9999-12-31'],
  [t.time, 'time', ['00:00:00', '23:59:59.999999'], '00:00:00.000000', '23:59:59.999999'],
  [
    t.timestamp,
    'timestamp',
    ['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999'],
    '0001-01-01T00:00:00.000000',
    '9999-12-31T23:59:59.999999',
  ],
  [t.text, 'string', ['', 'z'], '', 'z'],
  [
    t.text,
    'string',
    ['ünï→😀 and longer 1', 'ünï→😀 and longez 2'],
    'ünï→😀 and longer',
    'ünï→😀 and longe{',
  ],
]

test.each(cases)('%o has exact bounds and counts', async (type, iceberg, values, lower, upper) => {
  await using at = await temporaryLake()
  const connection = await (await DuckDBInstance.create()).connect()
  let last = 0
  const schema = assignIds([t.field('c', type)], () => (last += 1))
  const rows = [...values.map((v) => `('${v}')`), '(null)'].join(', ')
  const file = await writeParquet(connection, at.lake, 'a.t', schema, `values ${rows}`)
  const { rows: count, stats, splitOffsets } = await readFooterStats(file.path, schema)
  const print = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && printValue(iceberg, decodeValue(iceberg, Buffer.from(bytes)))
  expect([print(stats.lower.get(1)), print(stats.upper.get(1))]).toEqual([lower, upper])
  expect([count, stats.valueCounts.get(1), stats.nullCounts.get(1)]).toEqual([3, 3, 1])
  expect(stats.sizes.get(1)).toBeGreaterThan(0)
  expect(splitOffsets).toEqual([4])
})

test('NaN gives no bound, an all-NULL column none, and members are counted under their own ids', async () => {
  await using at = await temporaryLake()
  const connection = await (await DuckDBInstance.create()).connect()
  let last = 0
  const columns = [
    t.field('x', t.float64),
    t.field('none', t.text),
    t.field('s', t.struct([t.field('a', t.int32)])),
    t.field('l', t.list(t.int32)),
  ]
  const schema = assignIds(columns, () => (last += 1))
  const query = `values ('nan'::double, null, {'a': 5}, [1, 2]), (1.5, null, {'a': 7}, []), (null, null, null, null)`
  const file = await writeParquet(connection, at.lake, 'a.t', schema, query)
  const { stats } = await readFooterStats(file.path, schema)
  const [x, none, s, l] = schema.map((f) => f.nested?.[0]?.id ?? f.id) as [number, number, number, number]
  const nan = [stats.lower.get(x), stats.upper.get(x)].some(
    (b) => b && Number.isNaN(Buffer.from(b).readDoubleLE()),
  )
  expect(nan).toBe(false)
  expect([stats.lower.has(none), stats.nullCounts.get(none), stats.valueCounts.get(none)]).toEqual([
    false,
    3,
    3,
  ])
  expect([stats.lower.get(s), stats.upper.get(s)].map((b) => b && Buffer.from(b).readInt32LE())).toEqual([
    5, 7,
  ])
  expect([stats.lower.has(l), stats.valueCounts.get(l)]).toEqual([false, 4])
})

test('bounds span all row groups', async () => {
  await using at = await temporaryLake()
  const connection = await (await DuckDBInstance.create()).connect()
  const schema = [{ ...t.field('id', t.int64), id: 1 }]
  const path = `${await at.lake.newDataFolder('a.t')}/many.parquet`
  await connection.run(
    `copy (select i::bigint as id from range(100000) r(i)) to '${path}' (format parquet, row_group_size 20000, field_ids {id: 1})`,
  )
  const { stats, splitOffsets, rows } = await readFooterStats(path, schema)
  expect(splitOffsets.length).toBeGreaterThan(1)
  expect(rows).toBe(100_000)
  const bounds = [stats.lower.get(1), stats.upper.get(1)].map((b) => b && Buffer.from(b).readBigInt64LE())
  expect(bounds).toEqual([0n, 99_999n])
})
