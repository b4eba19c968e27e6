import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How a process ended. */
export interface Ended {
  readonly killed: boolean
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

const dieAtStep = fileURLToPath(new URL('die-at-step.ts', import.meta.url))

/** The step at which a process kills itself, counted from a commit of the catalog (0: from its start). */
export interface DeathStep {
  readonly commit: number
  readonly step: number
  /** What it is sent there: SIGKILL (default), or SIGSTOP to stand still. */
  readonly signal?: 'SIGKILL' | 'SIGSTOP'
}

/** Starts the command line, which counts its steps; with `death` it kills itself at that step. */
export function start(cli: string, args: readonly string[], death?: DeathStep): Running {
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', dieAtStep, cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CRASH_AT: String(death?.step ?? 0),
      CRASH_COMMIT: String(death?.commit ?? 0),
      CRASH_SIGNAL: death?.signal ?? 'SIGKILL',
    },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    const ms = performance.now() - started
    return { killed: signal === 'SIGKILL', code: code as number | null, stdout, stderr, ms }
  })
  return { child, ended }
}

/** Waits for the end of a process for at most `ms`; a process that takes longer is killed and told as such. */
export async function endWithin(running: Running, ms: number): Promise<Ended | 'too long'> {
  const timer = new AbortController()
  const late = new Promise<'too long'>((resolve) => {
    const timeout = setTimeout(() => resolve('too long'), ms)
    timer.signal.addEventListener('abort', () => clearTimeout(timeout))
  })
  const result = await Promise.race([running.ended, late])
  timer.abort()
  if (result === 'too long') {
    running.child.kill('SIGKILL')
    await running.ended
  }
  return result
}
