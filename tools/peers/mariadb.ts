import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingCommands } from './command.ts'
import { freePort } from './ports.ts'
import { type ServerProcess, startServer } from './server-process.ts'

/** A private MariaDB server; it ends when it is disposed of. Account `root` without a password; database `shop`. */
export interface Mariadb extends AsyncDisposable {
  readonly socketPath: string
  readonly port: number
  /** As `mariadbd --version` prints it. */
  readonly version: string
  readonly pid: number
  /** Shuts the server down and starts it again with the same data. Connections are lost. */
  restart(): Promise<void>
}

/** What is missing to run a MariaDB server, if anything. */
export function missingMariadb(): string | undefined {
  const missing = missingCommands('mariadb-install-db')
  if (missing !== undefined) return missing
  return existsSync('/usr/sbin/mariadbd') ? undefined : 'needs mariadbd'
}

interface Account {
  readonly uid: number
  readonly gid: number
}

// The server refuses to run as root without being told to; files of the account `mysql` are what it expects.
function account(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }).trim())
  return { uid: id('-u'), gid: id('-g') }
}

async function untilReady(socketPath: string, { child, log }: ServerProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`MariaDB ended at once:\n${log()}`)
    if (existsSync(socketPath)) {
      try {
        execFileSync('mariadb-admin', ['--no-defaults', `--socket=${socketPath}`, '-uroot', 'ping'], {
          stdio: 'ignore',
        })
        return
      } catch {
        // It is not ready yet.
      }
    }
    await sleep(100)
  }
  throw new Error(`MariaDB was not ready after 30 s:\n${log()}`)
}

function installDatabase(data: string, who: Account | undefined, tmpdir: string): void {
  mkdirSync(data, { recursive: true })
  if (who !== undefined) chownSync(data, who.uid, who.gid)
  const install = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    `--tmpdir=${tmpdir}`,
  ]
  execFileSync('mariadb-install-db', install, { ...who, cwd: data, stdio: 'pipe' })
}

/**
 * Starts a private MariaDB in a temporary folder: utf8mb4, binary log by rows with GTIDs, and a system time zone that is
 * not UTC (so that whatever depends on it is noticed). `settings` are further options of the server. With `kept`, an
 * absolute folder, the data stays there when the server ends, and is found by the next one; one server at a time.
 */
export async function startMariadb(settings: readonly string[] = [], kept?: string): Promise<Mariadb> {
  const missing = missingMariadb()
  if (missing !== undefined) throw new Error(`MariaDB ${missing}`)
  const who = account()
  const folder = mkdtempSync(path.join(tmpdir(), 'securecart-mariadb-'))
  if (who !== undefined) chownSync(folder, who.uid, who.gid)
  const as = { ...who, cwd: folder }
  const data = kept ?? path.join(folder, 'data')
  if (!existsSync(path.join(data, 'mysql'))) installDatabase(data, who, folder)
  const socketPath = path.join(folder, 'mariadb.sock')
  const port = await freePort(0)
  const options = [
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    // A server that begins removes the temporary tables of all others from a folder that they share.
    `--tmpdir=${folder}`,
    `--pid-file=${path.join(folder, 'mariadb.pid')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--character-set-server=utf8mb4',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--binlog-row-image=FULL',
    '--binlog-row-metadata=FULL',
    '--server-id=1',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=256M',
    '--skip-name-resolve',
    ...settings,
  ]
  const begin = async (): Promise<ServerProcess> => {
    const server = startServer('/usr/sbin/mariadbd', ['--no-defaults', ...options], {
      ...as,
      env: { ...process.env, TZ: 'America/St_Johns' },
      folder,
    })
    await untilReady(socketPath, server)
    return server
  }
  let running = await begin()
  execFileSync('mariadb', [
    '--no-defaults',
    `--socket=${socketPath}`,
    '-uroot',
    '-e',
    'create database if not exists shop',
  ])
  return {
    socketPath,
    port,
    get pid() {
      return running.child.pid ?? 0
    },
    version: execFileSync('/usr/sbin/mariadbd', ['--version'], { encoding: 'utf8' }).trim(),
    restart: async () => {
      running.child.kill('SIGTERM')
      await running.ended
      running = await begin()
    },
    [Symbol.asyncDispose]: async () => {
      // Data that stays must be whole; of the rest nothing is left.
      running.child.kill(kept === undefined ? 'SIGKILL' : 'SIGTERM')
      await running.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
