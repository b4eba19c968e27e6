import { expect, test } from 'vitest'
import type { SparkStep } from '../session.ts'
import { jobOf } from './manifest.ts'
import { readReport } from './report.ts'

const schema = { type: 'struct', fields: [] } as const
const steps: readonly SparkStep[] = [
  { kind: 'view', view: { name: 'v', schema, files: ['file:///a'] } },
  { kind: 'rows', sql: 'SELECT 1', doing: 'checking', stops: true },
  {
    kind: 'write',
    write: { sql: 'SELECT 2', schema, partitionBy: [], folder: 'file:///b' },
    doing: 'writing',
  },
  { kind: 'rows', sql: 'SELECT 3', doing: 'counting', stops: false, unlessWritten: 5 },
]
const job = jobOf(steps, { a: 'b' })
const whole = {
  version: 1,
  id: job.manifest.id,
  sha256: job.sha256,
  spark: '4.1.4',
  outcome: 'done',
  steps: [{}, { rows: [] }, { written: 5 }, { skipped: true }],
}
const read = (report: unknown): unknown => readReport(JSON.stringify(report), job, 'the job')

test('a manifest holds the steps in order under an id, and its text is what the hash is of', () => {
  expect(JSON.parse(job.text)).toEqual(job.manifest)
  expect(job.manifest).toMatchObject({ version: 1, settings: { a: 'b' } })
  expect(job.manifest.steps.map((s) => [s.do, s.doing])).toEqual([
    ['view', 'reading lake files'],
    ['rows', 'checking'],
    ['write', 'writing'],
    ['rows', 'counting'],
  ])
  expect(jobOf(steps, {}).manifest.id).not.toBe(job.manifest.id)
})

test('a report of every step is believed, one that stopped or failed as far as it goes', () => {
  expect(read(whole)).toEqual(whole)
  const stopped = { ...whole, outcome: 'stopped', steps: [{}, { rows: [['x']] }] }
  expect(read(stopped)).toEqual(stopped)
  const failed = { ...whole, outcome: 'failed', steps: [{}], error: { message: 'no' } }
  expect(read(failed)).toEqual(failed)
})

test.each([
  ['of another job', { ...whole, id: 'other' }],
  ['of another manifest', { ...whole, sha256: 'other' }],
  ['of another version', { ...whole, version: 2 }],
  ['with a step too few', { ...whole, steps: whole.steps.slice(1) }],
  ['without the rows of a write', { ...whole, steps: [{}, { rows: [] }, {}, { skipped: true }] }],
  [
    'that skipped what may not be skipped',
    { ...whole, steps: [{}, { skipped: true }, { written: 5 }, { rows: [] }] },
  ],
  ['that failed without words', { ...whole, outcome: 'failed' }],
  ['without an outcome', { ...whole, outcome: undefined }],
])('a report %s is no success', (_, report) => {
  expect(() => read(report)).toThrow(expect.objectContaining({ code: 'engine.job-lost' }))
})

test('a report that is cut off is no success', () => {
  const cut = JSON.stringify(whole).slice(0, -3)
  expect(() => readReport(cut, job, 'the job')).toThrow(expect.objectContaining({ code: 'engine.job-lost' }))
})
