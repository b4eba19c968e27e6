import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSpark } from '../../packages/etl/src/engine/spark/connect/index.ts'
import {
  type SparkConnectServer,
  type SparkLine,
  missingSparkConnect,
  startSparkConnect,
  stopSparkConnect,
} from '../../tools/peers/spark-connect.ts'
import { type Fault, startFaultProxy } from './fault-proxy.ts'
import { rowsOf } from './rows.ts'

const missing = missingSparkConnect()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing)

/** About 3 MB of answers in some thirty batches. */
const large = 'select id, repeat(cast(id as string), 12) t from range(0, 40000, 1, 30)'
const expected = (row: number): readonly unknown[] => [String(row), String(row).repeat(12)]

describe.each<SparkLine>(['3.5', '4.1'])('faults between the client and Spark %s', (line) => {
  let server: SparkConnectServer
  beforeEach((context) => context.skip(missing !== undefined, `Spark Connect ${line} ${missing}`))
  beforeAll(async () => {
    if (missing === undefined) server = await startSparkConnect(line)
  })

  /** Runs the large query through faults and compares each row; returns how many connections were cut. */
  async function survive(faults: readonly Fault[]): Promise<number> {
    await using proxy = await startFaultProxy(server.port)
    await using spark = await openSpark({ url: `sc://127.0.0.1:${proxy.port}`, idleMs: 3_000 })
    await using result = await spark.query(large)
    proxy.give(...faults)
    const rows = await rowsOf(result)
    expect(rows).toHaveLength(40_000)
    const wrong = rows.findIndex((row, n) => row[0] !== expected(n)[0] || row[1] !== expected(n)[1])
    expect(wrong).toBe(-1)
    return proxy.cuts
  }

  test.each(['reset', 'end', 'stall'] as const)(
    'a result is whole when connections %s in its middle',
    async (how) => {
      const faults = [0, 100_000, 400_000].map((afterBytes) => ({ of: 'answers', afterBytes, how }) as const)
      expect(await survive(faults)).toBe(3)
    },
  )

  test('a result is whole whatever bytes connections end at', async () => {
    const fault: fc.Arbitrary<Fault> = fc.record({
      of: fc.constantFrom('answers', 'answers', 'requests'),
      afterBytes: fc.integer({ min: 0, max: 700_000 }),
      how: fc.constantFrom('reset', 'end'),
    })
    const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))
    console.log(`faults of Spark ${line}: SECURECART_SEED=${seed}`)
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 5 }), async (faults) => {
        await survive(faults)
      }),
      { seed, numRuns: 6, endOnFailure: true },
    )
  })

  const insert = (table: string): string =>
    `insert into ${table} select id + length(java_method('java.lang.Thread', 'sleep', 500L)) * 0 from range(0, 4, 1, 4)`

  test.each([
    ['before the request arrives', { of: 'requests', afterBytes: 0, how: 'reset' }],
    ['while the request is sent', { of: 'requests', afterBytes: 60, how: 'reset' }],
    ['before the first answer', { of: 'answers', afterBytes: 0, how: 'reset' }],
    ['amid the answers', { of: 'answers', afterBytes: 150, how: 'end' }],
  ] as const)('a write is not run twice when its connection ends %s', async (_, fault) => {
    await using proxy = await startFaultProxy(server.port)
    await using spark = await openSpark({ url: `sc://127.0.0.1:${proxy.port}` })
    const table = `faults_${randomInt(2 ** 47)}`
    await spark.run(`create table ${table} (id bigint) using parquet`)
    try {
      proxy.give(fault)
      await spark.run(insert(table))
      expect(proxy.cuts).toBe(1)
      await using result = await spark.query(`select count(*), count(distinct id) from ${table}`)
      expect(await rowsOf(result)).toEqual([['4', '4']])
    } finally {
      await spark.run(`drop table ${table}`)
    }
  })

  test('delays within the deadline do no harm, beyond it they are told', async () => {
    await using proxy = await startFaultProxy(server.port)
    await using spark = await openSpark({ url: `sc://127.0.0.1:${proxy.port}`, timeoutMs: 4_000 })
    proxy.delay(150)
    await using result = await spark.query('select 1')
    expect(await rowsOf(result)).toEqual([['1']])
    proxy.delay(9_000)
    const began = performance.now()
    await expect(spark.get('spark.sql.ansi.enabled')).rejects.toMatchObject({
      code: 'connection.timeout',
      retry: 'transient',
      message: expect.stringContaining('no answer within 4000 ms'),
    })
    await expect(spark.run('select 1', { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'connection.timeout',
    })
    expect(performance.now() - began).toBeLessThan(20_000)
    proxy.delay(0)
  })

  test('a server that cannot be reached any more is told after the budget', async () => {
    await using proxy = await startFaultProxy(server.port)
    const url = `sc://127.0.0.1:${proxy.port}`
    await using spark = await openSpark({ url, retry: { budgetMs: 1_500 } })
    await using result = await spark.query(large)
    proxy.refuse(true)
    proxy.give({ of: 'answers', afterBytes: 50_000, how: 'reset' })
    await expect(rowsOf(result)).rejects.toMatchObject({
      code: 'connection.failed',
      retry: 'transient',
      message: expect.stringContaining(url),
    })
  })
})

describe('a server that dies', () => {
  beforeEach((context) => context.skip(missing !== undefined, `Spark Connect 4.1 ${missing}`))

  test('is told in the middle of a query, and later when another took its place without the settings', async () => {
    const name = `4.1-killed-${process.pid}`
    const first = await startSparkConnect('4.1', name)
    const { port: another } = await startSparkConnect('4.1')
    let { port } = first
    try {
      await using proxy = await startFaultProxy(() => port)
      await using spark = await openSpark({ url: `sc://127.0.0.1:${proxy.port}`, retry: { budgetMs: 2_000 } })
      const sleeping = "select java_method('java.lang.Thread', 'sleep', 60000L + id) from range(1)"
      const query = spark.query(sleeping).then(rowsOf)
      const told = expect(query).rejects.toMatchObject({ code: 'connection.failed', retry: 'transient' })
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      process.kill(first.pid, 'SIGKILL')
      await told
      port = another
      const later = spark.query('select current_timezone()').then(rowsOf)
      await expect(later).rejects.toMatchObject({ code: 'connection.session-lost', retry: 'transient' })
    } finally {
      await stopSparkConnect(name)
    }
  })
})

test('an address where nothing listens, or something else, is told', async () => {
  const nothing = openSpark({ url: 'sc://127.0.0.1:9', retry: { budgetMs: 300 } })
  await expect(nothing).rejects.toMatchObject({
    code: 'connection.failed',
    message: expect.stringContaining('ECONNREFUSED'),
  })
  const other = createServer(
    (socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  )
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const { port } = other.address() as { readonly port: number }
  const wrong = openSpark({ url: `sc://127.0.0.1:${port}`, retry: { budgetMs: 300 } })
  await expect(wrong).rejects.toMatchObject({ code: 'connection.failed' })
  other.close()
})
