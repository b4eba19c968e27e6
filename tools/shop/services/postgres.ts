import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'

/** The BI team's database, as its administrator sees it. */
export interface BiDatabase extends AsyncDisposable {
  readonly version: string
  /** Writes the rows of a query as a CSV file without header; NULL is the empty field without quotes. */
  save(sql: string, csv: string): Promise<void>
}

/** Makes the database `bi` anew, and the account `loader` of the pipelines, which may make schemas in it. */
export async function openBiDatabase(admin: pg.ClientConfig, loaderPassword: string): Promise<BiDatabase> {
  const server = new pg.Client(admin)
  await server.connect()
  await server.query('drop database if exists bi with (force)')
  await server.query('drop role if exists loader')
  await server.query(`create role loader login password ${pg.escapeLiteral(loaderPassword)}`)
  await server.query('create database bi')
  await server.query('grant connect, create on database bi to loader')
  const { rows } = await server.query<{ server_version: string }>('show server_version')
  await server.end()
  const client = new pg.Client({ ...admin, database: 'bi' })
  // A connection that is lost between two statements fails the next one.
  client.on('error', () => {})
  await client.connect()
  await client.query(`set timezone = 'UTC'`)
  return {
    version: rows[0]?.server_version ?? '',
    save: (sql, csv) =>
      pipeline(client.query(copyTo(`copy (${sql}) to stdout (format csv)`)), createWriteStream(csv)),
    [Symbol.asyncDispose]: () => client.end(),
  }
}
