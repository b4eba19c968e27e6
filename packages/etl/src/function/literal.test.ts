import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimal, type LogicalType } from '../plan/type.ts'
import { decimalShape, literalFor, literalOf, plainNumber } from './literal.ts'

const valueOf = (literal: ReturnType<typeof literalOf>): unknown =>
  typeof literal === 'string' ? undefined : literal.value

test('numbers are written without an exponent and read back equal', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
      const plain = plainNumber(n)
      expect(plain).toMatch(/^-?\d+(\.\d+)?$/)
      expect(Number(plain)).toBe(n === 0 ? 0 : n)
    }),
    { verbose: 1 },
  )
  expect([plainNumber(1e21), plainNumber(1.5e-7), plainNumber(0.1), plainNumber(10n ** 20n)]).toEqual([
    '1000000000000000000000',
    '0.00000015',
    '0.1',
    '100000000000000000000',
  ])
  expect([plainNumber(Number.NaN), plainNumber(Infinity)]).toEqual([undefined, undefined])
})

test('decimals are exact or refused', () => {
  expect(valueOf(literalOf(0.1, decimal(3, 2)))).toBe('0.10')
  expect(valueOf(literalOf('12.30', decimal(3, 1)))).toBe('12.3')
  expect(literalOf(0.125, decimal(3, 2))).toBe('0.125 is no value of decimal(3,2)')
  expect(literalOf(100, decimal(3, 1))).toBe('100 is no value of decimal(3,1)')
  expect(decimalShape('0.019')).toEqual(decimal(3, 3))
  expect(decimalShape('-120')).toEqual(decimal(3, 0))
})

test('values outside a type are refused in a sentence', () => {
  const of = (kind: string): LogicalType => ({ kind }) as LogicalType
  expect(literalOf(128, of('int8'))).toBe('128 is no value of int8')
  expect(literalOf(-1, of('uint64'))).toBe('-1 is no value of uint64')
  expect(literalOf('2024-02-30', of('date'))).toBe('"2024-02-30" is no value of date')
  expect(literalOf('2024-01-01 24:00:00', of('timestamp'))).toBe(
    '"2024-01-01 24:00:00" is no value of timestamp',
  )
  expect(literalOf(true, of('text'))).toBe('true is no value of text')
  expect(valueOf(literalOf(new Date('2024-01-01T10:00:00.5Z'), of('timestamp')))).toBe(
    '2024-01-01T10:00:00.500000',
  )
  expect(valueOf(literalOf(new Date('2024-01-01'), of('date')))).toBe('2024-01-01')
  expect(valueOf(literalOf(new Uint8Array([1, 255]), of('bytes')))).toBe('01ff')
  expect(valueOf(literalOf(['a', null], { kind: 'list', element: of('text') }))).toEqual(['a', null])
})

test('a literal takes the type of its peer, a decimal keeps its own digits', () => {
  const numbers = ['int64', 'decimal', 'float64'] as const
  expect(literalFor(2, numbers, decimal(18, 3))).toMatchObject({ type: decimal(1, 0), value: '2' })
  expect(literalFor(2, numbers, { kind: 'float64' })).toMatchObject({ type: { kind: 'float64' }, value: '2' })
  expect(literalFor(2.5, numbers, { kind: 'int64' })).toMatchObject({ type: decimal(2, 1), value: '2.5' })
  expect(literalFor('2024-01-31', ['text', 'date'], { kind: 'date' })).toMatchObject({
    type: { kind: 'date' },
  })
  expect(literalFor(null, ['text', 'int64'], { kind: 'int64' })).toMatchObject({
    type: { kind: 'int64' },
    value: null,
  })
  expect(literalFor('x', ['int64'])).toBe('"x" fits none of int64')
})
