import { randomUUID } from 'node:crypto'
import type { NetConnectOpts } from 'node:net'
import pg from 'pg'
import { startPostgres } from '../../../tools/peers/postgres.ts'
import { type S3Server, startS3Server } from '../../s3/server/index.ts'
import { type DataApi, startDataApi } from './data-api.ts'
import { redshiftObjects } from './database.ts'
import { startWire, type WireState } from './wire.ts'

/** The role that the stand-in lets COPY assume. */
export const role = 'arn:aws:iam::123456789012:role/redshift-load'

/**
 * A stand-in for Amazon Redshift: its statements, checked and translated for a real PostgreSQL with serializable transactions,
 * by the wire protocol and by the Data API, and a COPY that really reads from S3.
 */
export interface RedshiftServer extends AsyncDisposable {
  readonly wirePort: number
  readonly database: string
  readonly user: string
  readonly workgroup: string
  readonly api: DataApi
  readonly s3: S3Server
  readonly wire: WireState
  /** The PostgreSQL behind it, to look at by another path. */
  readonly behind: pg.ClientConfig
}

/** Starts a stand-in with a database and an S3 of its own; the bucket is `stage`. */
export async function startRedshift(): Promise<RedshiftServer> {
  const postgres = await startPostgres()
  const url = new URL(postgres.connectionString.replace('@/', '@socket/'))
  const socket = url.searchParams.get('host')
  const port = Number(url.port === '' ? 5432 : url.port)
  const user = decodeURIComponent(url.username)
  const database = `redshift_${randomUUID().slice(0, 8)}`
  const admin = new pg.Client({ connectionString: postgres.connectionString })
  await admin.connect()
  // Text orders by its bytes.
  await admin.query(
    `CREATE DATABASE ${database} TEMPLATE template0 LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'`,
  )
  await admin.query(`ALTER DATABASE ${database} SET default_transaction_isolation = 'serializable'`)
  await admin.query(`ALTER DATABASE ${database} SET deadlock_timeout = '200ms'`)
  const behind: pg.ClientConfig = {
    host: socket ?? url.hostname,
    port,
    database,
    user,
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  }
  const setup = new pg.Client(behind)
  await setup.connect()
  await setup.query(redshiftObjects)
  await setup.end()
  const s3 = await startS3Server()
  s3.makeBucket('stage')
  const wire: WireState = {
    s3,
    roles: new Set([role]),
    tables: new Map(),
    log: [],
    onStatement: undefined,
  }
  const to: NetConnectOpts =
    socket === null ? { host: url.hostname, port } : { path: `${socket}/.s.PGSQL.${port}` }
  const server = await startWire(to, wire)
  const workgroup = 'bi'
  const api = await startDataApi({ port: server.port, database, user, workgroup })
  return {
    wirePort: server.port,
    database,
    user,
    workgroup,
    api,
    s3,
    wire,
    behind,
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await s3[Symbol.asyncDispose]()
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`)
      await admin.end()
      await postgres[Symbol.asyncDispose]()
    },
  }
}
