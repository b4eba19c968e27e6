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

/** Starts a server. */
export async function openDatabase(settings: readonly string[] = []): Promise<Database> {
  const mariadb = await startMariadb(settings)
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
