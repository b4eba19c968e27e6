import { readFile } from 'node:fs/promises'
import type { Connection } from 'mysql2/promise'
import { EtlError } from '../../base/errors.ts'
import { loadOptional } from '../../base/optional.ts'
import { readSecret } from '../../base/secret.ts'
import type { MysqlServer } from '../mysql.ts'
import { mysqlFailure } from './failure.ts'

/** A connection that ends when it is disposed of. */
export interface MysqlConnection extends AsyncDisposable {
  readonly client: Connection
  /** Drops the connection at once, with whatever the server still sends. */
  abandon(): void
  /** Runs a statement of the connector's own; all values come as texts, none is rounded. */
  rows(sql: string, values?: readonly (string | number)[]): Promise<readonly (readonly (string | null)[])[]>
}

/**
 * Connects with the settings that exact values need: numbers, dates and JSON as the texts that the server sends, times in
 * UTC. A connection is made nowhere else. Fails as `mysqlFailure` says.
 */
export async function connectMysql(server: MysqlServer, signal?: AbortSignal): Promise<MysqlConnection> {
  signal?.throwIfAborted()
  const { createConnection } = await loadOptional('mysql2', () => import('mysql2/promise'))
  const password = server.password === undefined ? undefined : await readSecret(server.password)
  const ca = typeof server.tls === 'object' ? await readCa(server.tls.ca) : undefined
  const client = await createConnection({
    ...(server.socketPath === undefined
      ? { host: server.host, port: server.port }
      : { socketPath: server.socketPath }),
    user: server.user,
    database: server.database,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(server.tls === undefined ? {} : { ssl: ca === undefined ? {} : { ca } }),
    charset: 'utf8mb4',
    connectTimeout: 15_000,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    // The server never asks for a file of this machine.
    flags: ['-LOCAL_FILES'],
  }).catch((error: unknown) => {
    throw mysqlFailure(error, server)
  })
  let isOpen = true
  // What a lost connection emits is also the failure of the statement that waits for it.
  client.on('error', () => (isOpen = false))
  const abandon = (): void => {
    isOpen = false
    client.destroy()
  }
  signal?.addEventListener('abort', abandon, { once: true })
  const connection: MysqlConnection = {
    client,
    abandon,
    rows: async (sql, values = []) => {
      try {
        const [rows] = await client.query({ sql, values: [...values] })
        return Array.isArray(rows) ? (rows as unknown[][]).map((row) => row.map(asText)) : []
      } catch (error) {
        throw mysqlFailure(error, server)
      }
    },
    [Symbol.asyncDispose]: async () => {
      signal?.removeEventListener('abort', abandon)
      // A connection that is gone never says that it has ended.
      if (isOpen) await client.end().catch(() => client.destroy())
    },
  }
  try {
    // A slow reader must not be cut off; the names of columns are quoted in the usual way whatever the server's mode is.
    await connection.rows(
      "SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = 3600, net_read_timeout = 3600",
    )
  } catch (error) {
    client.destroy()
    throw error
  }
  return connection
}

async function readCa(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new EtlError('config.invalid', `the certificates ${file} cannot be read`, { cause })
  }
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}
