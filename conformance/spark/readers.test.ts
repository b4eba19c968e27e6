import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import type { LakeTable } from '../../packages/etl/src/lake/index.ts'
import type { ScanNode } from '../../packages/etl/src/plan/node.ts'
import { runCommand } from '../../tools/peers/command.ts'
import { installPyIceberg } from '../../tools/peers/pyiceberg.ts'
import { installSpark } from '../../tools/peers/spark.ts'
import { readBySchema } from '../lake/parquet-files.ts'
import { asPyIcebergReads, difference, type PeerState, type PyIcebergTable } from '../lake/peer.ts'
import { buildSampleTables } from '../lake/sample-tables.ts'
import { temporaryLake, type TemporaryLake } from '../lake/temporary-lake.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from './lines.ts'

/** Every type that Spark writes, times of day, and partitions by a hash. */
const originals = ['types', 'times', 'by_id_bucket', 'by_day_bucket', 'by_at_bucket', 'by_region_truncate']
const minute = 60_000

interface Report {
  readonly tables: readonly { readonly name: string; readonly states: readonly PeerState[] }[]
}

describe.skipIf(isSkipped)(`tables that Spark wrote, read by others${skipTitle}`, () => {
  let at: TemporaryLake
  let connection: DuckDBConnection
  const copies = lines.flatMap((line) =>
    originals.map((name) => ({ line, name, copy: `spark_${line.replace('.', '_')}.${name}` })),
  )

  const load = async (name: string): Promise<LakeTable> => {
    const table = await at.lake.load(name)
    if (table === undefined) throw new Error(`no table ${name}`)
    return table
  }

  /** Copies a table by a plan that Spark runs, and publishes what it wrote. */
  const copyOnSpark = async ({ line, name, copy }: (typeof copies)[number]): Promise<number> => {
    await using spark = await sparkEngine(line, openDuckdb({ memoryLimitBytes: 256e6, threads: 1 }))
    const table = await load(`sample.${name}`)
    const columns = table.schema.filter((f) => f.type.kind !== 'uuid')
    const from: ScanNode = { kind: 'scan', input: 't.in', schema: columns }
    const tx = await at.lake.begin()
    const { partition } = table
    const schema = tx.create({ name: copy, schema: columns, partition })
    const folder = await at.lake.newDataFolder(copy)
    const built = await spark.materialise({
      plan: {
        kind: 'project',
        from,
        columns: columns.map((c) => ({
          name: c.name,
          expression: { kind: 'column', name: c.name, type: c.type, nullable: c.nullable },
        })),
        schema: columns,
      },
      inputs: new Map([['t.in', { kind: 'lake', files: await table.files(), schema: table.schema }]]),
      primary: 't.in',
      schema,
      partition,
      folder,
      rejectFolder: join(at.folder, `rejects-${copy}`),
      scratch: join(at.folder, `scratch-${copy}`),
      functions: new Map(),
      targetFileBytes: 128e6,
    })
    tx.append(copy, built.files, {})
    await tx.commit()
    return built.counts.written
  }

  /** What the copy must hold. */
  const original = async (name: string): Promise<string> => {
    const table = await load(`sample.${name}`)
    const uuids = table.schema.filter((f) => f.type.kind === 'uuid').map((f) => `"${f.name}"`)
    const all = readBySchema(await table.files(), table.schema)
    return uuids.length === 0 ? all : `select * exclude (${uuids.join(', ')}) from (${all})`
  }
  const current = (report: Report, name: string): string => {
    const state = report.tables.find((t) => t.name === name)?.states.find((s) => s.kind === 'current')
    return `select * from read_parquet('${state?.path}')`
  }

  beforeAll(async () => {
    at = await temporaryLake('spark readers-')
    connection = await (await DuckDBInstance.create()).connect()
    await buildSampleTables(at.lake, connection)
    for (const copy of copies) expect(await copyOnSpark(copy)).toBeGreaterThan(3)
  }, 5 * minute)
  afterAll(async () => {
    connection.closeSync()
    await at[Symbol.asyncDispose]()
  })

  test('we read what was copied', async () => {
    for (const { name, copy } of copies) {
      const table = await load(copy)
      const ours = readBySchema(await table.files(), table.schema)
      expect([copy, await difference(connection, await original(name), ours)]).toEqual([copy, [0, 0]])
    }
  })

  test(
    'PyIceberg reads lists, maps, structs and times, and prunes by hashed partitions',
    async () => {
      const python = await installPyIceberg()
      const out = join(at.folder, 'pyiceberg')
      await mkdir(out)
      const script = fileURLToPath(new URL('../lake/read_pyiceberg.py', import.meta.url))
      await runCommand(python, [script, at.lake.catalogFile, out])
      const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as {
        readonly tables: readonly PyIcebergTable[]
      }
      for (const { name, copy } of copies) {
        const have = current(report, copy)
        const want = asPyIcebergReads(await original(name), await load(copy))
        expect([copy, await difference(connection, want, have)]).toEqual([copy, [0, 0]])
        const found = report.tables.find((t) => t.name === copy)?.foundByFilter ?? {}
        const rows = (await load(copy)).current?.summary['total-records']
        expect(Object.keys(found).length).toBeGreaterThan(1)
        expect([copy, [...new Set(Object.values(found).map(String))]]).toEqual([copy, [rows]])
      }
    },
    5 * minute,
  )

  test(
    'Spark with Iceberg reads lists, maps and structs',
    async () => {
      const { python, jars } = await installSpark()
      const out = join(at.folder, 'iceberg')
      await mkdir(out)
      const script = fileURLToPath(new URL('../lake/read_spark.py', import.meta.url))
      // It opens no table that has a time of day.
      const readable = copies.filter(({ name }) => name !== 'times')
      const names = readable.map(({ copy }) => copy)
      await runCommand(python, [script, at.lake.catalogFile, at.folder, jars.join(','), out, ...names])
      const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report
      for (const { name, copy } of readable) {
        const have = current(report, copy)
        expect([copy, await difference(connection, await original(name), have)]).toEqual([copy, [0, 0]])
      }
    },
    5 * minute,
  )
})
