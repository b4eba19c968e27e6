import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'

/** A server that this process started. */
export interface ServerProcess {
  readonly child: ChildProcess
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** The last of what it printed. */
  log(): string
}

/** Waits for the end of its standard input, which comes when this process is gone, however it ended; then tidies up. */
const watch = 'read -r _; kill -9 "-$0" 2>/dev/null; [ -z "$1" ] || rm -rf "$1"'

/**
 * Starts a server in a process group of its own, so that Ctrl-C reaches this process alone, which then ends it. When this
 * process ends without doing so, be it by SIGKILL, the server is killed and `folder`, where it keeps its data, is removed.
 */
export function startServer(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> & { readonly folder?: string },
): ServerProcess {
  const { folder = '', ...how } = options
  const child = spawn(command, [...args], { ...how, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  const note = (chunk: Buffer): void => void (log = `${log}${chunk.toString()}`.slice(-4000))
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  const watcher = spawn('sh', ['-c', watch, String(child.pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      watcher.kill('SIGKILL')
      resolve()
    })
  })
  child.once('error', () => watcher.kill('SIGKILL'))
  return { child, ended, log: () => log }
}
