import { expect, test } from 'vitest'
import { parseLinear, printLinear } from './linear.ts'

function printed(pattern: string): string {
  const parsed = parseLinear(pattern)
  return typeof parsed === 'string' ? `refused: ${parsed}` : printLinear(parsed.items, () => true)
}

test.each([
  ['a(b)c', 'a(?:b)c'],
  ['(?<x>a|b)', '(a|b)'],
  ["(?'x'a)(?P<y>b)", '(a)(b)'],
  ['(?>a+)b++c*+', '(?:a+)b+c*'],
  ['a{,3}b{2}?c{1,}', 'a{0,3}(?:b{2})?c{1,}'],
  [String.raw`\d\w\s\h\S`, String.raw`[0-9][0-9A-Za-z_][\t\n\v\f\r ][0-9A-Fa-f][^\t\n\v\f\r ]`],
  [String.raw`[[:alnum:]_-][^\]\h]`, String.raw`[0-9A-Za-z_\-][^\]0-9A-Fa-f]`],
  ['[]a][^]a]', String.raw`[\]a][^\]a]`],
  [String.raw`\x41\x{1F600}\t\/`, '\u0041😀\t/'],
  ['(?i:a)(?-i:b)(?m:c)', '(?i:a)(?-i:b)(?:c)'],
  ['a(?#remark)b', 'a(?:)b'],
  ['^a$', String.raw`\Aa\z`],
  ['{a}', String.raw`\{a\}`],
  ['a**', '(?:a*)*'],
])('%s is written for RE2', (pattern, text) => {
  expect(printed(pattern)).toBe(text)
})

test.each([
  ['a(?=b)', 'look-around'],
  ['a(?!b)', 'look-around'],
  ['(?<=a)b', 'look-around'],
  ['(?<!a)b', 'look-around'],
  [String.raw`(?<x>a)\1`, 'back references'],
  [String.raw`(?<x>a)\k<x>`, 'back references'],
  [String.raw`\p{L}`, 'not known'],
  [String.raw`\Q`, 'not known'],
  ['(?x)a', 'not known'],
  ['a(?i)b', 'not known'],
  ['a{2000}', 'at most to 1000'],
  ['*a', 'nothing to repeat'],
  ['(a', 'not closed'],
  ['a)', 'no "("'],
  ['[a', 'not closed'],
  ['[z-a]', 'go upwards'],
  ['[a[b]]', String.raw`"\["`],
  ['[a&&b]', '"&&"'],
  ['[[:nope:]]', String.raw`"\["`],
  ['a\\', 'ends with a backslash'],
  [String.raw`\xZZ`, 'hexadecimal'],
  [String.raw`\x{110000}`, 'no character'],
  ['('.repeat(300), 'deeper than 200'],
])('%s is refused', (pattern, sentence) => {
  expect(parseLinear(pattern)).toContain(sentence)
})

test('captures keep their names and order; only those asked for are groups', () => {
  const parsed = parseLinear('(?<a>x)(?:-|(?<[b][c]>y(?<a>z)))')
  if (typeof parsed === 'string') throw new Error(parsed)
  expect(parsed.captures).toEqual(['a', '[b][c]', 'a'])
  expect(printLinear(parsed.items, (c) => c === 2)).toBe('(?:x)(?:-|(?:y(z)))')
})

test('a choice of literals and one capture is known as such', () => {
  const choiceOf = (pattern: string): unknown => {
    const parsed = parseLinear(pattern)
    const item = typeof parsed === 'string' ? undefined : parsed.items[0]
    return item?.kind === 'other' ? item.choice : undefined
  }
  expect(choiceOf('(?:-|(?<a>[0-9]+))')).toEqual({ literals: ['-'], capture: 0, takesAll: false })
  expect(choiceOf('(?:-|--|(?<a>.*?))')).toEqual({ literals: ['-', '--'], capture: 0, takesAll: true })
  expect(choiceOf('(?:(?<a>[0-9]+)|-)')).toBeUndefined()
  expect(choiceOf('(?:none|(?<a>[0-9]+))')).toBeUndefined()
  expect(choiceOf('(?:-|(?<a>[0-9]+)x)')).toBeUndefined()
  expect(choiceOf('(?:-|(?<a>(?<b>[0-9]+)))')).toBeUndefined()
  expect(choiceOf('(?:-|(?<a>[0-9]+))?')).toBeUndefined()
})
