import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeValue,
  encodeValue,
  fromTwosComplement,
  truncateLower,
  truncateUpper,
  twosComplement,
} from './single-value.ts'
import { compareValues, parseValue, printValue, tryParseValue } from './value.ts'
import type { Value } from './value.ts'

// Iceberg specification, appendix D: binary single-value serialization.
const bounds: readonly (readonly [string, string, string])[] = [
  ['boolean', 'true', '01'],
  ['int', '34', '22000000'],
  ['int', '-2147483648', '00000080'],
  ['long', '-1', 'ffffffffffffffff'],
  ['double', '1', '000000000000f03f'],
  ['date', '1970-01-02', '01000000'],
  ['date', '1969-12-31', 'ffffffff'],
  ['time', '00:00:01.000000', '40420f0000000000'],
  ['timestamp', '1970-01-01T00:00:00.000001', '0100000000000000'],
  ['string', 'ä€', 'c3a4e282ac'],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
  ['binary', '00ff', '00ff'],
  ['decimal(9, 2)', '14.20', '058c'],
  ['decimal(9, 2)', '-0.01', 'ff'],
  ['decimal(9, 2)', '1.28', '0080'],
  ['decimal(38, 10)', '0.0000000000', '00'],
]

describe('bounds', () => {
  test.each(bounds)('%s %s', (type, literal, hex) => {
    const bytes = encodeValue(type, parseValue(type, literal))
    expect(bytes.toString('hex')).toBe(hex)
    expect(printValue(type, decodeValue(type, bytes))).toBe(literal)
  })

  test('of an int read as the long it was widened to', () => {
    expect(decodeValue('long', Buffer.from('ffffffff', 'hex'))).toBe(-1n)
  })

  test('two’s complement is minimal and exact for every integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }), (n) => {
        const bytes = twosComplement(n)
        const shorter = bytes.length > 1 && BigInt.asIntN((bytes.length - 1) * 8, n) === n
        return fromTwosComplement(bytes) === n && !shorter && fromTwosComplement(twosComplement(n, 16)) === n
      }),
    )
  })

  test('truncated text encloses the value and takes at most 16 code points', () => {
    const texts = fc.string({ unit: 'binary', minLength: 0, maxLength: 40 }).filter((s) => s.isWellFormed())
    fc.assert(
      fc.property(texts, (text) => {
        const value = Buffer.from(text)
        const [lower, upper] = [truncateLower('string', value), truncateUpper('string', value)]
        const short = (bytes: Buffer): boolean => Array.from(bytes.toString()).length <= 16
        if (compareValues(lower, value) > 0 || !short(lower)) return false
        return upper === undefined || (compareValues(upper, value) >= 0 && short(upper))
      }),
    )
  })

  test('an upper bound that cannot be raised is left out', () => {
    expect(truncateUpper('string', Buffer.from('\u{10ffff}'.repeat(17)))).toBeUndefined()
    expect(truncateUpper('binary', Buffer.alloc(17, 0xff))).toBeUndefined()
    expect(truncateUpper('string', Buffer.from(`${'a'.repeat(15)}\ud7ffz`))?.toString()).toBe(
      `${'a'.repeat(15)}\ue000`,
    )
    expect(truncateUpper('binary', Buffer.alloc(17, 1))?.at(-1)).toBe(2)
  })
})

describe('canonical text', () => {
  test.each([
    ['timestamp', '-000001-12-31T23:59:59.999999'],
    ['timestamp', '9999-12-31T23:59:59.999999'],
    ['timestamp', '0001-01-01T00:00:00.000000'],
    ['date', '+012024-02-29'],
    ['decimal(38, 10)', '-9999999999999999999999999999.9999999999'],
    ['long', '-9223372036854775808'],
    ['string', ''],
  ])('%s %s comes back', (type, literal) => {
    expect(printValue(type, parseValue(type, literal))).toBe(literal)
  })

  test('refuses what is no value of the type', () => {
    const bad: readonly (readonly [string, string])[] = [
      ['int', '1.5'],
      ['boolean', 'yes'],
      ['decimal(9, 2)', '1.234'],
      ['date', '01/02/2024'],
      ['uuid', 'f79c'],
      ['double', 'abc'],
      ['timestamp', 'yesterday'],
    ]
    for (const [type, literal] of bad) {
      expect(tryParseValue(type, literal)).toBeUndefined()
      expect(() => parseValue(type, literal)).toThrow(literal)
    }
  })

  test('orders values as their type does', () => {
    const sorted = (type: string, ...literals: string[]): void => {
      const values = literals.map((literal): Value => parseValue(type, literal))
      values.slice(1).forEach((value, i) => expect(compareValues(values[i] as Value, value)).toBeLessThan(0))
    }
    sorted('string', '', 'Z', 'a', 'ä', '\uffff', '😀')
    sorted('double', '-inf', '-1', '0', '1e300', 'inf', 'nan')
    sorted('decimal(38, 2)', '-10.00', '-9.99', '0.00', '9.99', '10.00')
    sorted(
      'timestamp',
      '1969-12-31T23:59:59.999999',
      '1970-01-01T00:00:00.000000',
      '2262-04-12T00:00:00.000000',
    )
  })
})
