import { expect, test } from 'vitest'
import { float64, json, list } from '../../packages/etl/src/plan/type.ts'
import { sameValue } from './equal.ts'

test.each([
  ['1', '1.0000000000001', true],
  ['1', '1.00001', false],
  ['0', '-0', true],
  ['NaN', 'NaN', true],
  ['NaN', '0', false],
  ['Infinity', 'Infinity', true],
  ['Infinity', '-Infinity', false],
  ['Infinity', '5', false],
  ['1e308', '-Infinity', false],
])('the floats %s and %s', (a, b, same) => {
  expect(sameValue(a, b, float64)).toBe(same)
  expect(sameValue([a], [b], list(float64))).toBe(same)
})

test('NULL is no value, and JSON is its content', () => {
  expect(sameValue(null, '0', float64)).toBe(false)
  expect(sameValue(null, null, float64)).toBe(true)
  expect(sameValue('{"a":1,"b":2}', '{"b": 2, "a": 1}', json)).toBe(true)
  expect(sameValue('{"a":1}', '{"a":1.5}', json)).toBe(false)
})
