// Plain JavaScript, because it runs before anything is installed, on Node 20 or newer.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = path.join(root, 'node_modules', '.bin')

/** The Node 24 that the dev dependency brings. */
export const node = path.join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')

const environment = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` }

/**
 * Runs a script under Node 24 in the place of this process: it gets the signals that this one gets, and this one ends as it
 * does. Ctrl-C reaches both by itself.
 */
export function handOver(args) {
  const child = spawn(node, args, { stdio: 'inherit', cwd: root, env: environment })
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    throw error
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}

/** Runs a command with its output shown; ends the process with the command's code when it fails. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    cwd: root,
    ...options,
    env: { ...environment, ...options.env },
  })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Installs what the lock file names, unless that was done before, and builds the package. */
export function setUp() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = path.join(root, 'node_modules', '.cache', 'installed')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    console.error('Installing dependencies …')
    must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    mkdirSync(path.dirname(stamp), { recursive: true })
    writeFileSync(stamp, lock)
  }
  must('npx', ['--no-install', 'tsc', '-b', 'packages/etl'])
}
