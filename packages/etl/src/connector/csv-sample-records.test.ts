import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSample, type SampleSyntax } from './csv-sample-records.ts'

const usual: SampleSyntax = { delimiter: ',', quote: '"', escape: '"', comment: null, trim: false }

test('well-formed records are those that csv-parse reads, with any line end', () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'é', '日', '1', '"', ',', '\n', ' ', '🛒') }),
    fc.constant(''),
  )
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), (records, end, closed) => {
      const written = records.map((r) => r.map((c) => `"${c.replaceAll('"', '""')}"`).join(','))
      const text = written.join(end) + (closed ? end : '')
      expect(readSample(text, usual, 100).records).toEqual(parse(text, { relax_column_count: true }))
    }),
  )
})

test('a sample may end within a quoted field', () => {
  expect(readSample('a,b\n1,"x\ny"\n2,"cut\nhere', usual, 100)).toEqual({
    records: [
      ['a', 'b'],
      ['1', 'x\ny'],
    ],
    lines: [1, 3],
  })
})

test('a quote that is opened and never closed breaks one record and not those after it', () => {
  const many = '2,y\n'.repeat(50_000)
  const { records, lines } = readSample(`a,b\n1,"x\n${many}`, usual, 4)
  expect(records).toEqual([['a', 'b'], [], ['2', 'y'], ['2', 'y']])
  expect(lines).toEqual([1, 2, 3, 4])
})

test('comments and empty lines are no records, but lines', () => {
  const { records, lines } = readSample('# x\n\na,b\n#1,2\n1,é\n', { ...usual, comment: '#' }, 100)
  expect(records).toEqual([
    ['a', 'b'],
    ['1', 'é'],
  ])
  expect(lines).toEqual([3, 5])
})
