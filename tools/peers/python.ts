import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peerFolder, runAloud, runCommand } from './command.ts'

/**
 * Makes a Python environment of its own with exactly these packages, once, and returns the path of its interpreter.
 * Needs `python3` with venv, and PyPI on the first call. `aloud` shows on stderr how the installation goes.
 */
export async function pythonWith(name: string, packages: readonly string[], aloud = false): Promise<string> {
  const folder = join(peerFolder, name)
  const python = join(folder, 'bin', 'python')
  const marker = join(folder, 'packages.txt')
  const wanted = packages.join('\n')
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === wanted) return python
  await mkdir(peerFolder, { recursive: true })
  await runCommand('python3', ['-m', 'venv', folder])
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check']
  if (aloud) await runAloud(python, [...install, ...packages])
  else await runCommand(python, [...install, '--quiet', ...packages])
  await writeFile(marker, wanted)
  return python
}
