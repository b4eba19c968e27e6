import path from 'node:path'

interface Assertion {
  readonly fullName: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled'
  readonly failureMessages?: readonly string[]
}

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly Assertion[]
  }[]
}

export interface Summary {
  readonly passed: number
  readonly failed: number
  /** What to print; the last line is `N passed, N failed`. */
  readonly lines: readonly string[]
}

/**
 * Sums up a run of all suites: a file that broke before its tests, tests that were not run in CI, a run that ended badly
 * though no test failed, and a run without tests all count as failures. `results` is undefined when vitest wrote none.
 */
export function summarise(
  results: Results | undefined,
  run: { readonly root: string; readonly inCi: boolean; readonly exitCode: number },
): Summary {
  const files = results?.testResults ?? []
  const all = files.flatMap((f) => f.assertionResults)
  const passed = all.filter((a) => a.status === 'passed').length
  // A file that failed before its first test (an import error, a failed hook) has no failed test to count.
  const broken = files.filter(
    (f) => f.status === 'failed' && !f.assertionResults.some((a) => a.status === 'failed'),
  )
  const notRun = files
    .filter((f) => !broken.includes(f))
    .flatMap((f) =>
      f.assertionResults
        .filter((a) => a.status !== 'passed' && a.status !== 'failed')
        .map((a) => `${path.relative(run.root, f.name)}: ${a.fullName}`),
    )
  const failures = files.flatMap((f) =>
    f.assertionResults
      .filter((a) => a.status === 'failed')
      .map((a) => {
        const [reason = ''] = a.failureMessages?.[0]?.split('\n') ?? []
        return `  ${path.relative(run.root, f.name)}: ${a.fullName}: ${reason}`
      }),
  )
  const counted =
    all.filter((a) => a.status === 'failed').length + broken.length + (run.inCi ? notRun.length : 0)
  const unexplained = counted === 0 && (run.exitCode !== 0 || passed === 0) ? 1 : 0
  const failed = counted + unexplained
  return {
    passed,
    failed,
    lines: [
      ...broken.map((f) => `could not start: ${path.relative(run.root, f.name)}\n${f.message}`),
      ...(failures.length === 0 ? [] : ['', 'Failed:', ...failures]),
      ...(notRun.length === 0
        ? []
        : [
            '',
            'Not run on this machine (`.ci/run` installs what they need):',
            ...notRun.map((n) => `  ${n}`),
          ]),
      ...(unexplained === 0
        ? []
        : [passed === 0 ? 'no test ran' : `vitest ended with code ${run.exitCode}; see above`]),
      `${passed} passed, ${failed} failed`,
    ],
  }
}
