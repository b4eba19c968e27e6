import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { generateShop } from '../../packages/etl/src/generate/index.ts'
import { toIcebergField } from '../../packages/etl/src/lake/format/schema.ts'
import type { LakeTable } from '../../packages/etl/src/lake/index.ts'
import { missingCommands, runCommand } from '../../tools/peers/command.ts'
import { installPyIceberg } from '../../tools/peers/pyiceberg.ts'
import { installSpark } from '../../tools/peers/spark.ts'
import { compareExpected } from '../shop/compare-expected.ts'
import {
  asOf,
  asPyIcebergReads,
  asSparkReads,
  difference,
  type PeerState,
  type PyIcebergTable,
  type SparkTable,
} from './peer.ts'
import { temporaryLake, type TemporaryLake } from './temporary-lake.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const orders = 3000
const parts = 2

let at: TemporaryLake
let connection: DuckDBConnection
let engine: Engine

async function securecart(...args: readonly string[]): Promise<void> {
  const program = join(root, 'packages/etl/bin/securecart.js')
  const place = ['--project', join(root, 'examples/shop'), '--var', `data=${join(at.folder, 'data')}`]
  const all = [program, ...args, ...place, '--lake', at.lake.folder]
  await promisify(execFile)(process.execPath, all, { maxBuffer: 1 << 26 })
}

/** Two deliveries with a run after each, then maintenance: tables of several snapshots and rewritten files. */
const missing = missingCommands('python3', 'java', 'mvn')
beforeEach((context) => context.skip(missing !== undefined, missing))

beforeAll(async () => {
  if (missing !== undefined) return
  at = await temporaryLake('shop-readers-')
  connection = await (await DuckDBInstance.create()).connect()
  engine = openDuckdb({})
  for (let index = 1; index <= parts; index++) {
    await generateShop({ folder: join(at.folder, 'data'), orders, seed: 31, part: { index, of: parts } })
    await securecart('run')
  }
  await securecart('maintain')
})

afterAll(async () => {
  if (missing !== undefined) return
  connection.closeSync()
  await engine[Symbol.asyncDispose]()
  await at[Symbol.asyncDispose]()
})

async function load(name: string): Promise<LakeTable> {
  const table = await at.lake.load(name)
  if (table === undefined) throw new Error(`no table ${name}`)
  return table
}

/** Reads a state through our engine into one Parquet file, and gives SQL over that. */
async function ours(table: LakeTable, state: PeerState): Promise<string> {
  const option = asOf(state)
  const schema = option.asOf === undefined ? table.schema : table.schemaAt(option.asOf)
  const target = join(at.folder, 'ours', `${table.name}-${state.kind}-${state.name}.parquet`)
  await mkdir(join(at.folder, 'ours'), { recursive: true })
  const binding = { kind: 'lake', files: await table.files(option), schema } as const
  await engine.export({
    plan: {
      kind: 'scan',
      input: table.name,
      schema: schema.map(({ name, type, nullable }) => ({ name, type, nullable })),
    },
    inputs: new Map([[table.name, binding]]),
    format: 'parquet',
    compression: 'zstd',
    target,
    partitionBy: [],
    overwrite: true,
    scratch: join(at.folder, 'scratch'),
  })
  return `select * from read_parquet('${target}')`
}

/** Compares every state of the peer's tables with ours; returns how many rows and states it looked at. */
async function expectSameRows(
  tables: readonly { readonly name: string; readonly states: readonly PeerState[] }[],
  asPeerReads: (sql: string, table: LakeTable) => string,
): Promise<{ readonly states: number; readonly rows: number }> {
  let [states, rows] = [0, 0]
  for (const peer of tables) {
    const table = await load(peer.name)
    for (const state of peer.states) {
      const theirs = `select * from read_parquet('${state.path}')`
      const found = await difference(connection, asPeerReads(await ours(table, state), table), theirs)
      expect([peer.name, state.kind, state.name, found]).toEqual([peer.name, state.kind, state.name, [0, 0]])
      const counted = await connection.runAndReadAll(`select count(*)::int from (${theirs})`)
      states += 1
      rows += Number(counted.getRows()[0]?.[0])
    }
  }
  return { states, rows }
}

test('the lake holds what the generator expects, in several snapshots, some of them rewritten', async () => {
  const found = await compareExpected(at.lake.folder, join(at.folder, 'data/expected'))
  expect(found.filter((d) => d.rows === 0 || d.unexpected + d.missing > 0)).toEqual([])
  const names = await at.lake.tables()
  expect(names.filter((n) => n.endsWith('$rejected')).length).toBeGreaterThan(2)
  const tables = await Promise.all(names.map(load))
  expect(tables.filter((t) => t.snapshots.length > 1).length).toBeGreaterThan(15)
  expect(tables.filter((t) => t.current?.operation === 'replace').length).toBeGreaterThan(5)
})

test('PyIceberg reads every table as we do: rows of every snapshot, schema, partition, snapshots, files', async () => {
  const out = join(at.folder, 'pyiceberg')
  await mkdir(out)
  const script = fileURLToPath(new URL('read_pyiceberg.py', import.meta.url))
  await runCommand(await installPyIceberg(), [script, at.lake.catalogFile, out, 'rows-only'])
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as {
    readonly tables: readonly PyIcebergTable[]
  }
  expect(report.tables.map((t) => t.name).toSorted()).toEqual((await at.lake.tables()).toSorted())
  for (const peer of report.tables) {
    const table = await load(peer.name)
    const types = new Map(table.schema.map((f) => [f.id, toIcebergField(f).type]))
    const wanted = table.schema.map((f) => [f.id, f.name, !f.nullable])
    expect([peer.name, peer.schema.map(([id, name, , required]) => [id, name, required])]).toEqual([
      peer.name,
      wanted,
    ])
    for (const [id, name, type] of peer.schema.filter(([id]) => typeof types.get(id) === 'string'))
      expect([peer.name, name, type]).toEqual([peer.name, name, types.get(id)])
    expect(peer.partition.map(([name, column, kind]) => [name, column, kind.replace(/\[.*/, '')])).toEqual(
      table.partition.map((p) => [p.name, p.column, p.transform.kind]),
    )
    expect(peer.current).toBe(table.current?.id.toString() ?? null)
    expect(peer.snapshots.map((s) => [s.id, s.parent, s.operation, s.summary])).toEqual(
      table.snapshots.map((s) => [s.id.toString(), s.parentId?.toString() ?? null, s.operation, s.summary]),
    )
    expect(peer.files).toEqual((await table.files()).map((f) => `file://${f.path}`).toSorted())
  }
  expect(report.tables.filter((t) => t.partition.length > 0).length).toBeGreaterThan(1)
  const seen = await expectSameRows(report.tables, asPyIcebergReads)
  expect(seen.states).toBeGreaterThan(60)
  expect(seen.rows).toBeGreaterThan(100_000)
})

test('Spark reads every table as we do: rows of every snapshot, columns, snapshots, files', async () => {
  const { python, jars } = await installSpark()
  const out = join(at.folder, 'spark')
  await mkdir(out)
  const script = fileURLToPath(new URL('read_spark.py', import.meta.url))
  const names = await at.lake.tables()
  await runCommand(python, [script, at.lake.catalogFile, at.folder, jars.join(','), out, ...names])
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as {
    readonly listed: readonly string[]
    readonly tables: readonly SparkTable[]
  }
  expect(report.listed).toEqual(names.toSorted())
  expect(report.tables.map((t) => t.name)).toEqual(names)
  for (const peer of report.tables) {
    const table = await load(peer.name)
    expect(peer.columns.map(([name]) => name)).toEqual(table.schema.map((f) => f.name))
    expect(peer.snapshots.map(([id, operation]) => [id, operation]).toSorted()).toEqual(
      table.snapshots.map((s) => [s.id.toString(), s.operation]).toSorted(),
    )
    expect(peer.files).toEqual((await table.files()).map((f) => `file://${f.path}`).toSorted())
  }
  const seen = await expectSameRows(report.tables, asSparkReads)
  expect(seen.states).toBeGreaterThan(60)
  expect(seen.rows).toBeGreaterThan(100_000)
})
