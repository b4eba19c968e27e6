import { expect, test } from 'vitest'
import { field, int64 } from '../../plan/type.ts'
import { createMetadata } from '../commit/edit.ts'
import { parseMetadata, printMetadata } from './metadata-codec.ts'

const table = createMetadata({ name: 'a.b', schema: [field('id', int64)], partition: [] }, 'file:///lake/a/b')
const snapshot = {
  'snapshot-id': 8744736658442914487n,
  'sequence-number': 1,
  'timestamp-ms': 1,
  summary: { operation: 'append' },
  'manifest-list': 'file:///lake/a/b/metadata/snap-1.avro',
}

test('snapshot ids keep all 64 bits', () => {
  const text = printMetadata({
    ...table,
    snapshots: [snapshot],
    'current-snapshot-id': snapshot['snapshot-id'],
  })
  expect(text).toContain('"snapshot-id":8744736658442914487')
  const read = parseMetadata(text, 'x')
  expect(read['current-snapshot-id']).toBe(8744736658442914487n)
  expect(read.snapshots[0]?.['snapshot-id']).toBe(8744736658442914487n)
  expect(read.refs['main']).toEqual({ 'snapshot-id': 8744736658442914487n, type: 'branch' })
  expect(printMetadata(parseMetadata(printMetadata(read), 'x'))).toBe(printMetadata(read))
})

test('a table without snapshots has no current one, however it is written', () => {
  const text = printMetadata(table)
  expect(
    parseMetadata(text.replace('{', '{"current-snapshot-id":-1,'), 'x')['current-snapshot-id'],
  ).toBeUndefined()
  expect(
    parseMetadata(text.replace('{', '{"current-snapshot-id":null,'), 'x')['current-snapshot-id'],
  ).toBeUndefined()
})

test('refuses text that is no metadata and versions it does not know', () => {
  expect(() => parseMetadata('{', 'there.json')).toThrow('there.json is not JSON')
  expect(() => parseMetadata('{"format-version":3}', 'there.json')).toThrow('format version 3')
})
