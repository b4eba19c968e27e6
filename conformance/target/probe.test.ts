import pg from 'pg'
import { expect, test } from 'vitest'
import { csv, int64, postgres, table, target } from '../../packages/etl/src/index.ts'
import { probeWarehouses, type TargetsProbe } from '../../packages/etl/src/run/probe.ts'
import { findPostgres, startPrivatePostgres } from '../../tools/peers/postgres.ts'

const isMissing = findPostgres() === undefined

test.skipIf(isMissing)('a probe names the right that a delivery will lack, and what grants it', async () => {
  await using server = await startPrivatePostgres()
  const admin = new pg.Client({ host: server.folder, user: 'postgres', database: 'postgres' })
  await admin.connect()
  await admin.query('create role loader login; create schema bi')
  const from = table('x.a', { from: csv('a.csv', { columns: { a: int64() } }) })
  const to = postgres({ host: server.folder, user: 'loader', database: 'postgres' })
  const targets = ['bi.a', 'bi.b', 'other.a'].map((name) => target(name, { from, to, mode: 'append' }))
  const probe = async (): Promise<TargetsProbe | undefined> => {
    const probes = await probeWarehouses(targets, '/')
    expect(probes).toHaveLength(1)
    return probes[0]
  }
  const place = `postgres at ${server.folder}:5432`
  const seen: (string | undefined)[] = []
  for (let refusals = 0; refusals < 3; refusals++) {
    const { error } = (await probe()) ?? {}
    seen.push(error === undefined ? undefined : `${error.code}: ${error.message}`)
    // The hint is a statement that helps.
    if (error?.hint !== undefined) await admin.query(error.hint)
  }
  expect(seen).toEqual([
    'target.failed: loader may not create tables in the schema bi of postgres',
    'target.failed: loader may not create the schema other, securecart in postgres',
    undefined,
  ])
  expect(await probe()).toMatchObject({
    warehouse: place,
    targets: ['bi.a', 'bi.b', 'other.a'],
    seen: { notes: ['loader may create tables in bi', 'the first delivery makes other, securecart'] },
  })
  const { rows } = await admin.query(`select 1 from pg_namespace where nspname in ('other', 'securecart')`)
  expect(rows).toEqual([])
  await admin.end()
})

test('a warehouse that cannot be reached is told, and the others are asked all the same', async () => {
  const from = table('x.a', { from: csv('a.csv', { columns: { a: int64() } }) })
  const to = [1, 2].map((port) => postgres({ host: '127.0.0.1', port, user: 'u', database: 'd' }))
  const probes = await probeWarehouses(
    to.map((warehouse) => target('bi.a', { from, to: warehouse, mode: 'append' })),
    '/',
  )
  expect(probes.map((p) => [p.warehouse, p.error?.code])).toEqual([
    ['d at 127.0.0.1:1', 'connection.failed'],
    ['d at 127.0.0.1:2', 'connection.failed'],
  ])
})
