import type { ConnectionOptions } from 'mysql2/promise'
import type pg from 'pg'
import { missingDynamodbLocal, startDynamodbLocal } from '../../peers/dynamodb-local.ts'
import { missingMariadb, startMariadb } from '../../peers/mariadb.ts'
import { isListening } from '../../peers/ports.ts'
import { findPostgres, startPrivatePostgres } from '../../peers/postgres.ts'

/** The servers that hold the shop, and how their administrators and the pipelines reach them. */
export interface ShopServers extends AsyncDisposable {
  readonly mysqlAdmin: ConnectionOptions
  readonly mysql: { readonly host: string; readonly port: number }
  readonly postgresAdmin: pg.ClientConfig
  /** The host may be the folder of a socket. */
  readonly postgres: { readonly host: string; readonly port: number }
  /** Its address. */
  readonly dynamodb: string
}

/** What is not installed here of the servers, each with the package that has it. */
export function missingServers(): readonly string[] {
  const dynamodb = missingDynamodbLocal()
  return [
    ...(missingMariadb() === undefined ? [] : ['MariaDB: apt-get install mariadb-server']),
    ...(findPostgres() === undefined ? ['PostgreSQL: apt-get install postgresql'] : []),
    ...(dynamodb === undefined ? [] : [`DynamoDB Local ${dynamodb}`]),
  ]
}

/** Starts private servers with nothing in them; they and their data are gone when they are disposed of. */
export async function startServers(): Promise<ShopServers> {
  await using started = new AsyncDisposableStack()
  const mariadb = started.use(await startMariadb())
  const postgres = started.use(await startPrivatePostgres())
  const dynamodb = started.use(await startDynamodbLocal())
  const all = started.move()
  return {
    mysqlAdmin: { socketPath: mariadb.socketPath, user: 'root' },
    mysql: { host: '127.0.0.1', port: mariadb.port },
    postgresAdmin: { host: postgres.folder, user: 'postgres', database: 'postgres' },
    postgres: { host: postgres.folder, port: 5432 },
    dynamodb: dynamodb.endpoint,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Which of the servers of `compose.yaml` do not answer. */
export async function silentServers(): Promise<readonly string[]> {
  const ports = { MariaDB: 3307, PostgreSQL: 5433, 'DynamoDB Local': 8001 }
  const asked = await Promise.all(
    Object.entries(ports).map(async ([name, port]) =>
      (await isListening(port)) ? [] : [`${name} at port ${port}`],
    ),
  )
  return asked.flat()
}

/** The servers of `compose.yaml`, which run already and go on running. */
export const composeServers: ShopServers = {
  mysqlAdmin: { host: '127.0.0.1', port: 3307, user: 'root', password: 'root' },
  mysql: { host: '127.0.0.1', port: 3307 },
  postgresAdmin: {
    host: '127.0.0.1',
    port: 5433,
    user: 'postgres',
    password: 'postgres',
    database: 'postgres',
  },
  postgres: { host: '127.0.0.1', port: 5433 },
  dynamodb: 'http://127.0.0.1:8001',
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
