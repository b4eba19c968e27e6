import { expect, test } from 'vitest'
import { parseTimeFormat, timeFormatRegex, type TimeTarget } from './time-format.ts'

test.each<[string, TimeTarget, string]>([
  ['yy-MM-dd', 'date', 'two-digit years'],
  ['YYYY-MM-DD', 'date', '"YYYY" is not a token'],
  ['yyyy-MM-ddTHH:mm', 'timestamp', '"T" is not a token'],
  ['yyyy-MM', 'date', 'does not name the day'],
  ['yyyy-MM-dd HH', 'timestamp', 'names the hour and not the minute'],
  ['yyyy-MM-dd HH:ss', 'timestamp', 'names the second and not the minute'],
  ['yyyy-MM-dd mm:ss', 'timestamp', 'names the minute and not the hour'],
  ['yyyy-MM-dd hh:mm', 'timestamp', 'need "a"'],
  ['yyyy-MM-dd HH:mm a', 'timestamp', 'need'],
  ['yyyy-MM-dd HH:mm', 'date', 'a date does not have'],
  ['yyyy HH:mm', 'time', 'a time does not have'],
  ['yyyy-MM-dd MMM', 'date', 'names the month twice'],
  ['yyyy-MM-ddXXX HH:mm', 'timestamp', 'must stand last'],
  ['dMyyyy', 'date', 'where it ends is not known'],
  ["d'1'M yyyy", 'date', 'where it ends is not known'],
  ["yyyy-MM-dd'T", 'date', 'opened and not closed'],
  ['', 'date', 'does not name the year'],
  ['epoch_s', 'date', 'reads timestamps only'],
])('refuses "%s" for a %s', (format, target, sentence) => {
  expect(parseTimeFormat(format, target, 'read')).toContain(sentence)
})

test('knows the lengths of what a format matches', () => {
  expect(parseTimeFormat("d MMM yyyy 'à' H:mmXXX", 'timestamp', 'read')).toMatchObject({
    minBytes: 19,
    maxBytes: 26,
  })
})

test('the guard takes exactly the texts of the format', () => {
  const format = parseTimeFormat('dd.MM.yyyy HH:mm', 'timestamp', 'read')
  if (typeof format === 'string') throw new Error(format)
  const guard = new RegExp(`^${timeFormatRegex(format)}$`, 'u')
  expect(['31.12.2024 23:59', '01.01.0001 00:00', '10.10.9990 10:00'].every((t) => guard.test(t))).toBe(true)
  const wrong = [
    '32.12.2024 23:59',
    '31.13.2024 23:59',
    '31.12.0000 23:59',
    '31.12.2024 24:00',
    '31x12.2024 23:59',
  ]
  expect(wrong.filter((t) => guard.test(t))).toEqual([])
})
