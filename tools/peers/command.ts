import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What is missing of the commands that a peer needs, if anything. */
export function missingCommands(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`
}

/** The folder that peers are installed into; never committed. */
export const peerFolder: string = realFolder(fileURLToPath(new URL('../../.cache/', import.meta.url)))

/** The folder itself where it is a link: checkouts that share one then run the same servers. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder
}

/** Runs a command to its end and returns what it printed. Fails with its error output. */
export async function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs = 600_000,
): Promise<string> {
  try {
    const { stdout } = await run(command, [...args], { maxBuffer: 1 << 28, timeout: timeoutMs })
    return stdout
  } catch (error) {
    // Maven writes its errors to stdout.
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(
      `${command} ${args.slice(0, 3).join(' ')} failed:\n${`${stdout}${stderr}`.slice(-4_000)}`,
      {
        cause: error,
      },
    )
  }
}

/** Runs a command to its end with all that it prints shown on stderr. */
export async function runAloud(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, [...args], { stdio: ['ignore', 2, 2] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed`)
}
