import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toIcebergField } from '../../packages/etl/src/lake/format/schema.ts'
import type { LakeTable } from '../../packages/etl/src/lake/index.ts'
import { missingCommands, runCommand } from '../../tools/peers/command.ts'
import { installPyIceberg } from '../../tools/peers/pyiceberg.ts'
import { readBySchema, writeParquet } from './parquet-files.ts'
import { asOf, asPyIcebergReads, difference, type PyIcebergTable } from './peer.ts'
import { buildSampleTables, partitionings } from './sample-tables.ts'
import { temporaryLake } from './temporary-lake.ts'
import type { TemporaryLake } from './temporary-lake.ts'

interface Report {
  readonly tables: readonly PyIcebergTable[]
}

let at: TemporaryLake
let connection: DuckDBConnection
let report: Report

const missing = missingCommands('python3')
beforeEach((context) => context.skip(missing !== undefined, missing))

beforeAll(async () => {
  if (missing !== undefined) return
  at = await temporaryLake('lake with spaces é-')
  connection = await (await DuckDBInstance.create()).connect()
  await buildSampleTables(at.lake, connection)
  const python = await installPyIceberg()
  const out = join(at.folder, 'out')
  await mkdir(out)
  const script = fileURLToPath(new URL('read_pyiceberg.py', import.meta.url))
  await runCommand(python, [script, at.lake.catalogFile, out])
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

test('PyIceberg finds the same tables', async () => {
  expect(report.tables.map((t) => t.name).toSorted()).toEqual(await at.lake.tables())
  expect(report.tables).toHaveLength(8 + partitionings.length)
})

test('PyIceberg reads the same rows of every state', async () => {
  let states = 0
  for (const peer of report.tables) {
    const table = await load(peer.name)
    for (const state of peer.states) {
      const option = asOf(state)
      const schema = option.asOf === undefined ? table.schema : table.schemaAt(option.asOf)
      const ours = asPyIcebergReads(readBySchema(await table.files(option), schema), table)
      const theirs = `select * from read_parquet('${state.path}')`
      expect([peer.name, state, await difference(connection, ours, theirs)]).toEqual([
        peer.name,
        state,
        [0, 0],
      ])
      states += 1
    }
  }
  expect(states).toBeGreaterThan(50)
})

test('PyIceberg follows renamed tables', async () => {
  const states = report.tables.flatMap((t) => t.states.map((s) => ({ ...s, table: t.name })))
  const ids = async (name: string): Promise<unknown> => {
    const path = states.find((s) => s.table === name && s.kind === 'current')?.path
    return (await connection.runAndReadAll(`select list(id order by id)::varchar from '${path}'`)).getRows()
  }
  const names = ['sample.left', 'sample.right', 'sample.former', 'other.renamed']
  expect(await Promise.all(names.map(ids))).toEqual([[['[2, 3]']], [['[1]']], [['[5, 6]']], [['[4, 7]']]])
})

test('PyIceberg still loses the NULL of a list of structs', async () => {
  const table = await load('sample.types')
  const state = report.tables.find((t) => t.name === 'sample.types')?.states.find((s) => s.kind === 'current')
  const ours = readBySchema(await table.files(), table.schema)
  expect(await difference(connection, ours, `select * from read_parquet('${state?.path}')`)).toEqual([1, 1])
})

test('PyIceberg sees the same schemas, partitions, snapshots and refs', async () => {
  for (const peer of report.tables) {
    const table = await load(peer.name)
    const fields = table.schema.map((f) => [f.id, f.name, !f.nullable])
    expect(peer.schema.map(([id, name, , required]) => [id, name, required])).toEqual(fields)
    for (const [id, , type] of peer.schema) {
      const own = table.schema.find((f) => f.id === id)
      const iceberg = own === undefined ? undefined : toIcebergField(own).type
      if (typeof iceberg === 'string') expect([peer.name, id, type]).toEqual([peer.name, id, iceberg])
    }
    const partition = table.partition.map((p) => [p.name, p.column, p.transform.kind])
    expect(
      peer.partition.map(([name, column, transform]) => [name, column, transform.replace(/\[.*/, '')]),
    ).toEqual(partition)
    expect(peer.current).toBe(table.current?.id.toString() ?? null)
    expect(peer.snapshots).toEqual(
      table.snapshots.map((s) => ({
        id: s.id.toString(),
        parent: s.parentId?.toString() ?? null,
        operation: s.operation,
        summary: s.summary,
        timestampMs: s.timestampMs,
      })),
    )
    const refs = [...table.refs].map(([name, ref]) => [name, [ref.snapshotId.toString(), ref.type]])
    expect(peer.refs).toEqual(Object.fromEntries(refs))
    expect(peer.files).toEqual((await table.files()).map((f) => `file://${f.path}`).toSorted())
  }
})

describe('pruning', () => {
  test('PyIceberg finds every row by each of its values', () => {
    for (const peer of report.tables) {
      const rows = Number(peer.snapshots.find((s) => s.id === peer.current)?.summary['total-records'] ?? 0)
      for (const [column, found] of Object.entries(peer.foundByFilter)) {
        expect([peer.name, column, found]).toEqual([peer.name, column, rows])
      }
    }
  })

  test('so do we, and the partition cuts files away', async () => {
    for (const [column, transform] of partitionings) {
      const table = await load(`sample.by_${column}_${transform.kind}`)
      const values = await connection.runAndReadAll(
        `select "${column}"::varchar from (${readBySchema(await table.files(), table.schema)}) where "${column}" is not null`,
      )
      for (const [raw] of values.getRows()) {
        const literal = column === 'at' ? String(raw).replace(' ', 'T') : String(raw)
        const files = await table.files({ filters: [{ column, op: '=', values: [literal] }] })
        const hits = await connection.runAndReadAll(
          `select count(*)::int from (${readBySchema(files, table.schema)}) where "${column}"::varchar = '${String(raw)}'`,
        )
        expect([table.name, literal, Number(hits.getRows()[0]?.[0]) > 0, files.length < 5]).toEqual([
          table.name,
          literal,
          true,
          true,
        ])
      }
      expect(await table.files({ filters: [{ column, op: 'is-null', values: [] }] })).toHaveLength(1)
    }
  })
})

test('tables stay readable and writable after PyIceberg has appended to them', async () => {
  const python = await installPyIceberg()
  const script = fileURLToPath(new URL('append_pyiceberg.py', import.meta.url))
  const names = ['sample.by_region_identity', 'sample.by_day_identity', 'sample.by_amount_identity']
  for (const name of names) {
    const before = await load(name)
    const row = [
      'id=77',
      'region=peer',
      'amount=7.70',
      'day=2024-05-06',
      'at=2024-05-06 07:08:09.000001',
      'flag=true',
    ]
    await runCommand(python, [script, at.lake.catalogFile, name, ...row])
    const schema = before.schema
    const own = await writeParquet(
      connection,
      at.lake,
      name,
      schema,
      `values (78, null, null, null, null, null)`,
      [null],
    )
    const tx = await at.lake.begin()
    tx.append(name, [own], {})
    await tx.commit()
    const table = await load(name)
    const added = (await table.appendedSince(before.current?.id ?? 0n)) ?? []
    const result = await connection.runAndReadAll(
      `select id::int from (${readBySchema(added, schema)}) order by id`,
    )
    expect([name, result.getRows()]).toEqual([name, [[77], [78]]])
    expect(await table.files()).toHaveLength((await before.files()).length + 2)
    const found = await table.files({
      filters: [{ column: 'at', op: '=', values: ['2024-05-06T07:08:09.000001'] }],
    })
    expect(found.length).toBeLessThan(7)
    expect(table.current?.summary['total-records']).toBe('7')
    const rewritten = await at.lake.begin()
    rewritten.overwrite(name, { removed: added.map((f) => f.path), files: [] }, {})
    await rewritten.commit()
    expect(await (await load(name)).files()).toHaveLength((await before.files()).length)
  }
})
