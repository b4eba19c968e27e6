import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { secret } from '../../packages/etl/src/base/secret.ts'
import type { Warehouse } from '../../packages/etl/src/target/contract.ts'
import { duckdbFile } from '../../packages/etl/src/target/duckdb.ts'
import { postgres, type PostgresWarehouse } from '../../packages/etl/src/target/postgres.ts'
import { redshift, type RedshiftWarehouse } from '../../packages/etl/src/target/redshift.ts'
import { missingPostgres, startPostgres } from '../../tools/peers/postgres.ts'
import type { ProxyTarget } from '../spark/fault-proxy.ts'
import { serverEnvironment } from '../s3/temporary-lake.ts'
import { type RedshiftServer, role, startRedshift } from '../redshift/server/index.ts'

/** A warehouse of its own that a suite delivers into and looks at by another path than the product's. */
export interface TestWarehouse<W extends Warehouse = Warehouse> extends AsyncDisposable {
  readonly declared: W
  /** Rows of a query, each as its values' text joined by `|`; NULL is `NULL`. */
  query(sql: string): Promise<readonly string[]>
}

/** A database of its own on a PostgreSQL server. */
export interface TestPostgres extends TestWarehouse<PostgresWarehouse> {
  readonly version: string
  /** Runs several statements. */
  run(sql: string): Promise<void>
}

const shown = (row: readonly unknown[]): string => row.map((v) => (v === null ? 'NULL' : String(v))).join('|')

const asText = { getTypeParser: () => (text: unknown) => text } as never

/** What `pg` needs to reach a declared warehouse. */
export const clientOptions = (to: PostgresWarehouse): pg.ClientConfig => ({
  host: to.host,
  port: to.port ?? 5432,
  database: to.database,
  user: to.user,
  ...(to.password === undefined ? {} : { password: process.env['SECURECART_TEST_PASSWORD'] ?? '' }),
})

/** Where a proxy finds the server of a database. */
export const proxyTarget = ({ declared: { host, port = 5432 } }: TestPostgres): ProxyTarget =>
  host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : port

/** A database of its own on a PostgreSQL server, with a connection that shows every value as the server's text. */
export async function openPostgres(): Promise<TestPostgres> {
  const server = await startPostgres()
  const url = new URL(server.connectionString.replace('@/', '@socket/'))
  const database = `securecart_${randomUUID().slice(0, 8)}`
  const admin = new pg.Client({ connectionString: server.connectionString })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${database}`)
  if (url.password !== '') process.env['SECURECART_TEST_PASSWORD'] = decodeURIComponent(url.password)
  const declared = postgres({
    host: url.searchParams.get('host') ?? url.hostname,
    port: Number(url.port === '' ? 5432 : url.port),
    user: decodeURIComponent(url.username),
    database,
    ...(url.password === '' ? {} : { password: secret('env:SECURECART_TEST_PASSWORD') }),
  })
  const client = new pg.Client({ ...clientOptions(declared), types: asText })
  await client.connect()
  await client.query(`SET TimeZone = 'UTC'`)
  return {
    declared,
    version: server.version,
    run: async (text) => {
      await client.query(text)
    },
    query: async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map(shown),
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`)
      await admin.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A DuckDB file in a temporary folder; it is open only while a query runs. */
export async function openDuckdb(): Promise<TestWarehouse> {
  const folder = await mkdtemp(path.join(tmpdir(), 'target-'))
  return {
    ...openDuckdbAt(path.join(folder, 'warehouse.duckdb')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A DuckDB file that belongs to someone else. */
export function openDuckdbAt(file: string): TestWarehouse {
  return {
    declared: duckdbFile(file),
    query: async (sql) => {
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      try {
        await connection.run(`SET TimeZone = 'UTC'; ATTACH '${file}' AS w; USE w`)
        const rows = (await connection.runAndReadAll(sql)).getRows()
        return rows.map((row) => shown(row.map((v) => (v === null ? null : String(v)))))
      } finally {
        connection.closeSync()
        instance.closeSync()
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A Redshift of a suite: the stand-in, by one of its two ways. */
export interface TestRedshift extends TestWarehouse<RedshiftWarehouse> {
  readonly server: RedshiftServer
  /** Runs several statements in the PostgreSQL behind. */
  run(sql: string): Promise<void>
}

/** What a process needs to know to reach the services of a stand-in. */
export const redshiftEnvironment = (server: RedshiftServer): Record<string, string> => ({
  ...serverEnvironment(server.s3),
  AWS_ENDPOINT_URL_REDSHIFT_DATA: server.api.endpoint,
})

/** How a stand-in is declared. */
export function declareRedshift(
  { database, user, workgroup, wirePort }: RedshiftServer,
  by: 'wire' | 'data api',
  port = wirePort,
): RedshiftWarehouse {
  const place = { database, stage: 's3://stage/etl', iamRole: role }
  return by === 'wire'
    ? redshift({ ...place, host: '127.0.0.1', port, user, tls: false })
    : redshift({ ...place, workgroup })
}

/** Starts a stand-in for Redshift; the environment of the process names its services. */
export async function openRedshift(by: 'wire' | 'data api'): Promise<TestRedshift> {
  const server = await startRedshift()
  Object.assign(process.env, redshiftEnvironment(server))
  const client = new pg.Client({ ...server.behind, types: asText })
  await client.connect()
  // What looks from outside gets into nobody's way.
  await client.query(`SET TimeZone = 'UTC'; SET default_transaction_isolation = 'read committed'`)
  return {
    declared: declareRedshift(server, by),
    server,
    run: async (text) => {
      await client.query(text)
    },
    query: async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map(shown),
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The warehouses that every target must work in alike. */
export const allWarehouses: readonly {
  readonly name: string
  readonly open: () => Promise<TestWarehouse>
  readonly missing: string | undefined
}[] = [
  { name: 'DuckDB', open: openDuckdb, missing: undefined },
  { name: 'PostgreSQL', open: openPostgres, missing: missingPostgres() },
  { name: 'Redshift', open: () => openRedshift('wire'), missing: missingPostgres() },
  { name: 'Redshift by its Data API', open: () => openRedshift('data api'), missing: missingPostgres() },
]
