import { expect, test } from 'vitest'
import { parseLinear } from '../../function/regex/linear.ts'
import { grok } from '../grok.ts'
import { type Columns, int32, list, text } from '../column.ts'
import { expandGrok } from './expand.ts'
import { grokLibrary } from './library.ts'

const expanded = (pattern: string, definitions?: Record<string, string>): string =>
  expandGrok(pattern, definitions).regex

test('references become groups, captures named ones', () => {
  const definitions = { A: 'a+', B: '%{A:inner}b' }
  expect(expanded('%{A} %{B:outer}', definitions)).toBe('(?:a+) (?<outer>(?<inner>a+)b)')
  expect(expandGrok('%{A:[http][bytes]:int} %{A:x:float}', definitions)).toEqual({
    regex: '(?<[http][bytes]>a+) (?<x>a+)',
    types: new Map([
      ['[http][bytes]', 'int'],
      ['x', 'float'],
    ]),
  })
})

test('own definitions come before those of the library', () => {
  expect(expanded('%{WORD}', { WORD: 'w' })).toBe('(?:w)')
  expect(expanded('%{HOUR}')).toBe('(?:(?:2[0123]|[01]?[0-9]))')
})

test.each([
  ['%{NOPE}', {}, 'there is no grok definition NOPE'],
  ['%{toString}', {}, 'there is no grok definition toString'],
  ['%{A}', { A: '%{B}', B: 'x%{A}' }, 'contains itself: A → B → A'],
  ['%{WORD:a:money}', {}, 'none of the types'],
  ['%{WORD', {}, 'is no reference'],
  ['%{WO-RD}', {}, 'is no reference'],
  [
    '%{A}',
    Object.fromEntries([...'ABCDEFGH'].map((c, i) => [c, `%{${'BCDEFGHI'[i]}}`.repeat(9)])),
    'grok definition I',
  ],
  [
    '%{A}',
    { I: 'x', ...Object.fromEntries([...'ABCDEFGH'].map((c, i) => [c, `%{${'BCDEFGHI'[i]}}`.repeat(9)])) },
    'expands to more than',
  ],
])('%s is refused', (pattern, definitions, sentence) => {
  expect(() => expandGrok(pattern, definitions as Record<string, string>)).toThrow(sentence)
})

test('every definition of the library can be run without backtracking', () => {
  const names = [...grokLibrary().keys()]
  expect(names.length).toBeGreaterThan(120)
  for (const name of names) expect(typeof parseLinear(expanded(`%{${name}}`)), name).toBe('object')
})

test.each([
  [{ pattern: [], columns: { a: text() } }, 'at least one pattern'],
  [{ pattern: '%{WORD:a}', columns: { b: text() } }, 'no pattern captures "b"'],
  [{ pattern: '%{WORD:a}', columns: { a: list(text()) } }, 'no form for list'],
  [{ pattern: '(?=a)%{WORD:a}', columns: { a: text() } }, 'look-around'],
  [
    { pattern: '%{WORD:a}', definitions: { 'A B': 'x' }, columns: { a: text() } },
    'is no name of a grok definition',
  ],
  [{ pattern: '%{WORD:a}', columns: { a: text() }, multiline: {} }, 'either `start` or `continuation`'],
  [{ pattern: '%{WORD:a}', columns: { a: text() }, multiline: { start: 'a', maxLines: 0 } }, 'maxLines is 0'],
  [
    { pattern: '%{WORD:a}', columns: { a: text() }, multiline: { start: 'a', maxBytes: 2 ** 30 } },
    'maxBytes',
  ],
] as const)('%o is refused', (options, sentence) => {
  expect(() => grok<Columns>('x.log', options)).toThrow(sentence)
})

test('anchors around a pattern are taken off, others kept', () => {
  const regexOf = (pattern: string): unknown => {
    const { format } = grok('x.log', { pattern, columns: { a: int32() } })
    return format.kind === 'grok' ? format.patterns[0]?.regex : undefined
  }
  expect(regexOf('^(?<a>x)$')).toBe('(?<a>x)')
  expect(regexOf(String.raw`\A(?<a>x)\Z`)).toBe('(?<a>x)')
  expect(regexOf(String.raw`(?<a>x)\$`)).toBe(String.raw`(?<a>x)\$`)
  expect(regexOf(String.raw`(?<a>x)\\$`)).toBe(String.raw`(?<a>x)\\`)
})
