import { expect, test } from 'vitest'
import { emrServerless, glue, sparkSubmit } from './declare.ts'

const role = 'arn:aws:iam::123456789012:role/etl'

test('declarations are frozen values', () => {
  const job = emrServerless({ application: '00fabc', role, staging: 's3://bucket/jobs' })
  expect(job).toEqual({
    kind: 'spark-job',
    service: 'emr-serverless',
    application: '00fabc',
    role,
    staging: 's3://bucket/jobs',
  })
  expect(Object.isFrozen(job)).toBe(true)
  expect(sparkSubmit()).toEqual({ kind: 'spark-job', service: 'spark-submit' })
})

test.each([
  ['a place that is not in S3', () => glue({ job: 'j', staging: '/tmp' })],
  ['a job without a name', () => glue({ job: '', staging: 's3://b' })],
  ['workers without their type', () => glue({ job: 'j', staging: 's3://b', workers: 2 })],
  ['an ARN for an id', () => emrServerless({ application: 'arn:aws:emr', role, staging: 's3://b' })],
  ['a role that is no ARN', () => emrServerless({ application: '00f', role: 'etl', staging: 's3://b' })],
  ['no time at all', () => sparkSubmit({ timeoutMinutes: 0 })],
  ['looks without a pause', () => glue({ job: 'j', staging: 's3://b', pollMs: 1 })],
])('%s is refused', (_, declare) => {
  expect(declare).toThrow(expect.objectContaining({ code: 'config.invalid' }))
})
