import { expect, test } from 'vitest'
import { namedError } from './failure.ts'

const waited = { message: 'Exception thrown in awaitResult: ', cause_idx: 1 }
const executed = { message: 'java.util.concurrent.ExecutionException', cause_idx: 2 }
const overflow = {
  message: '[CAST_OVERFLOW] The value Infinity …',
  spark_throwable: { error_class: 'CAST_OVERFLOW', sql_state: '22003' },
}

test('of a chain of causes the first one with an error class is told', () => {
  expect(namedError({ root_error_idx: 0, errors: [waited, executed, overflow] })).toBe(overflow)
  expect(namedError({ root_error_idx: 2, errors: [waited, executed, overflow] })).toBe(overflow)
})

test('without an error class anywhere the outermost failure is told, also in a circle', () => {
  expect(namedError({ root_error_idx: 0, errors: [waited, { ...executed, cause_idx: 0 }] })).toBe(waited)
  expect(namedError({ errors: [waited] })).toBe(waited)
  expect(namedError(undefined)).toBeUndefined()
})
