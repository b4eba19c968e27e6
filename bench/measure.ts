import { spawn } from 'node:child_process'
import os from 'node:os'
import { readdirSync, readFileSync, rmSync } from 'node:fs'

/** One finished run of a command. */
export interface Sample {
  readonly ms: number
  /** The largest resident set that was seen, in bytes; of all processes together, where the command starts others. */
  readonly peakBytes: number
  readonly ok: boolean
  readonly output: string
}

function memoryOf(pid: number, what: 'VmHWM' | 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(String.raw`${what}:\s+(\d+) kB`).exec(status)?.[1] ?? 0) * 1024
  } catch {
    // The process has just ended.
    return 0
  }
}

/** The processes that a process started, and those that they did. */
function descendantsOf(pid: number): readonly number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return children.flatMap((child) => [child, ...descendantsOf(child)])
  } catch {
    return []
  }
}

function peakOf(pid: number): number {
  const others = descendantsOf(pid)
  if (others.length === 0) return memoryOf(pid, 'VmHWM')
  return [pid, ...others].reduce((sum, process) => sum + memoryOf(process, 'VmRSS'), 0)
}

/** Runs a command as a process of its own and takes its wall time and peak memory. `clean` are removed before. */
export async function measure(command: readonly string[], clean: readonly string[] = []): Promise<Sample> {
  for (const path of clean) rmSync(path, { recursive: true, force: true })
  const [program = '', ...args] = command
  const started = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  let peakBytes = 0
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0))
  }, 20)
  const code = await new Promise<number>((resolve) => child.on('close', (c) => resolve(c ?? 1)))
  clearInterval(look)
  return { ms: performance.now() - started, peakBytes, ok: code === 0, output }
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Runs two commands in turn, `rounds` times, so that a drift of the machine's speed meets both. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<Sample>,
  control: () => Promise<Sample>,
): Promise<{
  readonly time: number
  readonly memory: number
  readonly ours: Sample
  readonly control: Sample
}> {
  const pairs: { readonly a: Sample; readonly b: Sample }[] = []
  for (let i = 0; i < rounds; i++) {
    const b = await control()
    const a = await ours()
    if (!a.ok) throw new Error(`our run failed:\n${a.output}`)
    if (!b.ok) throw new Error(`the control failed:\n${b.output}`)
    pairs.push({ a, b })
  }
  const middle = (pick: (s: Sample) => number): { a: number; b: number } => ({
    a: median(pairs.map((p) => pick(p.a))),
    b: median(pairs.map((p) => pick(p.b))),
  })
  const ms = middle((s) => s.ms)
  const peak = middle((s) => s.peakBytes)
  return {
    time: median(pairs.map((p) => p.a.ms / p.b.ms)),
    memory: median(pairs.map((p) => p.a.peakBytes / p.b.peakBytes)),
    ours: { ms: ms.a, peakBytes: peak.a, ok: true, output: '' },
    control: { ms: ms.b, peakBytes: peak.b, ok: true, output: '' },
  }
}

/** The machine in a few words. */
export function machine(): string {
  const [cpu] = os.cpus()
  return `${os.cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
}
