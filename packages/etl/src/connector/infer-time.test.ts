import { expect, test } from 'vitest'
import { guessTime } from './infer-time.ts'

/** Texts of one layout each, whose days past the 12th leave no doubt, and the layouts by hand. */
const cases: readonly (readonly [readonly string[], string])[] = [
  [['2024-01-31', '2024-12-01'], 'yyyy-MM-dd'],
  [['31.01.2024', '01.12.2024'], 'dd.MM.yyyy'],
  [['1/31/2024', '12/1/2024'], 'M/d/yyyy'],
  [['31-Jan-2024', '01-DEC-2024'], 'dd-MMM-yyyy'],
  [['3 Jan 2024', '31 mar 2024'], 'd MMM yyyy'],
  [['2024-01-31 07:05', '2024-01-31 23:59'], 'yyyy-MM-dd HH:mm'],
  [['31/01/2024 7:05:09', '31/01/2024 17:05:09'], 'dd/MM/yyyy H:mm:ss'],
  [['2024-01-31T07:05:09.123456'], "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"],
  [['2024-01-31T07:05:09Z', '2024-01-31T07:05:09-03:30'], "yyyy-MM-dd'T'HH:mm:ssXXX"],
  [['2024-01-31 07:05:09.123+02:00'], 'yyyy-MM-dd HH:mm:ss.SSSXXX'],
  [['7:05', '17:05'], 'H:mm'],
  [['07:05:09.123'], 'HH:mm:ss.SSS'],
]

test.each(cases)('%j is read by %s', (values, format) => {
  expect(guessTime(values)).toMatchObject({ formats: [format] })
})

test('a mixture names the layouts that read it, the most frequent first', () => {
  const iso = Array.from({ length: 5 }, (_, i) => `2024-01-2${i} 07:05:09`)
  const short = Array.from({ length: 3 }, (_, i) => `2${i}/01/2024 07:05`)
  const zoned = ['2024-01-31T07:05:09Z']
  expect(guessTime([...iso, ...short, ...zoned])).toEqual({
    kind: 'timestamp',
    formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm', "yyyy-MM-dd'T'HH:mm:ssXXX"],
  })
})

test.each([['2024-13-01'], ['2024-01-31 24:00'], ['31-ſep-2024'], ['2024-01-31T07:05:09+2:00'], ['n/a']])(
  '%s is no time',
  (value) => expect(guessTime(['2024-01-31', value])).toBeUndefined(),
)

test('days and months that may be exchanged are ambiguous', () => {
  expect(guessTime(['01/02/2024', '03/04/2024'])).toMatchObject({ kind: 'ambiguous' })
})
