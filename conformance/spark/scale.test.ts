import { link, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  Engine,
  IdField,
  LakeFile,
  MaterialiseResult,
  PartitionField,
} from '../../packages/etl/src/engine/contract.ts'
import { fieldIds } from '../../packages/etl/src/engine/duckdb/field-ids.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { connectSessions } from '../../packages/etl/src/engine/spark/connect-session.ts'
import { openSpark } from '../../packages/etl/src/engine/spark/index.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import type { Expression } from '../../packages/etl/src/plan/expression.ts'
import type { JoinNode, Node, ScanNode } from '../../packages/etl/src/plan/node.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from './lines.ts'

/** Files that a table is read from. */
const filesIn = 1000
/** Partitions that it is written to, a file each. */
const filesOut = Number(process.env['SPARK_FILES_OUT'] ?? 300)
const rowsPerFile = 200
const minute = 60_000
const mb = 2 ** 20

const events = withIds([
  t.field('id', t.int64),
  t.field('shop', t.text),
  t.field('part', t.int32),
  t.field('note', t.text),
])
const shops = withIds([t.field('shop', t.text), t.field('country', t.text)])

const ref = (f: t.Field): Expression => ({ kind: 'column', name: f.name, type: f.type, nullable: f.nullable })
const scan = (input: string, schema: t.Schema): ScanNode => ({ kind: 'scan', input, schema })
const copied = (from: Node): Node => ({
  kind: 'project',
  from,
  columns: from.schema.map((f) => ({ name: f.name, expression: ref(f) })),
  schema: from.schema,
})

describe.skipIf(isSkipped).each(lines)(`many files and skew on Spark %s${skipTitle}`, (line) => {
  let spark: Engine
  let folder = ''
  let connection: DuckDBConnection
  let inputs: ReadonlyMap<string, { kind: 'lake'; files: readonly LakeFile[]; schema: readonly IdField[] }>

  const write = async (name: string, query: string, schema: readonly IdField[]): Promise<LakeFile> => {
    const path = join(folder, name)
    await connection.run(
      `COPY (${query}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, FIELD_IDS ${fieldIds(schema)})`,
    )
    const [[rows] = []] = (await connection.runAndReadAll(`SELECT count(*) FROM '${path}'`)).getRows()
    return { path, rows: Number(rows), bytes: (await stat(path)).size }
  }
  const eventsQuery = (rows: number): string =>
    `SELECT i::BIGINT AS id, CASE WHEN i % 10 < 9 THEN 'S0' ELSE 'S' || (i % 997) END AS shop,
     (i % ${filesOut})::INTEGER AS part, md5(i::VARCHAR) AS note FROM range(${rows}) r(i)`

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-scale-'))
    connection = await (await DuckDBInstance.create()).connect()
    spark = await sparkEngine(line, openDuckdb({ memoryLimitBytes: 256e6, threads: 1 }))
    const one = await write('events.parquet', eventsQuery(rowsPerFile), events)
    await mkdir(join(folder, 'in'))
    const files: LakeFile[] = []
    for (let i = 0; i < filesIn; i++) {
      const path = join(folder, 'in', `${i}.parquet`)
      await link(one.path, path)
      files.push({ ...one, path })
    }
    const many = await write('many.parquet', eventsQuery(filesIn * rowsPerFile), events)
    const known = await write(
      'shops.parquet',
      `SELECT 'S' || i AS shop, 'C' || i % 7 AS country FROM range(900) r(i)`,
      shops,
    )
    inputs = new Map([
      ['t.files', { kind: 'lake', files, schema: events }],
      ['t.events', { kind: 'lake', files: [many], schema: events }],
      ['t.shops', { kind: 'lake', files: [known], schema: shops }],
    ])
  }, 5 * minute)
  afterAll(async () => {
    connection.closeSync()
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (
    plan: Node,
    primary: string,
    how: {
      readonly partition?: readonly PartitionField[]
      readonly targetFileBytes?: number
      readonly on?: Engine
    } = {},
  ): Promise<MaterialiseResult> => {
    const at = join(folder, crypto.randomUUID())
    return (how.on ?? spark).materialise({
      plan,
      inputs,
      primary,
      schema: withIds(plan.schema),
      partition: how.partition ?? [],
      folder: join(at, 'data'),
      rejectFolder: join(at, 'rejects'),
      scratch: join(at, 'scratch'),
      functions: new Map(),
      targetFileBytes: how.targetFileBytes ?? 128 * mb,
    })
  }
  const ask = async (sql: string): Promise<unknown[][]> => (await connection.runAndReadAll(sql)).getRowsJson()
  const list = (result: MaterialiseResult): string =>
    `read_parquet([${result.files.map((f) => `'${f.path}'`).join(', ')}], hive_partitioning = false)`

  test(
    `${filesIn} files are read into one, whose rows are theirs`,
    async () => {
      const result = await run(copied(scan('t.files', events)), 't.files')
      expect(result.counts).toMatchObject({ read: filesIn * rowsPerFile, written: filesIn * rowsPerFile })
      expect(result.files.length).toBeLessThan(8)
      expect(await ask(`SELECT count(*), count(DISTINCT id), sum(id)::BIGINT FROM ${list(result)}`)).toEqual([
        [
          String(filesIn * rowsPerFile),
          String(rowsPerFile),
          String((filesIn * rowsPerFile * (rowsPerFile - 1)) / 2),
        ],
      ])
    },
    5 * minute,
  )

  test(
    `a table is written to ${filesOut} partitions, one file each`,
    async () => {
      const partition = [{ name: 'part', column: 'part', transform: { kind: 'identity' } }] as const
      const started = performance.now()
      const result = await run(copied(scan('t.events', events)), 't.events', { partition })
      console.info(`Spark ${line}: ${filesOut} files in ${Math.round(performance.now() - started)} ms`)
      expect(result.files).toHaveLength(filesOut)
      expect(new Set(result.files.map((f) => f.partition[0])).size).toBe(filesOut)
      const per = (filesIn * rowsPerFile) / filesOut
      expect([...new Set(result.files.map((f) => f.rows))].every((n) => Math.abs(n - per) <= 1)).toBe(true)
    },
    10 * minute,
  )

  test(
    'a join of rows that nearly all have one key gives the same rows',
    async () => {
      const left = scan('t.events', events)
      const right = scan('t.shops', shops)
      const plan: JoinNode = {
        kind: 'join',
        type: 'lookup',
        left,
        right,
        on: [
          {
            left: { kind: 'column', name: 'shop', type: t.text, nullable: true },
            right: { kind: 'column', name: 'shop', type: t.text, nullable: true },
          },
        ],
        keepRight: [{ column: 'country', as: 'country' }],
        schema: [...events, t.field('country', t.text)],
      }
      const result = await run(plan, 't.events')
      const counts = `SELECT shop, country, count(*)::INTEGER AS n FROM`
      const want = `${counts} (SELECT e.shop, s.country FROM '${folder}/many.parquet' e LEFT JOIN '${folder}/shops.parquet' s USING (shop)) GROUP BY ALL`
      const have = `${counts} ${list(result)} GROUP BY ALL`
      expect(await ask(`(${want} EXCEPT ALL ${have}) UNION ALL (${have} EXCEPT ALL ${want})`)).toEqual([])
    },
    5 * minute,
  )

  test(
    'files are near the target size',
    async () => {
      const target = mb
      const { url } = await startSparkConnect(line)
      // Many small parts, as of a large shuffle, which Spark puts together up to the size.
      const settings = { 'spark.sql.shuffle.partitions': '96' }
      const embedded = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
      await using parted = openSpark({ embedded, open: connectSessions({ url, settings }) })
      const how = { targetFileBytes: target, on: parted }
      const result = await run(copied(scan('t.events', events)), 't.events', how)
      const sizes = result.files.map((f) => f.bytes).toSorted((a, b) => a - b)
      console.info(
        `Spark ${line}: files of ${sizes.map((n) => (n / mb).toFixed(2)).join(', ')} MB, target 1 MB`,
      )
      const middle = sizes[Math.floor(sizes.length / 2)] ?? 0
      expect(sizes.length).toBeGreaterThan(2)
      expect(middle / target).toBeGreaterThan(0.5)
      expect(middle / target).toBeLessThan(2)
    },
    5 * minute,
  )
})
