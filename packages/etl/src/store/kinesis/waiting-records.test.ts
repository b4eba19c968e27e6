import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordBytes, type StreamRecord, waitingRecords } from './waiting-records.ts'

const made = (keys: readonly string[]): readonly StreamRecord[] =>
  keys.map((key, n) => ({ key, data: Buffer.from(String(n)) }))

test('whatever fails, the records of a key arrive in their order, and no two of it are under way', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 })
  fc.assert(
    fc.property(keys, fc.infiniteStream(fc.nat(9)), fc.integer({ min: 1, max: 5 }), (of, dice, most) => {
      const records = made(of)
      const waiting = waitingRecords()
      for (const record of records) waiting.add(record)
      const underWay: StreamRecord[] = []
      const arrived: StreamRecord[] = []
      while (waiting.count > 0) {
        const taken = waiting.take(most, 1_000)
        expect(taken.length).toBeLessThanOrEqual(most)
        underWay.push(...taken)
        expect(new Set(underWay.map((r) => r.key)).size).toBe(underWay.length)
        const [one] = underWay.splice((dice.next().value ?? 0) % underWay.length, 1)
        if (one === undefined) throw new Error('nothing is under way, and something waits')
        const arrives = (dice.next().value ?? 0) < 7
        if (arrives) arrived.push(one)
        waiting.settle(one, arrives)
      }
      expect(waiting.bytes).toBe(0)
      const inOrder = (all: readonly StreamRecord[]): unknown =>
        Object.fromEntries(
          [...Map.groupBy(all, (r) => r.key)].map(([key, rs]) => [key, rs.map((r) => String(r.data))]),
        )
      expect(inOrder(arrived)).toEqual(inOrder(records))
    }),
  )
})

test('a call holds no more bytes than it may, but always a record', () => {
  const waiting = waitingRecords()
  const records = made(['a', 'b', 'c'])
  for (const record of records) waiting.add(record)
  expect(records.map(recordBytes)).toEqual([2, 2, 2])
  expect(waiting.take(500, 5)).toEqual(records.slice(0, 2))
  expect(waiting.take(500, 1)).toEqual(records.slice(2))
  expect(waiting.take(500, 5)).toEqual([])
})
