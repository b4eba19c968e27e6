import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Client } from 'pg'
import { EtlError } from './errors.ts'
import { loadOptional } from './optional.ts'
import { readSecret, type SecretReference } from './secret.ts'

const connectTimeoutMs = 15_000

/** Where a server is that speaks PostgreSQL's protocol, and as whom to connect. */
export interface PostgresAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password?: SecretReference
  /** `ca` is the path of a file, from a folder on. */
  readonly tls: boolean | { readonly ca: string }
}

async function sslOf(tls: PostgresAddress['tls'], folder: string): Promise<false | { readonly ca?: string }> {
  if (typeof tls === 'boolean') return tls ? {} : false
  try {
    return { ca: await readFile(path.resolve(folder, tls.ca), 'utf8') }
  } catch (cause) {
    throw new EtlError('config.invalid', `the certificates ${tls.ca} cannot be read`, { cause })
  }
}

/**
 * A client that is not connected yet, whose values are texts; paths of its address begin in `folder`. A connection that breaks
 * between statements is noticed by the next one. Fails with `config.secret` or `config.invalid`.
 */
export async function newPostgresClient(place: PostgresAddress, folder: string): Promise<Client> {
  const { default: pg } = await loadOptional('pg', () => import('pg'))
  const { host, port, database, user, tls } = place
  const password = place.password === undefined ? undefined : await readSecret(place.password)
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ssl: await sslOf(tls, folder),
    application_name: 'securecart',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: () => (text: unknown) => text } as never,
  })
  client.on('error', () => undefined)
  return client
}
