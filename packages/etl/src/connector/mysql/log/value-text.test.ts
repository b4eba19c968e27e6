import { expect, test } from 'vitest'
import { bitText, decimalText, doubleText, integerText } from './number-text.ts'
import { datetimeText, dateText, momentText, timeText, yearText } from './time-text.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

test('decimals keep every digit, of both signs', () => {
  // The examples of `decimal2bin` in strings/decimal.c: 1234567890.1234 as DECIMAL(14,4).
  expect(decimalText(hex('810dfb38d204d2'), 0, 14, 4)).toBe('1234567890.1234')
  expect(decimalText(hex('7ef204c72dfb2d'), 0, 14, 4)).toBe('-1234567890.1234')
  expect(decimalText(hex('80'), 0, 1, 1)).toBe('0.0')
})

test('integers and bits are exact at both ends', () => {
  expect(integerText(hex('ffffffffffffffff'), 0, 8, true)).toBe('18446744073709551615')
  expect(integerText(hex('0000000000000080'), 0, 8, false)).toBe('-9223372036854775808')
  expect(integerText(hex('000080'), 0, 3, false)).toBe('-8388608')
  expect(bitText(hex('ffffffffffffffff'), 0, 8)).toBe('18446744073709551615')
  expect(doubleText(-0)).toBe('-0')
})

test('times are as the server prints them, zero and negative ones too', () => {
  expect(dateText(hex('000000'), 0)).toBe('0000-00-00')
  expect(yearText(0)).toBe('0000')
  expect(datetimeText(hex('800000000000'), 0, 1)).toBe('0000-00-00 00:00:00.0')
  expect(timeText(hex('7fffff'), 0, 0)).toBe('-00:00:01')
  expect(timeText(hex('7ffffff6'), 0, 2)).toBe('-00:00:00.10')
  expect(momentText(0, 0, 0)).toBe('0000-00-00 00:00:00')
  expect(momentText(0, 100_000, 6)).toBe('1970-01-01 00:00:00.100000')
})
