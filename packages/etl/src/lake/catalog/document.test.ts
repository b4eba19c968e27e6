import { expect, test } from 'vitest'
import {
  type CatalogDocument,
  emptyDocument,
  parseDocument,
  printDocument,
  withClaim,
  withMoves,
  withoutClaim,
} from './document.ts'

const create = (document: CatalogDocument, id: string, name: string): CatalogDocument =>
  withMoves(document, id, [{ name, from: undefined, to: `s3://b/${name}` }])

test('a document is read as it was printed, whatever the names', () => {
  const names = ['a.t', 'a.__proto__', 'ü.x y', 'a.constructor']
  const made = names.reduce((document, name) => create(document, `id of ${name}`, name), emptyDocument)
  const claimed = withClaim(made, 'claim', ['s3://b/f'])
  expect(parseDocument(printDocument(claimed), 'x')).toEqual({
    ...claimed,
    tables: new Map([...claimed.tables].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  })
})

test('pointers move in order, all or none', () => {
  const two = create(create(emptyDocument, '1', 'a.t'), '2', 'a.u')
  const swapped = withMoves(two, '3', [
    { name: 'a.t', from: 's3://b/a.t', to: undefined },
    { name: 'a.u', from: 's3://b/a.u', to: undefined },
    { name: 'a.u', from: undefined, to: 's3://b/a.t' },
    { name: 'a.t', from: undefined, to: 's3://b/a.u' },
  ])
  expect([...swapped.tables].map(([name, { metadata }]) => [name, metadata])).toEqual([
    ['a.u', 's3://b/a.t'],
    ['a.t', 's3://b/a.u'],
  ])
  expect([...swapped.receipts.keys()]).toEqual(['1', '2', '3'])
  const stale = { name: 'a.t', from: 's3://b/other', to: 's3://b/new' }
  expect(() => withMoves(two, '3', [stale])).toThrow(expect.objectContaining({ code: 'lake.conflict' }))
})

test('receipts are bounded, and the latest stay', () => {
  let document = emptyDocument
  for (let i = 0; i < 600; i++) document = withMoves(document, `id-${i}`, [])
  expect(document.receipts.size).toBe(256)
  expect(document.receipts.has('id-599')).toBe(true)
})

test('a removal is claimed until it has ended, and counted for good', () => {
  const claimed = withClaim(emptyDocument, 'a', ['s3://b/f'])
  const ended = withoutClaim(claimed, 'a')
  expect([ended?.removing.size, ended?.removals]).toEqual([0, 1])
  expect(withoutClaim(emptyDocument, 'a')).toBeUndefined()
})

test.for([
  '',
  'hello',
  'null',
  '[]',
  '{"version":1}',
  '{"version":1,"tables":{},"epochs":{},"receipts":{},"removing":3}',
])('a text that is no catalog is refused: %s', (text) => {
  expect(() => parseDocument(text, 's3://b/catalog.json')).toThrow(
    expect.objectContaining({ code: 'lake.corrupt' }),
  )
})
