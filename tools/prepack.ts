import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const built = path.join(root, 'packages', 'etl', 'dist')
const sources = path.join(root, 'packages', 'etl', 'src')

/** Whether a built file stands for a source that is still there. */
function isCurrent(file: string): boolean {
  const source = file.replace(/(\.d\.ts|\.js)$/, '.ts')
  return source === file || (existsSync(path.join(sources, source)) && !/\.test(-d)?\.ts$/.test(source))
}

/** Builds the package that `npm pack` is about to pack; what is left of sources that are gone is removed. */
function main(): number {
  const build = spawnSync('npx', ['--no-install', 'tsc', '-b', 'packages/etl'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (build.status !== 0) return build.status ?? 1
  for (const file of readdirSync(built, { recursive: true })) {
    const name = String(file)
    if (statSync(path.join(built, name)).isFile() && !isCurrent(name)) rmSync(path.join(built, name))
  }
  return 0
}

process.exitCode = main()
