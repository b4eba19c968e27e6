import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type ServerProcess, startServer } from './server-process.ts'

/** A PostgreSQL server; a private one ends when it is disposed of. */
export interface Postgres extends AsyncDisposable {
  /** For `pg`; a private server listens on a Unix socket only. */
  readonly connectionString: string
  /** The server's version, as `postgres --version` prints it. */
  readonly version: string
}

interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** The folder of the newest installed server's programs, or undefined where none is installed (Debian's layout). */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((v) => path.join(root, v, 'bin')).find((bin) => existsSync(path.join(bin, 'initdb')))
}

// The server refuses to run as root.
function account(): Account {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim())
  return { uid: id('-u'), gid: id('-g') }
}

async function untilReady(bin: string, folder: string, { child, log }: ServerProcess): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended at once:\n${log()}`)
    try {
      execFileSync(path.join(bin, 'pg_isready'), ['-h', folder, '-U', 'postgres'], { stdio: 'ignore' })
      return
    } catch {
      await sleep(100)
    }
  }
  throw new Error(`PostgreSQL was not ready after 15 s:\n${log()}`)
}

/** The server that is to be used instead of a private one, such as that of `compose.yaml`. */
export const namedPostgres = (): string | undefined => process.env['SECURECART_POSTGRES']

/** What is missing to have a PostgreSQL, if anything. */
export function missingPostgres(): string | undefined {
  return namedPostgres() === undefined && findPostgres() === undefined
    ? 'needs PostgreSQL under /usr/lib/postgresql, or one named by SECURECART_POSTGRES'
    : undefined
}

async function connectTo(connectionString: string): Promise<Postgres> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  return {
    connectionString,
    version: `postgres (PostgreSQL) ${rows[0]?.server_version}`,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A private PostgreSQL, reached through its folder's socket by the account `postgres`, and by any other that is made. */
export interface PrivatePostgres extends Postgres {
  readonly folder: string
}

/**
 * Starts a private PostgreSQL in a temporary folder: UTF-8, English ICU collation (so that text that orders by locale is
 * noticed), time zone UTC. Run as root it uses the account `postgres`. Fails when no server is installed.
 */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const bin = findPostgres()
  if (bin === undefined)
    throw new Error('no PostgreSQL under /usr/lib/postgresql; apt-get install postgresql')
  const who = account()
  const folder = mkdtempSync(path.join(tmpdir(), 'securecart-pg-'))
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid)
  const data = path.join(folder, 'data')
  const collation = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
  const init = ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', ...collation]
  execFileSync(path.join(bin, 'initdb'), init, { ...who, cwd: folder, stdio: 'pipe' })
  const settings = ['listen_addresses=', 'fsync=off', 'timezone=UTC', 'max_connections=20']
  const server = startServer(
    path.join(bin, 'postgres'),
    ['-D', data, '-k', folder, ...settings.flatMap((s) => ['-c', s])],
    { ...who, cwd: folder, folder },
  )
  await untilReady(bin, folder, server)
  return {
    folder,
    connectionString: `postgresql://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    version: execFileSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim(),
    [Symbol.asyncDispose]: async () => {
      server.child.kill('SIGINT')
      await server.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Uses the server that `SECURECART_POSTGRES` names, else starts a private one. */
export function startPostgres(): Promise<Postgres> {
  const named = namedPostgres()
  return named === undefined ? startPrivatePostgres() : connectTo(named)
}
