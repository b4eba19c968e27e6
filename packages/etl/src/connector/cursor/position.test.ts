import { expect, test } from 'vitest'
import { advanced, type CursorPosition, decodePosition, encodePosition } from './position.ts'

const at = (n: number, upper: string): { at: bigint; upper: string } => ({ at: BigInt(n), upper })

test('an open transaction holds the lower bound at the last moment before it began', () => {
  const first = advanced(undefined, [at(10, 'a'), at(12, 'b')], 'b', 11n)
  expect(first).toEqual({ upper: 'b', lower: 'a', passed: [at(10, 'a'), at(12, 'b')] })
  const held = advanced(first, [at(20, 'c'), at(22, 'd')], 'd', 13n)
  expect(held).toMatchObject({ upper: 'd', lower: 'b' })
  expect(advanced(held, [at(30, 'e'), at(32, 'f')], 'f', 13n)).toMatchObject({ upper: 'f', lower: 'b' })
  expect(advanced(held, [at(30, 'e'), at(32, 'f')], 'f', 31n)).toEqual({
    upper: 'f',
    lower: 'e',
    passed: [at(30, 'e'), at(32, 'f')],
  })
})

test('a transaction older than all that is known may write any value', () => {
  expect(advanced(undefined, [at(10, 'a')], 'a', 5n).lower).toBeNull()
})

test('positions do not grow, however long a transaction is open', () => {
  let position: CursorPosition = advanced(undefined, [at(1, '0')], '0', 2n)
  for (let n = 0; n < 10_000; n++) position = advanced(position, [at(10 + n, String(n))], String(n), 5n)
  expect(position.lower).toBe('0')
  const text = encodePosition(position)
  expect(text.length).toBeLessThan(4_000)
  expect(decodePosition(text)).toEqual(position)
  expect(() => decodePosition('{')).toThrow(expect.objectContaining({ code: 'source.position-lost' }))
})

test('where there were only rows without a value, the first ones to have one may have any', () => {
  const none = advanced(undefined, [], null, 5n)
  expect(decodePosition(encodePosition(none))).toEqual({ upper: null, lower: null, passed: [] })
  expect(advanced(none, [at(10, 'a')], 'a', 9n)).toEqual({ upper: 'a', lower: null, passed: [at(10, 'a')] })
})
