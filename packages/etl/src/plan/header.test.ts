import { expect, test } from 'vitest'
import { headerNames } from './header.ts'

test('every header gets a name of its own', () => {
  expect(headerNames(['a', '', 'b', 'a', ' ', '__proto__'])).toEqual([
    'a_1',
    'column_2',
    'b',
    'a_2',
    'column_5',
    '__proto__',
  ])
})
