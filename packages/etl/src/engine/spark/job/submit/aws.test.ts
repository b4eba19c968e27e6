import { expect, test } from 'vitest'
import { awsFailure, kindOf } from './aws.ts'

const failure = (name: string, httpStatusCode?: number) => ({
  name,
  message: 'why',
  $metadata: { httpStatusCode },
})

test.each([
  ['ThrottlingException', 400, 'throttled'],
  ['Anything', 429, 'throttled'],
  ['ConcurrentRunsExceededException', 400, 'busy'],
  ['AccessDeniedException', 403, 'denied'],
  ['CredentialsProviderError', undefined, 'denied'],
  ['EntityNotFoundException', 400, 'missing'],
  ['ValidationException', 400, 'refused'],
  ['InternalServerException', 500, 'unknown'],
  ['TimeoutError', undefined, 'unknown'],
])('%s with status %s is %s', (name, status, kind) => {
  expect(kindOf(failure(name, status))).toBe(kind)
})

test('a failed call is told with what was done, the words of the service and what to do', () => {
  expect(awsFailure(failure('EntityNotFoundException', 400), 'starting')).toMatchObject({
    code: 'engine.job-refused',
    message: 'starting failed: why [EntityNotFoundException]',
    hint: expect.stringContaining('region'),
  })
})
