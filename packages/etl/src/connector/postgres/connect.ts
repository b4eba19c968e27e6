import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { EtlError } from '../../base/errors.ts'
import { readSecret } from '../../base/secret.ts'
import type { PostgresPlace } from '../postgres-table.ts'
import { postgresFailure } from './failure.ts'

const connectTimeoutMs = 15_000

/** A connection that ends when it is disposed of. */
export interface PostgresConnected extends AsyncDisposable {
  readonly client: Client
  /** Runs statements of the connector's own; all values come as texts. */
  rows(sql: string, values?: readonly string[]): Promise<readonly (readonly (string | null)[])[]>
}

/** Texts that the staged form of values is made of; a long read is not cut off, and waits for nobody for long. */
const settings = [
  `TimeZone = 'UTC'`,
  `DateStyle = 'ISO, YMD'`,
  `IntervalStyle = 'postgres'`,
  'extra_float_digits = 1',
  `bytea_output = 'hex'`,
  `client_encoding = 'UTF8'`,
  'standard_conforming_strings = on',
  'statement_timeout = 0',
  'idle_in_transaction_session_timeout = 0',
  'lock_timeout = 30000',
].map((setting) => `SET ${setting}`)

/** Connects with the settings that exact texts of values need. A connection is made nowhere else. Fails as `postgresFailure` says. */
export async function connectPostgres(
  place: PostgresPlace,
  signal?: AbortSignal,
): Promise<PostgresConnected> {
  signal?.throwIfAborted()
  const { default: pg } = await import('pg')
  const { host, port = 5432, database, user, tls = false } = place
  const password = place.password === undefined ? undefined : await readSecret(place.password)
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ssl: tls === false ? false : tls === true ? {} : { ca: await readCa(tls.ca) },
    application_name: 'securecart',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: () => (text: unknown) => text } as never,
  })
  // What a lost connection emits is also the failure of the statement that waits for it.
  client.on('error', () => undefined)
  // Ends at once where a statement runs.
  const end = (): Promise<void> => client.end().catch(() => undefined)
  const abandon = (): void => void end()
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    await client.connect()
    await client.query(settings.join('; '))
  } catch (error) {
    signal?.removeEventListener('abort', abandon)
    await end()
    throw postgresFailure(error, place)
  }
  return {
    client,
    rows: async (text, values = []) => {
      try {
        return (await client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' })).rows
      } catch (error) {
        throw postgresFailure(error, place)
      }
    },
    [Symbol.asyncDispose]: async () => {
      signal?.removeEventListener('abort', abandon)
      await end()
    },
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new EtlError('config.invalid', `the certificates ${file} cannot be read`, { cause })
  }
}
