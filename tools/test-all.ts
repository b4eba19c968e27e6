import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Assertion {
  readonly fullName: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled'
}

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly Assertion[]
  }[]
}

const root = path.resolve(import.meta.dirname, '..')
const inCi = process.env['CI'] === 'true'

/**
 * Runs every suite (or those that match the arguments), then names what could not run here and how to enable it. In CI a
 * suite that could not run counts as failed. The last line is `N passed, N failed`.
 */
function main(filters: readonly string[]): number {
  const report = path.join(root, '.cache', 'tests.json')
  mkdirSync(path.dirname(report), { recursive: true })
  const run = spawnSync(
    'npx',
    ['--no-install', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NO_COLOR: '1' } },
  )
  const results = JSON.parse(readFileSync(report, 'utf8')) as Results
  // A file that failed before its first test (an import error, a failed hook) has no failed test to count.
  const brokenFiles = results.testResults.filter(
    (f) => f.status === 'failed' && !f.assertionResults.some((a) => a.status === 'failed'),
  )
  const skipped = results.testResults.flatMap((f) =>
    f.assertionResults
      .filter((a) => a.status !== 'passed' && a.status !== 'failed')
      .map((a) => `${path.relative(root, f.name)}: ${a.fullName}`),
  )
  for (const file of brokenFiles) console.log(`could not start: ${path.relative(root, file.name)}\n${file.message}`)
  if (skipped.length > 0) {
    console.log('\nNot run on this machine (`.ci/run` installs what they need):')
    for (const name of skipped) console.log(`  ${name}`)
  }
  const failed = results.numFailedTests + brokenFiles.length + (inCi ? skipped.length : 0)
  const nothing = results.numPassedTests === 0
  if (nothing) console.log('no test ran')
  console.log(`${results.numPassedTests} passed, ${failed} failed`)
  return failed > 0 || nothing || (run.status ?? 1) !== 0 ? 1 : 0
}

process.exitCode = main(process.argv.slice(2))
