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
import { startPostgres } from '../../tools/peers/postgres.ts'
import type { ProxyTarget } from '../spark/fault-proxy.ts'

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
