import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Message, decode, encode } from './codec.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('messages are written as protobuf says', () => {
  // Plan { root { sql { query: "x" } } }: fields 1, 10, 1, each length-delimited.
  expect(hex(encode('Plan', { root: { sql: { query: 'x' } } }))).toBe(
    '0a05520301'.replace('0301', '030a0178'),
  )
  // int64 -1 takes ten bytes.
  expect(hex(encode('RelationCommon', { plan_id: -1n }))).toBe('10ffffffffffffffffff01')
  expect(hex(encode('ReattachOptions', { reattachable: true }))).toBe('0801')
  expect(hex(encode('Empty', {}))).toBe('')
})

test('fields that the table does not list are skipped, of any wire type', () => {
  const known = encode('KeyValue', { key: 'k' })
  // Field 100 as varint, 64 bit, bytes, group, 32 bit.
  const unknown = Buffer.from('a00601a1060000000000000000a20602aaaaa3060801a406a50600000000', 'hex')
  expect(decode('KeyValue', Buffer.concat([unknown, known, unknown]))).toEqual({ key: 'k' })
})

test('a message that is cut is refused', () => {
  const whole = encode('KeyValue', { key: 'some key', value: 'v' })
  expect(() => decode('KeyValue', whole.subarray(0, 4))).toThrow()
})

const literal: fc.Arbitrary<Message<'Expression.Literal'>> = fc.oneof(
  fc.record({ long: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  fc.record({ integer: fc.integer() }),
  fc.record({ double: fc.double() }),
  fc.record({ string: fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed()) }),
  fc.record({ binary: fc.uint8Array() }),
  fc.record({ boolean: fc.boolean() }),
  fc.record({ decimal: fc.record({ value: fc.string(), precision: fc.nat(38), scale: fc.nat(38) }) }),
)

test('what is written is read again', () => {
  const message = fc.record({
    name: fc.string(),
    values: fc.array(literal, { minLength: 1 }),
    keys: fc.array(fc.string(), { minLength: 1 }),
  })
  fc.assert(
    fc.property(message, (metrics) => {
      const read = decode(
        'ExecutePlanResponse',
        encode('ExecutePlanResponse', { observed_metrics: [metrics] }),
      )
      expect(read).toEqual({ observed_metrics: [metrics] })
    }),
  )
})
