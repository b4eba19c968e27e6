import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { EtlError } from '../../../../base/errors.ts'
import { uriOf } from '../../scan.ts'
import { deadlineOf } from '../deadline.ts'
import type { SparkSubmitOptions } from '../declare.ts'
import { newTail, type Tail } from '../last-words.ts'
import type { Job } from '../manifest.ts'
import { runnerFile } from '../runner-file.ts'
import type { JobEnd, Submit, SubmitCall } from '../submitter.ts'

/** How long a driver may take to end when it is told to, before it is killed. */
const graceMs = 10_000

function findProgram(options: SparkSubmitOptions): string {
  const home = options.sparkHome ?? options.env?.['SPARK_HOME'] ?? process.env['SPARK_HOME']
  const folders =
    home === undefined ? (process.env['PATH'] ?? '').split(path.delimiter) : [path.join(home, 'bin')]
  const found = folders.map((folder) => path.join(folder, 'spark-submit')).find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new EtlError(
    'config.invalid',
    home === undefined ? 'there is no spark-submit on the path' : `there is no bin/spark-submit in ${home}`,
    { hint: 'Set SPARK_HOME, or sparkSubmit({ sparkHome }), to the folder of a Spark distribution.' },
  )
}

interface Place {
  readonly manifest: string
  readonly result: string
}

function argumentsOf(options: SparkSubmitOptions, job: Job, place: Place): readonly string[] {
  const conf = Object.entries(options.conf ?? {}).flatMap(([key, value]) => ['--conf', `${key}=${value}`])
  return [
    ...(options.master === undefined ? [] : ['--master', options.master]),
    '--name',
    `securecart-${job.manifest.id}`,
    ...conf,
    ...(options.args ?? []),
    runnerFile,
    '--manifest',
    uriOf(place.manifest),
    '--sha256',
    job.sha256,
    '--result',
    uriOf(place.result),
  ]
}

/** Sends a signal to the driver and all that it started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // It has ended already.
  }
}

async function end(child: ChildProcess): Promise<void> {
  signalGroup(child, 'SIGTERM')
  const abort = new AbortController()
  const gone = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'close')
  await Promise.race([gone, sleep(graceMs, undefined, { signal: abort.signal }).catch(() => {})])
  abort.abort()
  signalGroup(child, 'SIGKILL')
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What hears the driver's output: its tail, the caller, and the file that keeps it. */
interface Ears {
  readonly tail: Tail
  readonly onLog: SubmitCall['onLog']
  readonly log: string | undefined
}

async function runDriver(child: ChildProcess, { tail, onLog, log }: Ears): Promise<Exit> {
  const file = log === undefined ? undefined : createWriteStream(log, { flags: 'a' })
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      tail.add(line)
      onLog?.(line)
      file?.write(`${line}\n`)
    })
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  await new Promise<void>((done) => (file === undefined ? done() : file.end(done)))
  return { code, signal }
}

function described({ code, signal }: Exit, tail: Tail): string {
  const words = tail.lastWords()
  // A shell in between says 128 and the number of the signal.
  const killed = signal ?? (code === 137 ? 'SIGKILL' : code === 143 ? 'SIGTERM' : undefined)
  const exit = killed === undefined ? `exit code ${code}` : `the driver was ended by ${killed}`
  return words === undefined ? exit : `${exit}; its last words: ${words}`
}

/** Submits jobs to a Spark distribution on this machine and waits for the driver to end. */
export function sparkSubmitter(options: SparkSubmitOptions): Submit {
  return async (job, call): Promise<JobEnd> => {
    const program = findProgram(options)
    const deadline = deadlineOf(options.timeoutMinutes, call.signal)
    const folder = await mkdtemp(path.join(options.staging ?? tmpdir(), 'securecart-job-'))
    const place = { manifest: path.join(folder, 'manifest.json'), result: path.join(folder, 'report.json') }
    const where = `spark-submit of job ${job.manifest.id}`
    const log = options.logs === undefined ? undefined : path.resolve(options.logs, `${job.manifest.id}.log`)
    if (log !== undefined) await mkdir(path.dirname(log), { recursive: true })
    try {
      await writeFile(place.manifest, job.text)
      if (deadline.signal.aborted) throw deadline.failure(where)
      const child = spawn(program, [...argumentsOf(options, job, place)], {
        // A group of its own, so that the shell, Java and Python are ended together.
        detached: true,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const stop = (): void => void end(child)
      deadline.signal.addEventListener('abort', stop, { once: true })
      const tail = newTail()
      const exit = await runDriver(child, { tail, log, onLog: call.onLog }).finally(() =>
        deadline.signal.removeEventListener('abort', stop),
      )
      if (deadline.signal.aborted) throw deadline.failure(where)
      const report = existsSync(place.result) ? await readFile(place.result, 'utf8') : undefined
      return {
        where,
        succeeded: exit.code === 0,
        said: described(exit, tail),
        ...(log === undefined ? {} : { logs: log }),
        ...(report === undefined ? {} : { report }),
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
