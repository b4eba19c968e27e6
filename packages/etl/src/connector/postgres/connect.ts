import type { Client } from 'pg'
import { newPostgresClient } from '../../base/postgres-client.ts'
import type { PostgresPlace } from '../postgres-table.ts'
import { postgresFailure } from './failure.ts'

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
  const { port = 5432, tls = false } = place
  const client = await newPostgresClient({ ...place, port, tls }, process.cwd())
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
