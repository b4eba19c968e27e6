import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LakeTable } from '../../packages/etl/src/lake/index.ts'
import { missingCommands, runCommand } from '../../tools/peers/command.ts'
import { installSpark } from '../../tools/peers/spark.ts'
import { readBySchema, writeParquet } from './parquet-files.ts'
import { asOf, asSparkReads, difference, type SparkTable } from './peer.ts'
import { buildSampleTables } from './sample-tables.ts'
import { temporaryLake } from './temporary-lake.ts'
import type { TemporaryLake } from './temporary-lake.ts'

interface Report {
  readonly listed: readonly string[]
  readonly tables: readonly SparkTable[]
}

/** A choice that covers every type and transform family; Spark has no time of day, so `sample.times` stays out. */
const chosen = [
  'sample.types',
  'sample.evolved$rejected',
  'sample.empty',
  'sample.by_region_identity',
  'sample.by_region_truncate',
  'sample.by_amount_bucket',
  'sample.by_at_identity',
  'sample.by_at_day',
  'sample.by_at_hour',
  'sample.by_day_month',
]

/** The table that Spark changes after it has read it. */
const written = 'sample.by_at_day'

let at: TemporaryLake
let connection: DuckDBConnection
let report: Report

const missing = missingCommands('python3', 'java', 'mvn')
beforeEach((context) => context.skip(missing !== undefined, missing))

beforeAll(async () => {
  if (missing !== undefined) return
  at = await temporaryLake('lake with spaces é-')
  connection = await (await DuckDBInstance.create()).connect()
  await buildSampleTables(at.lake, connection)
  const { python, jars } = await installSpark()
  const out = join(at.folder, 'out')
  await mkdir(out)
  const script = fileURLToPath(new URL('read_spark.py', import.meta.url))
  await runCommand(python, [script, at.lake.catalogFile, at.folder, jars.join(','), out, ...chosen])
  report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report
})

afterAll(async () => {
  if (missing !== undefined) return
  connection.closeSync()
  await at[Symbol.asyncDispose]()
})

async function load(name: string): Promise<LakeTable> {
  const table = await at.lake.load(name)
  if (table === undefined) throw new Error(`no table ${name}`)
  return table
}

test('Spark lists the same tables', async () => {
  expect(report.listed).toEqual((await at.lake.tables()).toSorted())
})

test('Spark reads the same rows of every state', async () => {
  let states = 0
  for (const peer of report.tables) {
    const table = await load(peer.name)
    for (const state of peer.states.filter((s) => peer.name !== written || s.kind === 'snapshot')) {
      const option = asOf(state)
      const schema = option.asOf === undefined ? table.schema : table.schemaAt(option.asOf)
      const ours = asSparkReads(readBySchema(await table.files(option), schema), table)
      const theirs = `select * from read_parquet('${state.path}')`
      expect([peer.name, state, await difference(connection, ours, theirs)]).toEqual([
        peer.name,
        state,
        [0, 0],
      ])
      states += 1
    }
  }
  expect(states).toBeGreaterThan(25)
})

test('Spark sees the same columns, snapshots, refs and files', async () => {
  for (const peer of report.tables.filter((t) => t.name !== written)) {
    const table = await load(peer.name)
    expect(peer.columns.map(([name]) => name)).toEqual(table.schema.map((f) => f.name))
    const snapshots = table.snapshots.map((s) => [s.id.toString(), s.operation, s.summary])
    expect(new Map(peer.snapshots.map((s) => [s[0], s]))).toEqual(new Map(snapshots.map((s) => [s[0], s])))
    const refs = [...table.refs].map(([name, ref]) => [name, [ref.snapshotId.toString(), ref.type]])
    expect(peer.refs).toEqual(Object.fromEntries(refs))
    expect(peer.files).toEqual((await table.files()).map((f) => `file://${f.path}`).toSorted())
  }
})

test('tables stay readable and writable after Spark has changed them', async () => {
  const table = await load(written)
  const ids = async (t: LakeTable): Promise<unknown> =>
    (
      await connection.runAndReadAll(
        `select id::varchar from (${readBySchema(await t.files(), t.schema)}) order by id nulls first`,
      )
    ).getRows()
  expect(await ids(table)).toEqual([[null], ['-11'], ['1'], ['77'], ['9007199254740993']])
  const own = await writeParquet(
    connection,
    at.lake,
    written,
    table.schema,
    `values (78, null, null, null, null, null)`,
    [null],
  )
  const tx = await at.lake.begin()
  tx.append(written, [own], {})
  await tx.commit()
  expect(await ids(await load(written))).toEqual([
    [null],
    ['-11'],
    ['1'],
    ['77'],
    ['78'],
    ['9007199254740993'],
  ])
})
