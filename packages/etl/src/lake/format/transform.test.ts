import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Transform } from '../../engine/contract.ts'
import { murmur3 } from '../../base/murmur3.ts'
import { applyTransform, checkTransform, parseTransform, printTransform } from './transform.ts'
import { compareValues, parseValue, printValue } from './value.ts'

/** A bucket count so large that the bucket is the hash itself, less its sign. */
const all = 0x7fffffff

function apply(type: string, literal: string, transform: Transform): string {
  const value = applyTransform(transform, type, parseValue(type, literal))
  const result = transform.kind === 'truncate' || transform.kind === 'identity' ? type : 'int'
  return printValue(result, value)
}

describe('bucket', () => {
  // Iceberg specification, appendix B: 32-bit hash requirements.
  test.each([
    ['int', '34', 2017239379],
    ['long', '34', 2017239379],
    ['decimal(9, 2)', '14.20', -500754589],
    ['date', '2017-11-16', -653330422],
    ['time', '22:31:08.000000', -662762989],
    ['timestamp', '2017-11-16T22:31:08.000000', -2047944441],
    ['timestamp', '2017-11-16T22:31:08.000001', -1207196810],
    ['string', 'iceberg', 1210000089],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
    ['binary', '00010203', -188683207],
  ])('hashes %s %s as the specification says', (type, literal, hash) => {
    expect(apply(type, literal, { kind: 'bucket', count: all })).toBe(String((hash & all) % all))
  })

  test('hashes bytes of every tail length', () => {
    // Reference values of the canonical MurmurHash3_x86_32 with seed 0.
    expect(murmur3(Buffer.from(''))).toBe(0)
    expect(murmur3(Buffer.from('a'))).toBe(0x3c2569b2)
    expect(murmur3(Buffer.from('abc'))).toBe(0xb3dd93fa | 0)
    expect(murmur3(Buffer.from('hello'))).toBe(0x248bfa47)
  })
})

describe('dates', () => {
  // Iceberg specification, "Partition Transforms"; moments before 1970 round towards the past.
  test.each([
    ['date', '2017-12-01', 'year', '47'],
    ['date', '2017-12-01', 'month', '575'],
    ['date', '2017-12-01', 'day', '17501'],
    ['timestamp', '2017-12-01T10:30:55.038194', 'year', '47'],
    ['timestamp', '2017-12-01T10:30:55.038194', 'month', '575'],
    ['timestamp', '2017-12-01T10:30:55.038194', 'day', '17501'],
    ['timestamp', '2017-12-01T10:30:55.038194', 'hour', '420034'],
    ['timestamp', '1969-12-31T23:59:59.999999', 'year', '-1'],
    ['timestamp', '1969-12-31T23:59:59.999999', 'month', '-1'],
    ['timestamp', '1969-12-31T23:59:59.999999', 'day', '-1'],
    ['timestamp', '1969-12-31T23:59:59.999999', 'hour', '-1'],
    ['timestamp', '1970-01-01T00:00:00.000000', 'hour', '0'],
    ['date', '1969-01-01', 'month', '-12'],
    ['date', '1968-12-31', 'month', '-13'],
    ['date', '2024-02-29', 'day', '19782'],
  ] as const)('%s %s by %s is %s', (type, literal, kind, ordinal) => {
    expect(apply(type, literal, { kind })).toBe(ordinal)
  })
})

describe('truncate', () => {
  test.each([
    ['int', '1', 10, '0'],
    ['int', '-1', 10, '-10'],
    ['long', '-11', 10, '-20'],
    ['decimal(9, 2)', '10.65', 50, '10.50'],
    ['decimal(9, 2)', '-0.05', 50, '-0.50'],
    ['string', 'iceberg', 3, 'ice'],
    ['string', '👍👍👍', 2, '👍👍'],
    ['binary', '0102030405', 3, '010203'],
  ])('%s %s to %i is %s', (type, literal, width, result) => {
    expect(apply(type, literal, { kind: 'truncate', width })).toBe(result)
  })
})

test('keeps the order of timestamps under every transform that claims to', () => {
  const micros = fc.bigInt({ min: -62_000_000_000_000_000n, max: 250_000_000_000_000_000n })
  const kinds = fc.constantFrom('identity', 'year', 'month', 'day', 'hour' as const)
  fc.assert(
    fc.property(micros, micros, kinds, (a, b, kind) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      const transform = { kind } as Transform
      const [x, y] = [
        applyTransform(transform, 'timestamp', low),
        applyTransform(transform, 'timestamp', high),
      ]
      return compareValues(x, y) <= 0
    }),
  )
})

test('prints and reads transforms', () => {
  for (const name of ['identity', 'year', 'month', 'day', 'hour', 'bucket[16]', 'truncate[4]']) {
    const transform = parseTransform(name)
    expect(transform && printTransform(transform)).toBe(name)
  }
  expect(parseTransform('void')).toBeUndefined()
})

test('refuses transforms of columns they have no meaning for', () => {
  expect(() => checkTransform({ kind: 'hour' }, 'date', 'd')).toThrow('cannot be partitioned by hour')
  expect(() => checkTransform({ kind: 'bucket', count: 4 }, 'double', 'x')).toThrow('bucket[4]')
  expect(() => checkTransform({ kind: 'identity' }, undefined, 'list')).toThrow('a nested type')
  expect(() => checkTransform({ kind: 'truncate', width: 3 }, 'string', 's')).not.toThrow()
})
