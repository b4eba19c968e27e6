import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Distribution, smallDriver } from './distribution.ts'

/** Where a run stands; both services have names of their own for these. */
export type Phase = 'accepted' | 'running' | 'stopping' | 'succeeded' | 'failed' | 'stopped'

/** One job run of an emulated service: a driver on this machine. */
export interface Run {
  readonly id: string
  /** What the client sent. */
  readonly request: Readonly<Record<string, unknown>>
  phase: Phase
  /** Why it failed. */
  said?: string
  child?: ChildProcess
  readonly startedAt: number
}

export interface RunOptions {
  readonly spark: Distribution
  /** The folder in which `s3://bucket/key` is `bucket/key`. */
  readonly storage: string
}

/** What a service passes to the driver. */
export interface Driver {
  readonly script: string
  readonly args: readonly string[]
  readonly conf?: readonly string[]
}

/** Starts a run; the driver follows a moment later, as with a service. */
export function startRun(request: Run['request'], driver: Driver, options: RunOptions): Run {
  const run: Run = { id: randomUUID().replaceAll('-', ''), request, phase: 'accepted', startedAt: Date.now() }
  setTimeout(() => void drive(run, driver, options), 300).unref()
  return run
}

async function drive(run: Run, driver: Driver, { spark, storage }: RunOptions): Promise<void> {
  if (run.phase !== 'accepted') return
  const local = (uri: string): string => uri.replace(/^s3:\/\//, `file://${storage}/`)
  const conf = Object.entries(smallDriver).flatMap(([key, value]) => ['--conf', `${key}=${value}`])
  const script = local(driver.script).replace('file://', '')
  const args = ['--master', 'local[2]', ...conf, ...(driver.conf ?? []), script, ...driver.args.map(local)]
  const log = join(storage, `${run.id}.log`)
  const child = spawn(join(spark.sparkHome, 'bin', 'spark-submit'), args, {
    detached: true,
    env: { ...process.env, ...spark.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = createWriteStream(log)
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  run.child = child
  run.phase = 'running'
  const [code] = (await once(child, 'close')) as [number | null]
  await new Promise<void>((done) => output.end(done))
  if (isStopping(run)) run.phase = 'stopped'
  else {
    run.phase = code === 0 ? 'succeeded' : 'failed'
    if (code !== 0) run.said = (await readFile(log, 'utf8')).trim().split('\n').at(-1) ?? ''
  }
}

const isStopping = (run: Run): boolean => run.phase === 'stopping'

/** Ends a run's driver as from outside. */
export function kill(run: Run): void {
  const pid = run.child?.pid
  if (pid !== undefined && run.child?.exitCode === null) process.kill(-pid, 'SIGKILL')
}

/** Stops a run as its service does when it is asked to. */
export function stopRun(run: Run): void {
  if (run.phase === 'accepted') {
    run.phase = 'stopped'
  } else if (run.phase === 'running') {
    run.phase = 'stopping'
    kill(run)
  }
}
