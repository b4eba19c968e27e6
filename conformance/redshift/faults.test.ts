import { setTimeout as sleep } from 'node:timers/promises'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  csv,
  int64,
  parquet,
  redshift,
  table,
  type Table,
  target,
  type TargetDeclaration,
  text,
} from '../../packages/etl/src/index.ts'
import { field, int64 as int64Type, type Schema } from '../../packages/etl/src/plan/type.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import type { RunOptions } from '../../packages/etl/src/run/run.ts'
import type { RedshiftWarehouse } from '../../packages/etl/src/target/redshift.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import type { FaultKind } from '../s3/server/fault.ts'
import { type CommitFate, type CommitProxy, startCommitProxy } from '../target/commit-proxy.ts'
import { columnsOf, writeParquet } from '../target/parquet-rows.ts'
import { declareRedshift, openRedshift, type TestRedshift } from '../target/warehouse.ts'

const raw = table('raw.events', {
  from: csv('in/*.csv', {
    columns: { id: int64({ required: true }), note: text() },
    onChangedFile: 'reload',
  }),
})
const file = (from: number, to: number): string[] => [
  'id,note',
  ...Array.from({ length: to - from }, (_, i) => `${from + i},n${from + i}`),
]
const missing = missingPostgres()
const title = missing === undefined ? 'deliveries to Redshift under faults' : `faults (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  let warehouse: TestRedshift
  let proxy: CommitProxy
  let at: Workshop
  let byWire: RedshiftWarehouse
  let byApi: RedshiftWarehouse
  beforeAll(async () => {
    warehouse = await openRedshift('data api')
    byApi = warehouse.declared
    byWire = declareRedshift(warehouse.server, 'wire')
    proxy = await startCommitProxy({ host: '127.0.0.1', port: warehouse.server.wirePort })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await warehouse[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    at = await openWorkshop('redshift-faults-')
  })
  afterEach(async () => {
    warehouse.server.wire.onStatement = undefined
    warehouse.server.api.onRun = undefined
    warehouse.server.api.faults.clear()
    await at[Symbol.asyncDispose]()
  })

  let serial = 0
  const newName = (): string => `bi.f${(serial += 1)}`
  const deliver = async (t: TargetDeclaration, options: Partial<RunOptions> = {}): Promise<TargetReport> => {
    const [report] = (await at.run([raw], { targets: [t], ...options })).targets
    if (report === undefined) throw new Error('no target was reported')
    return report
  }
  const count = async (t: TargetDeclaration): Promise<string> =>
    (await warehouse.query(`SELECT count(*), count(DISTINCT id) FROM ${t.name}`)).join()

  test.for(['answer lost', 'never arrives', 'hangs'] as const)(
    'by wire, a COMMIT whose %s neither loses nor repeats rows',
    async (fate: CommitFate) => {
      const to = declareRedshift(warehouse.server, 'wire', proxy.port)
      const t = target(newName(), { from: raw, to, mode: 'append' })
      await at.deliver('1.csv', file(0, 50))
      // The first COMMITs are those of the ledger, which lies in a table of its own.
      const before = proxy.broken
      proxy.fate = fate
      const first = await deliver(t)
      await at.deliver('2.csv', file(50, 80))
      const { wire } = warehouse.server
      wire.onStatement = breakAtLedger(fate)
      const second = await deliver(t)
      expect([first.error, second.error]).toEqual([undefined, undefined])
      expect(proxy.broken - before).toBe(2)
      expect(await count(t)).toBe('80|80')
      expect(second.counts?.inserted).toBe(30)
      expect(second.outcome).toBe('delivered')
    },
  )

  /** Breaks the COMMIT that follows the statement that writes a position. */
  const breakAtLedger =
    (fate: CommitFate) =>
    (sql: string): void => {
      if (!/^UPDATE "securecart"."delivery\$\w+" SET epoch/.test(sql)) return
      warehouse.server.wire.onStatement = undefined
      proxy.fate = fate
    }

  test.for([
    ['ExecuteStatement', 'lose-reply'],
    ['ExecuteStatement', 'reset'],
    ['ExecuteStatement', 'conflict'],
    ['BatchExecuteStatement', 'lose-reply'],
    ['BatchExecuteStatement', 'slow-down'],
    ['BatchExecuteStatement', 'internal-error'],
    ['DescribeStatement', 'reset'],
    ['DescribeStatement', 'slow-down'],
    ['GetStatementResult', 'lose-reply'],
  ] as const)('by the Data API, every third %s that meets %s changes nothing', async ([operation, kind]) => {
    const t = target(newName(), { from: raw, to: byApi, mode: 'append' })
    warehouse.server.api.faults.add({ operation, kind: kind as FaultKind, every: 3, times: 100 })
    const started = warehouse.server.api.statements.size
    await at.deliver('1.csv', file(0, 50))
    const first = await deliver(t)
    await at.deliver('2.csv', file(50, 80))
    const second = await deliver(t)
    expect([first.error, second.error]).toEqual([undefined, undefined])
    expect(await count(t)).toBe('80|80')
    // A repeated call carries the token of the first: nothing ran twice.
    const ran = [...warehouse.server.api.statements.values()].slice(started)
    const deliveries = ran.filter((s) => s.sqls.some((sql) => /SET epoch =/.test(sql)))
    expect(deliveries).toHaveLength(2)
  })

  test('by the Data API, a transaction that went on without us is found by its position', async () => {
    const t = target(newName(), { from: raw, to: byApi, mode: 'append' })
    await at.deliver('1.csv', file(0, 10))
    await deliver(t)
    await at.deliver('2.csv', file(10, 30))
    const { api } = warehouse.server
    // The service takes the transaction; neither that answer arrives nor those of the next attempts.
    api.faults.add({ operation: 'BatchExecuteStatement', kind: 'lose-reply', every: 1, times: 20 })
    const report = await deliver(t)
    api.faults.clear()
    expect(['delivered', 'unchanged', 'failed']).toContain(report.outcome)
    expect((await deliver(t)).error).toBeUndefined()
    expect(await count(t)).toBe('30|30')
  })

  test('an orphan that commits after its run was given up is told from a repetition', async () => {
    const t = target(newName(), { from: raw, to: byApi, mode: 'append' })
    await at.deliver('1.csv', file(0, 10))
    await deliver(t)
    await at.deliver('2.csv', file(10, 30))
    const { api } = warehouse.server
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const reached = Promise.withResolvers<void>()
    api.onRun = async (sqls) => {
      if (!sqls.some((sql) => /SET epoch =/.test(sql))) return
      api.onRun = undefined
      reached.resolve()
      await held
    }
    const first = deliver(t)
    await reached.promise
    // Another run delivers the same rows while the transaction of the first waits in its queue.
    const second = await deliver(t)
    release()
    expect([second.outcome, (await first).outcome].toSorted()).toEqual(['delivered', 'unchanged'])
    expect(await count(t)).toBe('30|30')
  })

  test.for(['wire', 'data api'] as const)(
    'by %s, a transaction that is not serializable (1023) is run again',
    async (by) => {
      const t = target(newName(), { from: raw, to: by === 'wire' ? byWire : byApi, mode: 'append' })
      await at.deliver('1.csv', file(0, 10))
      await deliver(t)
      await at.deliver('2.csv', file(10, 30))
      const { server } = warehouse
      const other = new pg.Client(server.behind)
      await other.connect()
      let step = 0
      server.wire.onStatement = async (sql) => {
        const [, stage] =
          new RegExp(`^INSERT INTO ${t.name.replace(/(\w+)\.(\w+)/, '"$1"."$2"')} .* FROM (\\S+)$`).exec(
            sql,
          ) ?? []
        if (step === 0 && stage !== undefined) {
          step = 1
          // It reads what the delivery writes, and writes what the delivery reads.
          await other.query(`BEGIN; SELECT count(*) FROM ${t.name}; UPDATE ${stage} SET id = id`)
        } else if (step === 1) {
          step = 2
          await other.query('COMMIT')
        }
      }
      const from = server.wire.log.length
      const report = await deliver(t)
      await other.end()
      expect([step, report.error, report.counts?.inserted]).toEqual([2, undefined, 20])
      expect(await count(t)).toBe('30|30')
      const written = server.wire.log.slice(from).filter((sql) => /SET epoch =/.test(sql))
      expect(written).toHaveLength(2)
      expect(server.wire.log.slice(from).filter((sql) => sql.startsWith('COPY'))).toHaveLength(1)
    },
  )

  test.for(['wire', 'data api'] as const)(
    'by %s, of runs at once one delivers and the others find nothing to do',
    async (by) => {
      const to = by === 'wire' ? byWire : byApi
      const t = target(newName(), { from: raw, to, mode: 'append' })
      await at.deliver('1.csv', file(0, 2000))
      await at.run([raw])
      for (let i = 1; i < 4; i++) {
        const reports = await Promise.all([deliver(t), deliver(t), deliver(t)])
        expect(reports.map((r) => r.error)).toEqual([undefined, undefined, undefined])
        expect(reports.filter((r) => r.outcome === 'delivered')).toHaveLength(1)
        const rows = 1500 + i * 500
        expect(await count(t)).toBe(`${rows}|${rows}`)
        await at.deliver(`more${i}.csv`, file(i * 10_000, i * 10_000 + 500))
        await at.run([raw])
      }
    },
  )

  test('a run that a newer one of another definition overtook is refused', async () => {
    const name = newName()
    const old = target(name, { from: raw, to: byWire, mode: 'append' })
    const next = target(name, { from: raw, to: byWire, mode: 'merge', key: ['id'] })
    await at.deliver('1.csv', file(0, 10))
    await deliver(old)
    await at.deliver('2.csv', file(10, 20))
    let overtaking: Promise<TargetReport> | undefined
    warehouse.server.wire.onStatement = async (sql) => {
      // Before the older run copies its rows, the newer one delivers.
      if (!sql.startsWith('COPY') || overtaking !== undefined) return
      overtaking = deliver(next)
      await overtaking
    }
    const overtaken = await deliver(old)
    expect((await overtaking)?.error).toBeUndefined()
    expect(overtaken.error?.code).toBe('target.fenced')
    expect(await count(old)).toBe('20|20')
  })

  test('readers of a table that is built anew see all old rows or all new ones', async () => {
    const t = target(newName(), { from: raw, to: byWire, mode: 'replace', maxShrink: 1 })
    await at.deliver('1.csv', file(0, 3000))
    await deliver(t)
    const seen = new Map<string, number>()
    const reading = { isOver: false }
    const reader = (async () => {
      const client = new pg.Client(warehouse.server.behind)
      await client.connect()
      while (!reading.isOver) {
        const { rows } = await client.query<{ state: string }>(
          `SELECT count(*) || ' ' || min(note) || ' ' || max(note) AS state FROM ${t.name}`,
        )
        const state = rows[0]?.state ?? 'nothing'
        seen.set(state, (seen.get(state) ?? 0) + 1)
      }
      await client.end()
    })()
    const wanted = new Set(['3000 n0 n999'])
    for (let i = 1; i <= 3; i++) {
      await at.deliver('1.csv', ['id,note', ...Array.from({ length: 3000 + i }, (_, n) => `${n},v${i}`)])
      expect((await deliver(t)).error).toBeUndefined()
      wanted.add(`${3000 + i} v${i} v${i}`)
    }
    reading.isOver = true
    await reader
    expect([...seen.keys()].filter((s) => !wanted.has(s))).toEqual([])
    expect(seen.size).toBeGreaterThan(1)
  })

  test('what S3 does to the staged files changes nothing', async () => {
    const { faults } = warehouse.server.s3
    const t = target(newName(), { from: raw, to: byApi, mode: 'append' })
    await at.deliver('1.csv', file(0, 50))
    faults.add({ operation: 'PutObject', kind: 'lose-reply', every: 2, times: 3 })
    faults.add({ operation: 'ListObjectsV2', kind: 'internal-error', times: 2 })
    expect((await deliver(t)).error).toBeUndefined()
    faults.clear()
    await at.deliver('2.csv', file(50, 80))
    faults.add({ operation: 'PutObject', kind: 'denied', times: 1 })
    expect((await deliver(t)).error?.code).toBe('connection.unauthorized')
    expect(await count(t)).toBe('50|50')
    faults.clear()
    expect((await deliver(t)).counts?.inserted).toBe(30)
    expect([...(warehouse.server.s3.buckets.get('stage')?.objects.keys() ?? [])]).toEqual([])
  })

  test('what cannot be reached, is not there or is not allowed is told apart', async () => {
    await at.deliver('1.csv', file(0, 3))
    const { database, user } = warehouse.server
    const codeOf = async (to: RedshiftWarehouse): Promise<string | undefined> =>
      (await deliver(target(newName(), { from: raw, to, mode: 'replace' }))).error?.code
    const place = {
      database,
      stage: 's3://stage/etl',
      iamRole: 'arn:aws:iam::123456789012:role/redshift-load',
    }
    const host = { host: '127.0.0.1', port: warehouse.server.wirePort, user, tls: false }
    expect(await codeOf(redshift({ ...place, ...host, port: 9 }))).toBe('connection.failed')
    expect(await codeOf(redshift({ ...place, ...host, database: 'no_such_database' }))).toBe(
      'connection.failed',
    )
    expect(await codeOf(redshift({ ...place, ...host, user: 'nobody_here' }))).toBe('connection.unauthorized')
    expect(await codeOf(redshift({ ...place, workgroup: 'no-such-workgroup' }))).toBe('connection.failed')
    expect(await codeOf(redshift({ ...place, workgroup: 'bi', database: 'no_such_database' }))).toBe(
      'connection.failed',
    )
    const role = 'arn:aws:iam::123456789012:role/other'
    expect(await codeOf(redshift({ ...place, workgroup: 'bi', iamRole: role }))).toBe(
      'connection.unauthorized',
    )
    expect(await codeOf(redshift({ ...place, workgroup: 'bi', stage: 's3://no-such-bucket/x' }))).toBe(
      'connection.failed',
    )
    const key = process.env['AWS_SECRET_ACCESS_KEY']
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another'
    expect(await codeOf(byApi)).toBe('connection.unauthorized')
    process.env['AWS_SECRET_ACCESS_KEY'] = key
  })

  test('by the Data API, what is too long for a statement is told with the way out', async () => {
    const schema: Schema = Array.from({ length: 450 }, (_, i) =>
      field(`${'c'.repeat(58)}_${i}`, int64Type, i > 0),
    )
    const wide = table('raw.wide', {
      from: parquet('wide*.parquet', { columns: columnsOf(schema) }),
    }) as unknown as Table
    const key = [schema[0]?.name ?? '']
    const t = target(newName(), { from: wide, to: byApi, mode: 'merge', key })
    const row = (n: number): Promise<void> =>
      writeParquet(path.join(at.folder, `wide${n}.parquet`), schema, [schema.map(() => String(n))])
    await row(1)
    expect((await at.run([wide], { targets: [t] })).targets[0]?.error).toBeUndefined()
    await row(2)
    // MERGE names each column several times.
    const [long] = (await at.run([wide], { targets: [t] })).targets
    expect(long?.error?.code).toBe('target.failed')
    expect(long?.error?.message).toContain('the Data API takes 100000')
    expect(long?.error?.hint).toContain('wire protocol')
  })

  test.for(['wire', 'data api'] as const)(
    'by %s, a cancelled run leaves the target as it was',
    async (by) => {
      const t = target(newName(), { from: raw, to: by === 'wire' ? byWire : byApi, mode: 'append' })
      await at.deliver('1.csv', file(0, 5))
      await deliver(t)
      await at.deliver('2.csv', file(5, 5000))
      const stop = new AbortController()
      warehouse.server.wire.onStatement = async (sql) => {
        if (!sql.startsWith('COPY')) return
        stop.abort()
        await sleep(300)
      }
      const report = await deliver(t, { signal: stop.signal })
      expect(report.error?.code).toBe('run.cancelled')
      warehouse.server.wire.onStatement = undefined
      expect(await count(t)).toBe('5|5')
      await deliver(t)
      expect(await count(t)).toBe('5000|5000')
    },
  )
})
