import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frame, maxMessageBytes, unframer } from './frame.ts'

test('messages come out whole, however the bytes are cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(frame))
      const reader = unframer()
      const received: Uint8Array[] = []
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = cuts[n % cuts.length] ?? 1
        received.push(...reader.push(bytes.subarray(at, at + size)))
        at += size
      }
      expect(received.map((m) => Buffer.from(m).toString('hex'))).toEqual(
        sent.map((m) => Buffer.from(m).toString('hex')),
      )
      expect(reader.pending).toBe(0)
    }),
  )
})

test('a message that has not ended is told', () => {
  const reader = unframer()
  expect(reader.push(frame(new Uint8Array(10)).subarray(0, 9))).toEqual([])
  expect(reader.pending).toBeGreaterThan(0)
})

test('a compressed message and one beyond the limit are refused', () => {
  expect(() => unframer().push(Buffer.from([1, 0, 0, 0, 1, 0]))).toThrow(/compressed/)
  const huge = Buffer.alloc(5)
  huge.writeUInt32BE(maxMessageBytes + 1, 1)
  expect(() => unframer().push(huge)).toThrow(/at most/)
})
