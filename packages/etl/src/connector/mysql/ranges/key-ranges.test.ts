import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dividedRange } from './key-ranges.ts'

test('ranges hold each number once, and are about as many as were asked for', () => {
  const ends = fc.tuple(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.bigInt({ min: 0n, max: 300_000n })),
  )
  fc.assert(
    fc.property(ends, fc.integer({ min: 1, max: 256 }), ([least, more], count) => {
      const ranges = dividedRange(least, least + more, BigInt(count))
      expect(ranges.length).toBeLessThanOrEqual(count)
      expect(ranges[0]?.[0]).toBe(least)
      expect(ranges.at(-1)?.[1]).toBe(least + more)
      for (const [i, [from, to]] of ranges.entries()) {
        expect(to >= from).toBe(true)
        if (i > 0) expect(from).toBe((ranges[i - 1]?.[1] ?? 0n) + 1n)
      }
    }),
  )
})
