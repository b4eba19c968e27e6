import { expect, test } from 'vitest'
import { type Results, summarise } from './test-summary.ts'

type Status = Results['testResults'][number]['assertionResults'][number]['status']

const file = (name: string, status: string, ...tests: readonly Status[]): Results['testResults'][number] => ({
  name: `/root/${name}`,
  status,
  message: 'cannot import',
  assertionResults: tests.map((s, i) => ({
    fullName: `test ${i}`,
    status: s,
    ...(s === 'failed' ? { failureMessages: ['expected 1 to be 2\n  at x.ts'] } : {}),
  })),
})
const at = { root: '/root', inCi: false, exitCode: 0 }

test('a run counts what passed and failed', () => {
  const results = { testResults: [file('a', 'passed', 'passed', 'passed'), file('b', 'failed', 'failed')] }
  const summary = summarise(results, { ...at, exitCode: 1 })
  expect(summary).toMatchObject({ passed: 2, failed: 1 })
  expect(summary.lines).toContain('  b: test 0: expected 1 to be 2')
})

test('what could not run is named, and is a failure in CI', () => {
  const results = { testResults: [file('a', 'passed', 'passed', 'skipped')] }
  expect(summarise(results, at)).toMatchObject({ passed: 1, failed: 0 })
  expect(summarise(results, at).lines).toContain('  a: test 1')
  expect(summarise(results, { ...at, inCi: true })).toMatchObject({ passed: 1, failed: 1 })
})

test('a file that breaks before its tests is one failure, not a test that lacks something', () => {
  const results = { testResults: [file('a', 'passed', 'passed'), file('b', 'failed', 'skipped', 'skipped')] }
  const { failed, lines } = summarise(results, { ...at, exitCode: 1 })
  expect(failed).toBe(1)
  expect(lines.join('\n')).toContain('could not start: b\ncannot import')
  expect(lines.join('\n')).not.toContain('Not run')
})

test('no results, no tests and a bad end without a failed test are failures', () => {
  expect(summarise(undefined, { ...at, exitCode: 1 })).toMatchObject({ passed: 0, failed: 1 })
  expect(summarise({ testResults: [] }, at)).toMatchObject({ passed: 0, failed: 1 })
  const results = { testResults: [file('a', 'passed', 'passed')] }
  expect(summarise(results, { ...at, exitCode: 1 }).lines.at(-1)).toBe('1 passed, 1 failed')
})
