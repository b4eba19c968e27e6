import type { DuckDBConnection } from '@duckdb/node-api'
import type { PartitionField, Transform } from '../../packages/etl/src/engine/contract.ts'
import { applyTransform, resultType } from '../../packages/etl/src/lake/format/transform.ts'
import { parseValue, printValue } from '../../packages/etl/src/lake/format/value.ts'
import type { FolderLake, LakeTable } from '../../packages/etl/src/lake/index.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { writeParquet } from './parquet-files.ts'

/** Makes the tables that readers written by others must read as we do. */
export async function buildSampleTables(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  await buildTypes(lake, connection)
  await buildTimes(lake, connection)
  await buildPartitioned(lake, connection)
  await buildEvolved(lake, connection)
  await buildRenamed(lake, connection)
  const tx = await lake.begin()
  tx.create({ name: 'sample.empty', schema: [t.field('id', t.int64)], partition: [] })
  await tx.commit()
}

const typeColumns = [
  t.field('id', t.int64, false),
  t.field('flag', t.bool),
  t.field('tiny', t.int8),
  t.field('small', t.int16),
  t.field('whole', t.int32),
  t.field('huge', t.uint64),
  t.field('money', t.decimal(38, 10)),
  t.field('price', t.decimal(18, 3)),
  t.field('ratio', t.float64),
  t.field('name', t.text),
  t.field('raw', t.bytes),
  t.field('day', t.date),
  t.field('at', t.timestamp),
  t.field('key', t.uuid),
  t.field('doc', t.json),
  t.field('tags', t.list(t.text)),
  t.field(
    'place',
    t.struct([t.field('city', t.text), t.field('pin', t.struct([t.field('lat', t.float64)]))]),
  ),
  t.field('counts', t.map(t.text, t.decimal(9, 2))),
  t.field('lines', t.list(t.struct([t.field('sku', t.text), t.field('qty', t.int32)]))),
]

const typeRows = [
  `(1, true, -128, -32768, -2147483648, '0', '-9999999999999999999999999999.9999999999', '-0.001', '-inf',
    '', ''::blob, '0001-01-01', '0001-01-01 00:00:00', '00000000-0000-0000-0000-000000000000', '{}', [], null,
    map {}, [{'sku': 'a', 'qty': 1}, {'sku': 'b', 'qty': null}])`,
  `(9223372036854775807, false, 127, 32767, 2147483647, '18446744073709551615',
    '9999999999999999999999999999.9999999999', '999999999999999.999', 'nan', 'ünï→😀 and longer than bounds',
    '\\xFF\\x00\\xFE'::blob, '9999-12-31', '9999-12-31 23:59:59.999999', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '{"a": [1, null]}', ['x', null, ''], {'city': 'Zürich', 'pin': {'lat': 47.37}},
    map {'a': 1.25, 'b': null}, [])`,
  `(3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
  `(-4, true, 0, 0, 0, '1', '0.0000000001', '12.500', '-0.0', '日本', 'abc'::blob, '1969-12-31',
    '1969-12-31 23:59:59.999999', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', '1', [null],
    {'city': null, 'pin': {'lat': null}}, map {'é': -0.01}, [null])`,
]

async function buildTypes(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  const tx = await lake.begin()
  const schema = tx.create({ name: 'sample.types', schema: typeColumns, partition: [] })
  const first = await writeParquet(
    connection,
    lake,
    'sample.types',
    schema,
    `values ${typeRows.slice(0, 3).join(', ')}`,
  )
  const second = await writeParquet(connection, lake, 'sample.types', schema, `values ${typeRows[3]}`)
  tx.append('sample.types', [first], { 'securecart.position': '1' })
  tx.append('sample.types', [second], { 'securecart.position': '2' })
  await tx.commit()
}

/** Apart, because Spark has no time of day and opens no table that has one. */
async function buildTimes(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  const tx = await lake.begin()
  const schema = tx.create({
    name: 'sample.times',
    schema: [t.field('id', t.int64), t.field('clock', t.time)],
    partition: [{ name: 'clock_bucket', column: 'clock', transform: { kind: 'bucket', count: 8 } }],
  })
  for (const [id, clock] of [
    [1, '00:00:00.000000'],
    [2, '22:31:08.000000'],
    [3, '23:59:59.999999'],
    [4, null],
  ] as const) {
    const query = `values (${id}, ${clock === null ? 'null' : `'${clock}'`})`
    const partition = [partitionText('time', { kind: 'bucket', count: 8 }, clock)]
    tx.append(
      'sample.times',
      [await writeParquet(connection, lake, 'sample.times', schema, query, partition)],
      {},
    )
  }
  await tx.commit()
}

const partitionedColumns = [
  ['id', t.int64, 'long'],
  ['region', t.text, 'string'],
  ['amount', t.decimal(9, 2), 'decimal(9, 2)'],
  ['day', t.date, 'date'],
  ['at', t.timestamp, 'timestamp'],
  ['flag', t.bool, 'boolean'],
] as const

/** One table per transform: `sample.by_<column>_<transform>`. */
export const partitionings: readonly (readonly [string, Transform])[] = [
  ['id', { kind: 'identity' }],
  ['id', { kind: 'bucket', count: 5 }],
  ['id', { kind: 'truncate', width: 10 }],
  ['region', { kind: 'identity' }],
  ['region', { kind: 'bucket', count: 5 }],
  ['region', { kind: 'truncate', width: 2 }],
  ['amount', { kind: 'identity' }],
  ['amount', { kind: 'bucket', count: 5 }],
  ['amount', { kind: 'truncate', width: 50 }],
  ['day', { kind: 'identity' }],
  ['day', { kind: 'month' }],
  ['day', { kind: 'bucket', count: 5 }],
  ['at', { kind: 'identity' }],
  ['at', { kind: 'year' }],
  ['at', { kind: 'month' }],
  ['at', { kind: 'day' }],
  ['at', { kind: 'hour' }],
  ['at', { kind: 'bucket', count: 5 }],
  ['flag', { kind: 'identity' }],
]

const partitionedRows: readonly (readonly (string | null)[])[] = [
  ['1', 'EU', '10.65', '2017-12-01', '2017-12-01T10:30:55.038194', 'true'],
  ['-11', 'ünï/=%', '-0.05', '1969-12-31', '1969-12-31T23:59:59.999999', 'false'],
  ['9007199254740993', '😀😀😀', '9999999.99', '2024-02-29', '2024-02-29T23:59:59.000000', 'true'],
  [null, null, null, null, null, null],
  ['20', '', '0.00', '1970-01-01', '9998-01-02T03:04:05.000006', 'false'],
]

function partitionText(type: string, transform: Transform, literal: string | null): string | null {
  if (literal === null) return null
  return printValue(resultType(transform, type), applyTransform(transform, type, parseValue(type, literal)))
}

async function buildPartitioned(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  const tx = await lake.begin()
  for (const [column, transform] of partitionings) {
    const name = `sample.by_${column}_${transform.kind}`
    const partition: PartitionField[] = [
      { name: transform.kind === 'identity' ? column : `${column}_${transform.kind}`, column, transform },
    ]
    const schema = tx.create({
      name,
      schema: partitionedColumns.map(([n, type]) => t.field(n, type)),
      partition,
    })
    const index = partitionedColumns.findIndex(([n]) => n === column)
    const files = []
    for (const row of partitionedRows) {
      const query = `values (${row.map((cell) => (cell === null ? 'null' : `'${cell}'`)).join(', ')})`
      const value = partitionText(partitionedColumns[index]?.[2] ?? 'string', transform, row[index] ?? null)
      files.push(await writeParquet(connection, lake, name, schema, query, [value]))
    }
    tx.append(name, files, {})
  }
  await tx.commit()
}

/** A table whose schema, partition and refs have all changed; its name has a `$`, as reject tables do. */
async function buildEvolved(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  const name = 'sample.evolved$rejected'
  const tx = await lake.begin()
  const columns = [t.field('id', t.int32, false), t.field('gone', t.text), t.field('old', t.decimal(9, 2))]
  const one = tx.create({ name, schema: columns, partition: [] })
  tx.append(
    name,
    [await writeParquet(connection, lake, name, one, `values (1, 'x', 1.25), (2, 'y', null)`)],
    {},
  )
  await tx.commit()
  const first = (await lake.load(name))?.current?.id ?? 0n
  const change = await lake.begin()
  change.setRef(name, 'first', first, 'tag')
  const two = change.evolve(name, [
    { kind: 'drop', name: 'gone' },
    { kind: 'rename', from: 'old', to: 'new' },
    { kind: 'widen', name: 'id', type: t.int64 },
    { kind: 'widen', name: 'new', type: t.decimal(18, 2) },
    { kind: 'add', name: 'extra', type: t.list(t.int32), nullable: true },
    { kind: 'add', name: 'old', type: t.text, nullable: true },
  ])
  change.setPartition(name, [{ name: 'id_bucket', column: 'id', transform: { kind: 'bucket', count: 4 } }])
  const bucket = (id: string): string | null => partitionText('long', { kind: 'bucket', count: 4 }, id)
  const wide = `values (9223372036854775807, 12345678901234.56, [1, null], 'o')`
  change.append(
    name,
    [await writeParquet(connection, lake, name, two, wide, [bucket('9223372036854775807')])],
    {},
  )
  await change.commit()
  const table = await lake.load(name)
  const victim = (await table?.files())?.find((f) => f.specId === 0)
  const last = await lake.begin()
  last.setRef(name, 'audit', table?.current?.id ?? 0n, 'branch')
  const fresh = await writeParquet(connection, lake, name, two, `values (7, 0.5, [], null)`, [bucket('7')])
  last.append(name, [fresh], {}, { branch: 'audit' })
  last.overwrite(name, { removed: [victim?.path ?? ''], files: [] }, {})
  await last.commit()
}

/** Two tables that have changed places, and a new one under a name that a third has left. */
async function buildRenamed(lake: FolderLake, connection: DuckDBConnection): Promise<void> {
  const build = async (name: string, rows: string): Promise<void> => {
    const tx = await lake.begin()
    const schema = tx.create({
      name,
      schema: [t.field('id', t.int64), t.field('name', t.text)],
      partition: [],
    })
    tx.append(name, [await writeParquet(connection, lake, name, schema, `values ${rows}`)], {})
    await tx.commit()
  }
  const load = async (name: string): Promise<LakeTable> => {
    const table = await lake.load(name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }
  await build('sample.left', `(1, 'left')`)
  await build('sample.right', `(2, 'right'), (3, 'right')`)
  await build('sample.former', `(4, 'former')`)
  await lake.rename([
    { table: await load('sample.left'), to: 'sample.right' },
    { table: await load('sample.right'), to: 'sample.left' },
    { table: await load('sample.former'), to: 'other.renamed' },
  ])
  await build('sample.former', `(5, 'new'), (6, null)`)
  const tx = await lake.begin()
  const name = 'other.renamed'
  const { schema } = await load(name)
  tx.append(name, [await writeParquet(connection, lake, name, schema, `values (7, 'since')`)], {})
  await tx.commit()
}
