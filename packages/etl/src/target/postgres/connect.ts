import type { Client } from 'pg'
import { newPostgresClient } from '../../base/postgres-client.ts'
import type { PostgresWarehouse } from '../postgres.ts'
import { postgresFailure } from './failure.ts'

/** How long a statement waits for a lock that another user of a table holds. */
const lockTimeoutMs = 30_000

/** A connection and what names it on the server, so that it can be ended from another one. */
export interface Connection extends AsyncDisposable {
  readonly client: Client
  readonly backend: { readonly pid: number; readonly startedAt: string }
  /** Runs statements without parameters; returns the count of rows that the last one changed or gave. */
  run(sql: string, doing: string): Promise<number>
  /** Runs a query and returns its rows, every value as text. Not for data. */
  rows(sql: string, doing: string, values?: readonly unknown[]): Promise<(string | null)[][]>
}

/** Connects to a warehouse. Fails with `connection.failed`, `connection.unauthorized` or `config.secret`. */
export async function connect(warehouse: PostgresWarehouse, projectFolder: string): Promise<Connection> {
  const { host, port = 5432, database, tls = false } = warehouse
  const client = await newPostgresClient({ ...warehouse, port, tls }, projectFolder)
  const doing = `connecting to ${database} at ${host}`
  try {
    await client.connect()
    await client.query(
      `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET standard_conforming_strings = on; SET client_encoding = 'UTF8'; SET lock_timeout = ${lockTimeoutMs}`,
    )
    const { rows } = await client.query<[string, string]>({
      text: 'SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()',
      rowMode: 'array',
    })
    const [pid = '0', startedAt = ''] = rows[0] ?? []
    return connectionOf(client, { pid: Number(pid), startedAt })
  } catch (error) {
    await client.end().catch(() => undefined)
    throw postgresFailure(error, doing)
  }
}

function connectionOf(client: Client, backend: Connection['backend']): Connection {
  return {
    client,
    backend,
    run: async (sql, doing) => {
      try {
        const result: unknown = await client.query(sql)
        const last = Array.isArray(result) ? (result.at(-1) as unknown) : result
        return (last as { readonly rowCount: number | null }).rowCount ?? 0
      } catch (error) {
        throw postgresFailure(error, doing)
      }
    },
    rows: async (sql, doing, values = []) => {
      try {
        const query = { text: sql, values: [...values], rowMode: 'array' as const }
        return (await client.query<(string | null)[]>(query)).rows
      } catch (error) {
        throw postgresFailure(error, doing)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await client.end().catch(() => undefined)
    },
  }
}
