import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { peerFolder, runCommand } from './command.ts'
import { holdLock } from './server-lock.ts'

/** Installs a package that only tests need, once, outside the project's own dependencies. Returns its folder. */
export async function npmPackage(name: string, version: string): Promise<string> {
  const folder = path.join(peerFolder, `${name}-${version}`)
  const installed = path.join(folder, 'node_modules', name)
  await mkdir(folder, { recursive: true })
  using _ = await holdLock(path.join(folder, 'install.lock'))
  if (!existsSync(installed)) {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
    await runCommand('npm', ['install', '--prefix', folder, ...options, `${name}@${version}`])
  }
  return installed
}
