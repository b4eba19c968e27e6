import { expect, test } from 'vitest'
import { paceOf } from './pace.ts'

test('what is consumed is paid by those that come later; unused time is not saved up', async () => {
  let nowMs = 0
  const waits: number[] = []
  const clock = {
    nowMs: () => nowMs,
    wait: (ms: number) => {
      waits.push(ms)
      nowMs += ms
      return Promise.resolve()
    },
  }
  const pace = paceOf(10, clock)
  await pace.turn()
  pace.consumed(25)
  await Promise.all([pace.turn(), pace.turn()])
  expect(waits).toEqual([2_500])
  nowMs += 60_000
  pace.consumed(5)
  pace.consumed(5)
  await pace.turn()
  expect(waits).toEqual([2_500, 1_000])
})
