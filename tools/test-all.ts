import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type Results, summarise } from './test-summary.ts'

const root = path.resolve(import.meta.dirname, '..')

/**
 * Runs every suite (or those that match the arguments), then names what could not run here and how to enable it. In CI a
 * suite that could not run counts as failed. The last line is `N passed, N failed`.
 */
function main(filters: readonly string[]): number {
  const report = path.join(root, '.cache', 'tests.json')
  mkdirSync(path.dirname(report), { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const run = spawnSync('npx', ['--no-install', 'vitest', 'run', ...reporters, ...filters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NO_COLOR: '1' },
  })
  const results = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Results) : undefined
  const summary = summarise(results, {
    root,
    inCi: process.env['CI'] === 'true',
    exitCode: run.status ?? 1,
  })
  for (const line of summary.lines) console.log(line)
  return summary.failed > 0 ? 1 : 0
}

process.exitCode = main(process.argv.slice(2))
