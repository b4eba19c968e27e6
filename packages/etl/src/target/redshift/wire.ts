import type { Client } from 'pg'
import { newPostgresClient } from '../../base/postgres-client.ts'
import { isLost } from '../postgres/failure.ts'
import type { RedshiftHost, RedshiftPlace } from '../redshift.ts'
import type { RedshiftConnection, TextRows } from './connection.ts'
import { redshiftFailure, unknownOutcome } from './failure.ts'
import { patiently } from '../postgres/patience.ts'
import { quoteRedshiftText } from './sql.ts'

interface Session {
  readonly client: Client
  /** What names it on the server, so that it can be ended from another one. */
  readonly backend: { readonly pid: string; readonly startedAt: string | undefined }
}

async function query(client: Client, text: string): Promise<TextRows> {
  const result = await client.query<(string | null)[]>({ text, rowMode: 'array' })
  return result.rows
}

async function open(warehouse: RedshiftHost & RedshiftPlace, projectFolder: string): Promise<Session> {
  const { host, port = 5439, database, tls = true } = warehouse
  const client = await newPostgresClient({ ...warehouse, port, tls }, projectFolder)
  try {
    await client.connect()
    await client.query(`SET TimeZone TO 'UTC'`)
    await client.query(`SET DateStyle TO 'ISO, YMD'`)
    const [[pid] = []] = await query(client, 'SELECT pg_backend_pid()')
    const started = await query(
      client,
      `SELECT starttime FROM stv_sessions WHERE process = pg_backend_pid()`,
    ).catch(() => [])
    return { client, backend: { pid: pid ?? '0', startedAt: started[0]?.[0] ?? undefined } }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw redshiftFailure(error, `connecting to ${database} at ${host}`)
  }
}

/**
 * Connects to Redshift by its wire protocol, that of PostgreSQL. Only its simple queries are used, whose values are texts.
 * Fails with `connection.failed`, `connection.unauthorized` or `config.secret`.
 */
export async function connectByWire(
  warehouse: RedshiftHost & RedshiftPlace,
  projectFolder: string,
): Promise<RedshiftConnection> {
  let { client, backend } = await open(warehouse, projectFolder)
  const ask = async (text: string, doing: string): Promise<TextRows> => {
    try {
      return await query(client, text)
    } catch (error) {
      throw redshiftFailure(error, doing)
    }
  }
  return {
    run: async (sql, doing, signal) => {
      signal?.throwIfAborted()
      // Breaking the connection ends the wait; whatever the statement still does, it does to a table of this delivery.
      const abandon = (): void => void client.connection.stream.destroy()
      signal?.addEventListener('abort', abandon)
      try {
        await ask(sql, doing)
      } finally {
        signal?.removeEventListener('abort', abandon)
      }
    },
    rows: ask,
    transact: async (statements, doing) => {
      let rows: TextRows = []
      await ask('BEGIN', doing)
      try {
        for (const statement of statements) rows = await ask(statement, doing)
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      }
      try {
        await query(client, 'COMMIT')
        return rows
      } catch (error) {
        throw isLost(error) ? unknownOutcome(doing, error) : redshiftFailure(error, doing)
      }
    },
    recover: async () => {
      const { pid, startedAt } = backend
      await client.end().catch(() => undefined)
      ;({ client, backend } = await patiently(() => open(warehouse, projectFolder)))
      // Without its start nobody knows whether the session is still that one: then its end is waited for.
      if (startedAt === undefined) return
      await query(
        client,
        `SELECT pg_terminate_backend(process) FROM stv_sessions WHERE process = ${pid} AND starttime = ${quoteRedshiftText(startedAt)}`,
      ).catch(() => [])
    },
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  }
}
