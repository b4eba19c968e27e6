import { expect, test } from 'vitest'
import { retryAfterMs } from './failure.ts'
import { nextLink } from './paginate.ts'

const now = Date.parse('2024-06-01T12:00:00Z')

test.each<[string | undefined, number | undefined]>([
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7000],
  ['-1', undefined],
  ['1.5', undefined],
  ['99999999999999999999', undefined],
  ['Sat, 01 Jun 2024 12:00:30 GMT', 30_000],
  ['Saturday, 01-Jun-24 12:00:30 GMT', 30_000],
  ['Sat Jun  1 12:00:30 2024', undefined],
  ['Sat, 01 Jun 2024 11:00:00 GMT', 0],
  ['2024-06-01T12:00:30Z', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms))

test.each<[string | undefined, string | undefined]>([
  ['<https://a/?p=2>; rel="next"', 'https://a/?p=2'],
  ['<https://a/?p=1>; rel="prev", <https://a/?p=3>; rel="next"', 'https://a/?p=3'],
  ['<?p=2>;rel=next', '?p=2'],
  ['<?p=2>; REL="last Next"', '?p=2'],
  ['<?p=2,3;x>; title="a; rel=\\"next\\", <b>"; rel="prev"', undefined],
  ['<?p=2,3;x>; title="a, <b>"; rel="next"', '?p=2,3;x'],
  ['<?p=2>; rel="nextish"', undefined],
  ['<?p=2>', undefined],
  ['', undefined],
  [undefined, undefined],
])('Link: %s', (header, next) => expect(nextLink(header)).toBe(next))

test('a header that tries to take long does not', () => {
  const started = performance.now()
  for (const bad of [
    '<a>; '.repeat(20_000),
    `<a>${'; a=b'.repeat(20_000)}`,
    `<a>; a="${'\\"'.repeat(50_000)}`,
    '<'.repeat(100_000),
  ])
    nextLink(bad)
  expect(performance.now() - started).toBeLessThan(1000)
})
