import { expect, test } from 'vitest'
import { javaPattern, javaReplacement, parseRegex, parseReplacement } from './pattern.ts'

test.each([
  ['a(?=b)', 'only "(?:" is allowed'],
  ['(?<n>a)', 'only "(?:" is allowed'],
  ['(?i)a', 'only "(?:" is allowed'],
  ['(a)\\1', 'back references'],
  ['\\p{L}', 'Unicode classes'],
  ['\\bword', 'word boundaries'],
  ['\\x41', 'different things'],
  ['a**', 'cannot follow another'],
  ['a++', 'cannot follow another'],
  ['a{1,300}', 'at most to 255'],
  ['a{3,2}', 'count upwards'],
  ['a{x}', 'must be escaped'],
  ['*a', 'nothing to repeat'],
  ['^*', 'nothing to repeat'],
  ['(a', 'not closed'],
  ['a)', 'no "("'],
  ['()', 'group is empty'],
  ['a||b', 'must not be empty'],
  ['a|', 'alternative is empty'],
  ['[a', 'not closed'],
  ['[]a]', 'must not be empty'],
  ['[z-a]', 'go upwards'],
  ['[[:alpha:]]', 'inside a class'],
  ['[\\W]', 'different things'],
  ['a\\', 'ends with a backslash'],
])('refuses %s', (pattern, sentence) => {
  expect(parseRegex(pattern)).toContain(sentence)
})

test.each([
  ['.', '[^\\n]', 0, false],
  ['\\d+\\s', '[0-9]+[\\t\\n\\v\\f\\r ]', 0, false],
  ['[\\d.&-]', '[0-9\\.\\&\\-]', 0, false],
  ['\\\\&', '\\\\&', 0, false],
  ['(a)(?:b|c)?(d)*?', '(a)(?:b|c)?(d)*?', 2, false],
  ['a*', 'a*', 0, true],
  ['', '', 0, true],
])('rewrites %s', (pattern, text, groups, matchesEmpty) => {
  expect(parseRegex(pattern)).toEqual({ text, groups, matchesEmpty, repeatsEmpty: false })
})

test('replacements name groups by $n and nothing else is special', () => {
  expect(parseReplacement('$1-$0 $$5 \\1 é', 1)).toEqual({ re2: '\\1-\\0 $5 \\\\1 é' })
  expect(parseReplacement('$2', 1)).toContain('names group 2 and the pattern has 1')
  expect(parseReplacement('5$', 0)).toContain('"$$"')
})

test.each([
  ['(a?)+', true],
  ['(?:a|b*)*c', true],
  ['(?:a?(?:b?){2})', true],
  ['(?:a?)?b', false],
  ['(?:a|bc*)*', false],
  ['a?b*', false],
])('%s repeats what may be empty: %s', (pattern, repeatsEmpty) => {
  expect(parseRegex(pattern)).toMatchObject({ repeatsEmpty })
})

test('Java gets the end of the text and the vertical tab by other names', () => {
  expect(javaPattern(String.raw`^[\$\v]\\v\$$|a$`)).toBe(String.raw`^[\$\x0B]\\v\$\z|a\z`)
})

test('a digit behind a group stays a digit in Java', () => {
  expect(javaReplacement('$1-$05$$\\1', 0)).toBe(String.raw`$1-$0\5\$\\1`)
  expect(javaReplacement('$0$12', 2)).toBe(String.raw`$2$3\2`)
})
