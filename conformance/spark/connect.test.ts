import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { IdField, ResultChunk } from '../../packages/etl/src/engine/contract.ts'
import {
  type SparkProgress,
  type SparkSession,
  filesRelation,
  observed,
  openSpark,
  repartitioned,
  sqlRelation,
  writeFiles,
} from '../../packages/etl/src/engine/spark/connect/index.ts'
import { writeCommand } from '../../packages/etl/src/engine/spark/connect-session.ts'
import { structOf } from '../../packages/etl/src/engine/spark/struct-type.ts'
import { sparkSettings } from '../../packages/etl/src/engine/spark/settings.ts'
import { type SparkLine, missingSparkConnect, startSparkConnect } from '../../tools/peers/spark-connect.ts'
import { rowsOf } from './rows.ts'

const missing = missingSparkConnect()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing)
const settings = Object.fromEntries(sparkSettings.map(({ key, value }) => [key, value]))

describe.each<SparkLine>(['3.5', '4.1'])('Spark Connect %s', (line) => {
  let spark: SparkSession
  let folder: string
  let url: string

  beforeEach((context) => context.skip(missing !== undefined, `Spark Connect ${line} ${missing}`))
  beforeAll(async () => {
    if (missing !== undefined) return
    url = (await startSparkConnect(line)).url
    spark = await openSpark({ url, settings })
    folder = await mkdtemp(path.join(tmpdir(), 'securecart-spark-'))
  })
  afterAll(async () => {
    if (missing !== undefined) return
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('says its version', () => {
    expect(spark.version).toMatch(line === '3.5' ? /^3\.5\.\d+$/ : /^4\.1\.\d+$/)
  })

  test('values of every type arrive exactly, in canonical form', async () => {
    const columns: readonly (readonly [string, string, unknown])[] = [
      ['true', 'bool', true],
      ['-128Y', 'int8', '-128'],
      ['-32768S', 'int16', '-32768'],
      ['2147483647', 'int32', '2147483647'],
      ['9007199254740993L', 'int64', '9007199254740993'],
      ["cast('-9223372036854775808' as bigint)", 'int64', '-9223372036854775808'],
      ['1.5D', 'float64', '1.5'],
      ["double('NaN')", 'float64', 'NaN'],
      ["double('-Infinity')", 'float64', '-Infinity'],
      ['-0.01BD', 'decimal', '-0.01'],
      ["cast('-99999999999999999999999999999999999999' as decimal(38,0))", 'decimal', `-${'9'.repeat(38)}`],
      [
        "cast('0.00000000000000000000000000000000000001' as decimal(38,38))",
        'decimal',
        `0.${'0'.repeat(37)}1`,
      ],
      ["'é𝄞'", 'text', 'é𝄞'],
      ["''", 'text', ''],
      ["X'00FF'", 'bytes', '00ff'],
      ["date'0001-01-01'", 'date', '0001-01-01'],
      ["date'9999-12-31'", 'date', '9999-12-31'],
      ["timestamp_ntz'0001-01-01 00:00:00.000001'", 'timestamp', '0001-01-01T00:00:00.000001'],
      ["timestamp_ntz'9999-12-31 23:59:59.999999'", 'timestamp', '9999-12-31T23:59:59.999999'],
      ["timestamp_ltz'2024-03-31 02:30:00.5'", 'timestamp', '2024-03-31T02:30:00.500000'],
      ["array('a', null, '')", 'list', ['a', null, '']],
      ['array()', 'list', []],
      ["named_struct('a', 1L, 'b', array(1.50BD))", 'struct', { a: '1', b: ['1.50'] }],
      ["map('k', named_struct('x', date'1969-12-31'))", 'map', [['k', { x: '1969-12-31' }]]],
      ['null', 'text', null],
    ]
    const list = columns.map(([sql], n) => `${sql} as c${n}`).join(', ')
    await using result = await spark.query(`select ${list}`)
    expect(result.schema.map((f) => f.type.kind)).toEqual(columns.map(([, kind]) => kind))
    const [row] = await rowsOf(result)
    expect(row).toEqual(columns.map(([, , value]) => value))
  })

  test('NULLs, batches and nested columns line up over many batches', async () => {
    const sql = `select id, if(id % 3 = 0, null, cast(id as string)) t,
      if(id % 5 = 0, null, array(id, null)) l, if(id % 7 = 0, null, map(id, named_struct('d', cast(id as decimal(20,2))))) m
      from range(0, 300000, 1, 3) order by id`
    await using result = await spark.query(sql)
    let next = 0
    let batches = 0
    for await (const { rows, columns } of result.chunks) {
      batches++
      for (let r = 0; r < rows; r++, next++) {
        const id = String(next)
        if (columns[0]?.[r] !== id) expect(columns[0]?.[r]).toBe(id)
        if (next % 997 !== 0) continue
        expect(columns[1]?.[r]).toBe(next % 3 === 0 ? null : id)
        expect(columns[2]?.[r]).toEqual(next % 5 === 0 ? null : [id, null])
        expect(columns[3]?.[r]).toEqual(next % 7 === 0 ? null : [[id, { d: `${id}.00` }]])
      }
    }
    expect(next).toBe(300_000)
    expect(batches).toBeGreaterThan(1)
  })

  test('a consumer that waits holds back the server', async () => {
    // 60 MB in all, of which the server keeps what is not taken; small, because it keeps it in its heap.
    await using result = await spark.query("select id, repeat('x', 2000) t from range(0, 30000, 1, 30)")
    const chunks = result.chunks[Symbol.asyncIterator]() as AsyncIterator<ResultChunk>
    await chunks.next()
    const before = process.memoryUsage()
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const after = process.memoryUsage()
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(20e6)
    await chunks.return?.()
  })

  test('a result without rows has its columns', async () => {
    await using result = await spark.query('select 1L as a where false')
    expect(result.schema).toMatchObject([{ name: 'a', type: { kind: 'int64' } }])
    expect(await rowsOf(result)).toEqual([])
  })

  test('statements run for their effect, once', async () => {
    await spark.run(`create or replace temporary view numbers as select * from range(5)`)
    await using result = await spark.query('select count(*), sum(id) from numbers')
    expect(await rowsOf(result)).toEqual([['5', '10']])
  })

  test('settings are set, read and checked', async () => {
    await spark.set({ 'spark.sql.shuffle.partitions': '7' })
    expect([...(await spark.get('spark.sql.shuffle.partitions', 'nope.nope'))]).toEqual([
      ['spark.sql.shuffle.partitions', '7'],
    ])
    expect((await spark.get('spark.sql.ansi.enabled')).get('spark.sql.ansi.enabled')).toBe('true')
    await expect(spark.set({ 'spark.sql.shuffle.partitions': 'many' })).rejects.toThrow(/many/)
    await expect(spark.set({ 'spark.driver.memory': '1g' })).rejects.toMatchObject({ code: 'engine.failed' })
  })

  test('a plan is looked at without running it', async () => {
    const schema = await spark.schema("select 1 as a, 'x' as b, cast(null as decimal(9,3)) as c")
    expect(schema.map((f) => f.type)).toEqual([
      { kind: 'int32' },
      { kind: 'text' },
      { kind: 'decimal', precision: 9, scale: 3 },
    ])
    expect(await spark.explain('select count(*) from range(9)')).toMatch(/HashAggregate/)
  })

  test('failures carry class, state and place, and say whether to try again', async () => {
    await expect(spark.schema('select nope from range(1)')).rejects.toMatchObject({
      code: 'engine.failed',
      retry: 'never',
      message: expect.stringContaining('nope'),
      params: {
        errorClass: 'UNRESOLVED_COLUMN.WITH_SUGGESTION',
        ...(line === '3.5' ? {} : { sqlState: '42703' }),
      },
    })
    const divide = spark.query('select 1 / (id - 3) from range(10)').then(rowsOf)
    await expect(divide).rejects.toMatchObject({
      code: 'engine.failed',
      params: {
        errorClass: 'DIVIDE_BY_ZERO',
        context: expect.stringContaining('1 / (id - 3)'),
        ...(line === '3.5' ? {} : { sqlState: '22012' }),
      },
    })
    await expect(spark.run('selec 1')).rejects.toMatchObject({
      params: { errorClass: 'PARSE_SYNTAX_ERROR' },
    })
    await expect(spark.query("select interval '1' day")).rejects.toMatchObject({
      code: 'sql.unsupported-type',
    })
  })

  test('operations run side by side on one connection, each with its own rows', async () => {
    const sums = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        await using result = await spark.query(`select sum(id + ${n}) from range(1000)`)
        return (await rowsOf(result))[0]?.[0]
      }),
    )
    expect(sums).toEqual(Array.from({ length: 12 }, (_, n) => String(499_500 + 1000 * n)))
  })

  const sleeping = "select java_method('java.lang.Thread', 'sleep', 30000L + id) from range(1)"

  test.each(['tag', 'operation', 'all'] as const)('a running operation is interrupted by %s', async (by) => {
    // All is all of the session, so it gets one of its own.
    await using own = await openSpark({ url, settings })
    const result = await own.query(sleeping, { tags: ['slow'] })
    const rows = rowsOf(result)
    const failed = expect(rows).rejects.toMatchObject({ params: { errorClass: 'OPERATION_CANCELED' } })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const target = {
      tag: { tag: 'slow' },
      operation: { operationId: result.operationId },
      all: { all: true } as const,
    }
    expect(await own.interrupt(target[by])).toEqual([result.operationId])
    await failed
  })

  test('an abort and a deadline end the operation on the server, with their own codes', async () => {
    const began = performance.now()
    const aborted = spark.query(sleeping, { signal: AbortSignal.timeout(700) }).then(rowsOf)
    await expect(aborted).rejects.toMatchObject({ code: 'run.cancelled' })
    const late = spark.query(sleeping, { timeoutMs: 700 }).then(rowsOf)
    await expect(late).rejects.toMatchObject({
      code: 'connection.timeout',
      message: expect.stringContaining('did not end within 700 ms'),
    })
    expect(performance.now() - began).toBeLessThan(25_000)
    expect(await spark.interrupt({ all: true })).toEqual([])
  })

  test('artifacts arrive whole, in one piece or in chunks', async () => {
    await spark.addArtifact(`files/small-${line}.txt`, Buffer.from('small'))
    await spark.addArtifact(`files/large-${line}.bin`, Buffer.alloc(100_001, 'ab'))
    await spark.addArtifact(`files/empty-${line}.txt`, new Uint8Array())
  })

  // Spark 3.5 reports none.
  if (line === '4.1') {
    test('progress is reported while an operation runs', async () => {
      const reports: SparkProgress[] = []
      const sql = "select java_method('java.lang.Thread', 'sleep', 400L) from range(0, 8, 1, 8)"
      await using result = await spark.query(sql, { onProgress: (report) => reports.push(report) })
      await rowsOf(result)
      expect(reports.some((report) => report.tasks === 8)).toBe(true)
      expect(reports.at(-1)?.tasksDone).toBeGreaterThan(0)
    })
  }

  const text = { kind: 'text' } as const
  const item = { kind: 'struct', fields: [{ name: 'sku', type: text, nullable: true }] } as const
  const sku = (id: number): IdField => ({ id, name: 'sku', type: text, nullable: true })
  const fields: readonly IdField[] = [
    { id: 4, name: 'id', type: { kind: 'int64' }, nullable: false },
    { id: 9, name: 'amount', type: { kind: 'decimal', precision: 18, scale: 2 }, nullable: true },
    { id: 2, name: 'item', type: item, nullable: true, nested: [sku(11)] },
    {
      id: 3,
      name: 'items',
      type: { kind: 'list', element: item },
      nullable: true,
      nested: [{ id: 12, name: 'element', type: item, nullable: true, nested: [sku(13)] }],
    },
    { id: 5, name: 'odd `name', type: text, nullable: true },
  ]
  const written = `select named_struct('sku', 'a') item, id, array(named_struct('sku', cast(id as string))) items,
    cast(id as decimal(10,1)) amount, 'n' as \`odd \`\`name\` from range(100)`

  test('field ids reach the files', async () => {
    const target = path.join(folder, 'ids')
    const write = { sql: `select /*+ COALESCE(1) */ * from (${written})`, schema: structOf(fields) }
    await spark.command(writeCommand({ ...write, partitionBy: [], folder: target }))
    const files = readdirSync(target).filter((name) => name.endsWith('.parquet'))
    expect(files).toHaveLength(1)
    const bytes = readFileSync(path.join(target, files[0] ?? ''))
    const { schema } = parquetMetadata(new Uint8Array(bytes).buffer)
    expect(schema.slice(1).map(({ name, field_id: id }) => [name, id])).toEqual([
      ['id', 4],
      ['amount', 9],
      ['item', 2],
      ['sku', 11],
      ['items', 3],
      ['list', undefined],
      ['element', undefined],
      ['sku', 13],
      ['odd `name', 5],
    ])
    await using result = await spark.query(
      observed(filesRelation('parquet', [target]), 'read', { n: 'count(1)' }),
    )
    expect(await rowsOf(result)).toHaveLength(100)
    expect([...result.observations]).toEqual([['read', ['100']]])
  })

  test('files are written where there are none, and metrics come back', async () => {
    const input = observed(sqlRelation(written), 'counts', { rows: 'count(1)', most: 'max(amount)' })
    const command = writeFiles({
      input: repartitioned(input, 1),
      format: 'parquet',
      path: path.join(folder, 'metrics'),
      mode: 'errorIfExists',
    })
    const seen = await spark.command(command)
    expect([...seen]).toEqual(line === '3.5' ? [] : [['counts', ['100', '99.0']]])
    await expect(spark.command(command)).rejects.toThrow(/exists/)
  })

  test('a session that was disposed of ends what ran in it', async () => {
    const own = await openSpark({ url, settings })
    const rows = own.query(sleeping).then(rowsOf)
    const failed = expect(rows).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await own[Symbol.asyncDispose]()
    await failed
  })
})
