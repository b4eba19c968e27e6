import { spawn } from 'node:child_process'
import path from 'node:path'
import type { Place } from './place.ts'

/** The command ended early: it failed, or a person stopped it. */
export class Stopped extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * Runs the built `securecart` and returns what it printed on stdout; its progress goes to the terminal. Ctrl-C reaches
 * the command too, which then ends in order; this process waits for it. `secrets` are added to its environment.
 */
export async function runSecurecart(
  place: Pick<Place, 'root'>,
  args: readonly string[],
  secrets: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = path.join(place.root, 'packages', 'etl', 'bin', 'securecart.js')
  const child = spawn(process.execPath, [program, ...args], {
    cwd: place.root,
    env: { ...process.env, ...secrets },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let interrupted = false
  const note = (): void => {
    interrupted = true
  }
  process.on('SIGINT', note)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve(exitCode ?? 1))
  })
  process.off('SIGINT', note)
  if (interrupted)
    throw new Stopped('Stopped. What was published stays; `npm start` goes on from there.', 130)
  const output = Buffer.concat(chunks).toString('utf8')
  // A failed run has a report to show.
  if (code !== 0 && !output.trimStart().startsWith('{')) {
    throw new Stopped(`securecart ${args[0]} ended with code ${code}`, code)
  }
  return output
}
