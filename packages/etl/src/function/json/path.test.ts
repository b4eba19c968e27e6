import { expect, test } from 'vitest'
import { parseJsonPath } from './path.ts'

test.each<[string, readonly (string | number)[]]>([
  ['$', []],
  ['$.a', ['a']],
  ['$.a_1.B[0][12]', ['a_1', 'B', 0, 12]],
  ['$."unit price".x', ['unit price', 'x']],
  ['$."é.😀[0]"', ['é.😀[0]']],
  ['$[0]."0"', [0, '0']],
])('reads %s', (path, steps) => {
  expect(parseJsonPath(path)).toEqual(steps)
})

test.each([
  '',
  'a',
  '.a',
  '$a',
  '$.',
  '$..a',
  '$.*',
  '$[*]',
  '$[-1]',
  '$[01]',
  '$.a b',
  '$."a',
  '$."a\\"b"',
  '$[?(@.a)]',
])('refuses "%s"', (path) => {
  expect(parseJsonPath(path)).toBe(`the path "${path}" is not of the form $.name[0]."other name"`)
})

test.each(['$."*"', '$." a"', `$."it's.x"`, '$."a?[0]"'])('refuses %s, which Spark cannot name', (path) => {
  expect(parseJsonPath(path)).toContain('names a member that Spark cannot')
})

test.each(['$."*a"', '$."a "', `$."it's"`, '$."a?"', '$."a.b[0]"'])('takes %s', (path) => {
  expect(parseJsonPath(path)).toHaveLength(1)
})
