import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from './line-splitter.ts'

async function split(chunks: readonly string[]): Promise<readonly string[]> {
  const bytes = chunks.map((c) => Buffer.from(c))
  const lines: string[] = []
  for await (const line of linesOf(ReadableStream.from(bytes))) lines.push(line.toString())
  return lines
}

test('lines are the same however the bytes come', async () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', 'ü'), maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(40), fc.nat(40), async (text, i, j) => {
      const [from, to] = [Math.min(i, j), Math.max(i, j)]
      const wanted = text.split('\n')
      if (wanted.at(-1) === '') wanted.pop()
      expect(await split([text.slice(0, from), text.slice(from, to), text.slice(to)])).toEqual(wanted)
    }),
  )
})

test('only a line feed ends a line', async () => {
  expect(await split(['a\u2028b\rc\r\nd', '\u2029\n\n'])).toEqual(['a\u2028b\rc\r', 'd\u2029', ''])
})
