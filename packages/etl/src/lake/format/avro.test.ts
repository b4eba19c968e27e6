import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { exactLong, openAvro, writeAvro } from './avro.ts'
import type { AvroSchema } from './avro.ts'
import { projection } from './avro-projection.ts'
import { readManifest } from './manifest.ts'
import { avroName, manifestSchema } from './manifest-schema.ts'

const schema: AvroSchema = {
  type: 'record',
  name: 'manifest_entry',
  fields: [
    { name: 'snapshot_id', type: ['null', exactLong], default: null, 'field-id': 1 },
    { name: 'sequence', type: 'long', 'field-id': 3 },
    { name: 'text', type: 'string', 'field-id': 4 },
  ],
}
const rows = Array.from({ length: 2_500 }, (_, i) => ({
  snapshot_id: i % 3 === 0 ? null : 2n ** 62n + BigInt(i),
  sequence: i,
  text: `row ${i}`,
}))

describe('container files', () => {
  test('keep 64-bit ids and every record over several blocks', () => {
    const file = openAvro(writeAvro(schema, rows, { 'format-version': '2' }), 'here')
    expect(file.metadata.get('format-version')).toBe('2')
    expect(file.metadata.get('avro.schema')).toContain('"field-id":3')
    expect(file.metadata.get('avro.schema')).not.toContain('exact')
    const read = file.records(projection(new Set())) as typeof rows
    expect(read.map((r) => [r.snapshot_id, r.sequence, r.text])).toEqual(
      rows.map((r) => [r.snapshot_id, r.sequence, r.text]),
    )
  })

  test('are read without the fields that are not wanted', () => {
    const [first] = openAvro(writeAvro(schema, rows, {}), 'here').records(projection(new Set([3, 4])))
    expect(Object.keys(first as object)).toEqual(['snapshot_id'])
  })

  test('are read by avsc’s own decoder', async () => {
    const decoder = new avsc.streams.BlockDecoder()
    const seen: unknown[] = []
    const small = rows.slice(0, 10).map((r) => ({ ...r, snapshot_id: null }))
    decoder.on('data', (record: { text: string }) => seen.push(record.text))
    const ended = new Promise((resolve) => decoder.on('end', resolve))
    decoder.end(writeAvro(schema, small, {}))
    await ended
    expect(seen).toEqual(small.map((r) => r.text))
  })

  test('with an unknown codec are refused', () => {
    const bytes = writeAvro(schema, rows.slice(0, 1), {})
    const other = Buffer.from(bytes.toString('latin1').replace('deflate', 'zstdxxx'), 'latin1')
    expect(() => openAvro(other, 'here').records(projection(new Set()))).toThrow('Avro codec zstdxxx')
  })
})

test('partition names that Avro does not allow are written as Iceberg writes them', () => {
  expect(avroName('region')).toBe('region')
  expect(avroName('9 lives-ü')).toBe('_9_x20lives_x2D_xFC')
})

test('a manifest’s partition values are read by field id, whatever the name', () => {
  const spec = [
    {
      fieldId: 1000,
      sourceId: 1,
      name: 'a b',
      transform: { kind: 'identity' },
      sourceType: 'long',
      resultType: 'long',
    },
  ] as const
  const file = {
    content: 0,
    file_path: 'file:///x',
    file_format: 'PARQUET',
    partition: { a_x20b: 2n ** 60n },
    record_count: 1,
    file_size_in_bytes: 1,
    column_sizes: null,
    value_counts: null,
    null_value_counts: null,
    nan_value_counts: null,
    lower_bounds: null,
    upper_bounds: null,
    key_metadata: null,
    split_offsets: null,
    equality_ids: null,
    sort_order_id: 0,
  }
  const entry = {
    status: 1,
    snapshot_id: 5n,
    sequence_number: null,
    file_sequence_number: null,
    data_file: file,
  }
  const bytes = writeAvro(manifestSchema(spec), [entry], {})
  const [read] = readManifest(bytes, 'here', spec, 'all')
  expect(read).toMatchObject({
    status: 'added',
    snapshotId: 5n,
    file: { partition: [(2n ** 60n).toString()] },
  })
})
