import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const program = path.join(root, 'packages', 'etl', 'bin', 'securecart.js')

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface Call {
  readonly cwd: string
  readonly input?: string
  /** Interrupts the command (SIGINT) when this becomes true; asked every 20 ms. */
  readonly interruptWhen?: () => boolean
}

/** Runs a command to its end, without a terminal. */
export function command(name: string, args: readonly string[], call: Call): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, [...args], { cwd: call.cwd, env: { ...process.env, NO_COLOR: '1' } })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    // A command that reads nothing may have ended before its input is closed.
    child.stdin.on('error', () => undefined)
    child.stdin.end(call.input ?? '')
    const watch = setInterval(() => {
      if (call.interruptWhen?.() !== true) return
      clearInterval(watch)
      child.kill('SIGINT')
    }, 20)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearInterval(watch)
      resolve({ code: code ?? signal ?? 'unknown', stdout, stderr })
    })
  })
}

/** Runs the built `securecart` to its end. */
export const securecart = (args: readonly string[], call: Call): Promise<Ended> =>
  command(process.execPath, [program, ...args], call)

/** A folder of its own in which `@securecart/etl` and the command are found, removed when disposed of. */
export interface Workplace extends AsyncDisposable {
  readonly folder: string
}

export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'securecart-cli-'))
  await mkdir(path.join(folder, 'node_modules', '@securecart'), { recursive: true })
  await mkdir(path.join(folder, 'node_modules', '.bin'))
  await symlink(path.join(root, 'packages', 'etl'), path.join(folder, 'node_modules', '@securecart', 'etl'))
  await symlink(program, path.join(folder, 'node_modules', '.bin', 'securecart'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** A workplace with the project that `init` writes. */
export async function openProject(): Promise<Workplace> {
  const at = await openWorkplace()
  const { code, stderr } = await securecart(['init', '.'], { cwd: at.folder })
  if (code !== 0) throw new Error(stderr)
  return at
}
