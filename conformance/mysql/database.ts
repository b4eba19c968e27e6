import { createConnection, type Connection } from 'mysql2/promise'
import { mysqlServer, type MysqlServer } from '../../packages/etl/src/connector/mysql.ts'
import { type Mariadb, startMariadb } from '../../tools/peers/mariadb.ts'

/** A private server with an open connection that changes things. */
export interface Database extends AsyncDisposable {
  readonly mariadb: Mariadb
  readonly server: MysqlServer
  readonly client: Connection
  connect(): Promise<Connection>
  run(...statements: readonly string[]): Promise<void>
  /** Rows as texts. */
  texts(sql: string): Promise<readonly (readonly (string | null)[])[]>
}

/** The socket of a MySQL that runs already, in place of a private MariaDB: for suites that say that they take one. */
export const mysqlSocket: string | undefined = process.env['MYSQL_SOCKET']

/** Starts a server. */
export async function openDatabase(settings: readonly string[] = []): Promise<Database> {
  return databaseOf(await startMariadb(settings))
}

/** Opens the MySQL of `MYSQL_SOCKET`, with an empty database `shop`; without it, starts a MariaDB. */
export async function openEither(settings: readonly string[] = []): Promise<Database> {
  if (mysqlSocket === undefined) return openDatabase(settings)
  const client = await createConnection({ socketPath: mysqlSocket, user: 'root', multipleStatements: true })
  await client.query('drop database if exists shop; create database shop')
  client.destroy()
  return databaseOf({
    socketPath: mysqlSocket,
    port: 0,
    pid: 0,
    version: 'MySQL',
    restart: () => Promise.reject(new Error('this server is not ours')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

async function databaseOf(mariadb: Mariadb): Promise<Database> {
  const connect = (): Promise<Connection> =>
    createConnection({
      socketPath: mariadb.socketPath,
      user: 'root',
      database: 'shop',
      charset: 'utf8mb4',
      rowsAsArray: true,
      multipleStatements: true,
    })
  const client = await connect()
  return {
    mariadb,
    server: mysqlServer({ socketPath: mariadb.socketPath, user: 'root', database: 'shop' }),
    client,
    connect,
    run: async (...statements) => {
      for (const sql of statements) await client.query(sql)
    },
    texts: async (sql) => {
      const [rows] = await client.query({ sql, typeCast: (field) => field.string() })
      return rows as (string | null)[][]
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await mariadb[Symbol.asyncDispose]()
    },
  }
}
