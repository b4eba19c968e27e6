import fc from 'fast-check'
import { expect, test } from 'vitest'
import { permutation } from './permutation.ts'
import { streamKey } from './random.ts'

test('a permutation hits every index once and can be followed back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (size, key) => {
      const { forward, backward } = permutation(size, key)
      const images = Array.from({ length: size }, (_, index) => forward(index))
      expect(new Set(images).size).toBe(size)
      expect(images.every((image) => image >= 0 && image < size)).toBe(true)
      expect(images.map(backward)).toEqual(images.map((_, index) => index))
    }),
  )
})

test('a large permutation can be followed back exactly', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 74_999_999 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      (index, key) => {
        const { forward, backward } = permutation(75_000_000, key)
        expect(backward(forward(index))).toBe(index)
      },
    ),
  )
})

test('numbers and their decimal texts give the same key, streams different ones', () => {
  expect(streamKey(7, 'a')).toBe(streamKey('7', 'a'))
  expect(streamKey(7, 'a')).not.toBe(streamKey(7, 'b'))
  expect(streamKey(7, 'a')).not.toBe(streamKey(8, 'a'))
})
