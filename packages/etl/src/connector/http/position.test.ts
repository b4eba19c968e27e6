import { expect, test } from 'vitest'
import { decodePosition, encodePosition } from './position.ts'

test('a position survives the ledger with all its digits', () => {
  const position = { seen: 2n ** 64n - 1n, since: -(2n ** 63n) }
  expect(decodePosition(encodePosition(position))).toEqual(position)
  expect(decodePosition('')).toBeUndefined()
  expect(decodePosition(undefined)).toBeUndefined()
})

test.each([
  'x',
  '{}',
  '{"version":2,"seen":"1","since":"1"}',
  '{"version":1,"seen":"a","since":"1"}',
  'null',
])('%s is no position', (text) =>
  expect(() => decodePosition(text)).toThrow(expect.objectContaining({ code: 'source.position-lost' })),
)
