import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  csv,
  int64,
  postgres,
  secret,
  table,
  target,
  type TargetDeclaration,
  text,
} from '../../packages/etl/src/index.ts'
import type { RunOptions } from '../../packages/etl/src/run/run.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import type { PostgresWarehouse } from '../../packages/etl/src/target/postgres.ts'
import { missingPostgres } from '../../tools/peers/postgres.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type CommitFate, type CommitProxy, startCommitProxy } from './commit-proxy.ts'
import { clientOptions, openPostgres } from './warehouse.ts'

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
const title = missing === undefined ? 'deliveries to PostgreSQL under faults' : `faults (${missing})`

describe.skipIf(missing !== undefined)(title, () => {
  let server: Awaited<ReturnType<typeof openPostgres>>
  let proxy: CommitProxy
  let behindProxy: PostgresWarehouse
  let at: Workshop
  beforeAll(async () => {
    server = await openPostgres()
    const { host, port = 5432 } = server.declared
    proxy = await startCommitProxy(
      host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port },
    )
    behindProxy = postgres({ ...server.declared, host: '127.0.0.1', port: proxy.port })
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    at = await openWorkshop('faults-')
  })
  afterEach(() => at[Symbol.asyncDispose]())

  let serial = 0
  const newName = (): string => `bi.f${serial++}`
  const deliver = async (t: TargetDeclaration, options: Partial<RunOptions> = {}): Promise<TargetReport> => {
    const [report] = (await at.run([raw], { targets: [t], ...options })).targets
    if (report === undefined) throw new Error('no target was reported')
    return report
  }
  const count = async (t: TargetDeclaration): Promise<string> =>
    (await server.query(`SELECT count(*), count(DISTINCT id) FROM ${t.name}`)).join()

  test.for(['answer lost', 'never arrives', 'hangs'] as const)(
    'a COMMIT whose %s neither loses nor repeats rows',
    async (fate: CommitFate) => {
      const t = target(newName(), { from: raw, to: behindProxy, mode: 'append' })
      await at.deliver('1.csv', file(0, 50))
      proxy.fate = fate
      const retries: string[] = []
      const onEvent: RunOptions['onEvent'] = (e) => {
        if (e.kind === 'retrying') retries.push(e.error.code)
      }
      const before = proxy.broken
      const first = await deliver(t, { onEvent })
      await at.deliver('2.csv', file(50, 80))
      proxy.fate = fate
      const second = await deliver(t, { onEvent })
      expect([first.error, second.error]).toEqual([undefined, undefined])
      expect(proxy.broken - before).toBe(2)
      expect(await count(t)).toBe('80|80')
      expect(second.counts?.inserted).toBe(30)
      if (fate === 'answer lost') expect(retries).not.toContain('target.conflict')
      else expect(retries).toContain('connection.failed')
    },
  )

  test('of two runs at once one delivers and the other finds nothing to do', async () => {
    const t = target(newName(), { from: raw, to: server.declared, mode: 'append' })
    await at.deliver('1.csv', file(0, 2000))
    await at.run([raw])
    const both = await Promise.all([deliver(t), deliver(t)])
    expect(both.map((r) => r.outcome).toSorted()).toEqual(['delivered', 'unchanged'])
    expect(await count(t)).toBe('2000|2000')
    for (let i = 1; i < 4; i++) {
      await at.deliver(`more${i}.csv`, file(i * 10_000, i * 10_000 + 500))
      await at.run([raw])
      const reports = await Promise.all([deliver(t), deliver(t), deliver(t)])
      expect(reports.map((r) => r.error)).toEqual([undefined, undefined, undefined])
      expect(reports.filter((r) => r.outcome === 'delivered')).toHaveLength(1)
      expect(await count(t)).toBe(`${2000 + i * 500}|${2000 + i * 500}`)
    }
  })

  test('a run that a newer one of another definition overtook is refused', async () => {
    const name = newName()
    const options = { from: raw, to: server.declared } as const
    const old = target(name, { ...options, mode: 'append' })
    const next = target(name, { ...options, mode: 'merge', key: ['id'] })
    await at.deliver('1.csv', file(0, 10))
    await deliver(old)
    await at.deliver('2.csv', file(10, 20))
    let overtaking: Promise<TargetReport> | undefined
    const locker = new pg.Client(clientOptions(server.declared))
    await locker.connect()
    // The older run waits for its rows to be copied until the newer one has delivered.
    await locker.query(`BEGIN; LOCK TABLE ${name} IN SHARE MODE`)
    const overtake = async (): Promise<TargetReport> => {
      await sleep(300)
      await server.run(`UPDATE securecart.deliveries SET taken_epoch = taken_epoch + 1, epoch = taken_epoch + 1,
        delivery = 'newer', position = replace(position, (position::json->>'definition'), 'another') WHERE target = '${name}'`)
      await locker.query('COMMIT')
      return deliver(next)
    }
    const onEvent: RunOptions['onEvent'] = (e) => {
      if (e.kind === 'delivering') overtaking ??= overtake()
    }
    const overtaken = await deliver(old, { onEvent })
    await overtaking
    await locker.end()
    expect(overtaken.error?.code).toBe('target.fenced')
    expect(await count(old)).toBe('20|20')
  })

  test('readers of a table that is built anew see all old rows or all new ones', async () => {
    const t = target(newName(), { from: raw, to: server.declared, mode: 'replace', maxShrink: 1 })
    await at.deliver('1.csv', file(0, 3000))
    await deliver(t)
    await server.run(
      `CREATE ROLE r${process.pid}; GRANT SELECT ON ${t.name} TO r${process.pid}; COMMENT ON TABLE ${t.name} IS 'for BI'`,
    )
    const seen = new Map<string, number>()
    const reading = { isOver: false }
    const reader = (async () => {
      const client = new pg.Client(clientOptions(server.declared))
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
    expect(
      await server.query(
        `SELECT has_table_privilege('r${process.pid}', '${t.name}', 'SELECT'), obj_description('${t.name}'::regclass)`,
      ),
    ).toEqual(['t|for BI'])
    await server.run(`DROP OWNED BY r${process.pid}; DROP ROLE r${process.pid}`)
    // A view would be dropped with the table: its rows are exchanged instead.
    await server.run(`CREATE VIEW bi.over_it AS SELECT count(*) AS n FROM ${t.name}`)
    await at.deliver('1.csv', file(0, 40))
    expect((await deliver(t)).error).toBeUndefined()
    expect(await server.query('SELECT n FROM bi.over_it')).toEqual(['40'])
  })

  test('what the target did not make is left alone', async () => {
    const t = target(newName(), { from: raw, to: server.declared, mode: 'replace' })
    await server.run(
      `CREATE SCHEMA IF NOT EXISTS bi; CREATE TABLE ${t.name} (mine int); INSERT INTO ${t.name} VALUES (1)`,
    )
    await at.deliver('1.csv', file(0, 3))
    expect((await deliver(t, { full: true })).error?.code).toBe('target.foreign')
    expect(await server.query(`SELECT mine FROM ${t.name}`)).toEqual(['1'])
  })

  test('servers that cannot be reached and passwords that are wrong are told apart', async () => {
    await at.deliver('1.csv', file(0, 3))
    const to = postgres({ ...server.declared, host: '127.0.0.1', port: 9 })
    const nowhere = await deliver(target(newName(), { from: raw, to, mode: 'replace' }))
    expect(nowhere.error?.code).toBe('connection.failed')
    const other = postgres({ ...server.declared, database: 'no_such_database' })
    expect((await deliver(target(newName(), { from: raw, to: other, mode: 'replace' }))).error?.code).toBe(
      'connection.failed',
    )
    const stranger = postgres({ ...server.declared, user: 'nobody_here' })
    expect((await deliver(target(newName(), { from: raw, to: stranger, mode: 'replace' }))).error?.code).toBe(
      'connection.unauthorized',
    )
    const unset = postgres({ ...server.declared, password: secret('env:SECURECART_NO_SUCH_PASSWORD') })
    expect((await deliver(target(newName(), { from: raw, to: unset, mode: 'replace' }))).error?.code).toBe(
      'config.secret',
    )
  })

  test('a cancelled run leaves the target as it was', async () => {
    const t = target(newName(), { from: raw, to: server.declared, mode: 'append' })
    await at.deliver('1.csv', file(0, 5))
    await deliver(t)
    await at.deliver('2.csv', file(5, 5000))
    const stop = new AbortController()
    const report = await deliver(t, {
      signal: stop.signal,
      onEvent: (e) => {
        if (e.kind === 'delivering') stop.abort()
      },
    })
    expect(report.error?.code).toBe('run.cancelled')
    expect(await count(t)).toBe('5|5')
    await deliver(t)
    expect(await count(t)).toBe('5000|5000')
  })
})
