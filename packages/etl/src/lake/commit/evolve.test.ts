import { describe, expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import * as t from '../../plan/type.ts'
import { widens } from './evolve.ts'

test('columns keep their ids through add, rename, widen, relax and drop', async () => {
  await using at = await temporaryLake()
  const first = await at.lake.begin()
  first.create({
    name: 'a.t',
    schema: [
      t.field('id', t.int32, false),
      t.field('small', t.int8),
      t.field('price', t.decimal(9, 2)),
      t.field('doc', t.json),
    ],
    partition: [],
  })
  await first.commit()
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.append('a.t', [{ ...(await writeRows(at.lake, 'a.t', ['1'])), partition: [] }], {})
  const changed = tx.evolve('a.t', [
    { kind: 'widen', name: 'id', type: t.int64 },
    { kind: 'widen', name: 'small', type: t.int16 },
    { kind: 'widen', name: 'price', type: t.decimal(18, 2) },
    { kind: 'relax', name: 'id' },
    { kind: 'rename', from: 'price', to: 'unit_price' },
    { kind: 'drop', name: 'doc' },
    { kind: 'add', name: 'doc', type: t.list(t.json), nullable: true },
  ])
  await tx.commit()
  const table = await at.lake.load('a.t')
  expect(table?.schema).toEqual(changed)
  expect(changed.map((f) => [f.id, f.name, t.typeName(f.type), f.nullable])).toEqual([
    [1, 'id', 'int64', true],
    [2, 'small', 'int16', true],
    [3, 'unit_price', 'decimal(18,2)', true],
    [5, 'doc', 'list<json>', true],
  ])
  expect(changed[3]?.nested?.[0]?.id).toBe(6)
  const then = table?.schemaAt({ snapshot: table.current?.id ?? 0n })
  expect(then?.map((f) => [f.id, f.name, f.type.kind])).toEqual([
    [1, 'id', 'int32'],
    [2, 'small', 'int16'],
    [3, 'price', 'decimal'],
    [4, 'doc', 'json'],
  ])
})

describe('refuses', () => {
  test('changes that could lose or reinterpret values', async () => {
    await using at = await temporaryLake()
    const first = await at.lake.begin({ dataFiles: 'exists' })
    first.create({ name: 'a.t', ...rowTable })
    first.append('a.t', [await writeRows(at.lake, 'a.t', ['1'])], {})
    await first.commit()
    const tx = await at.lake.begin()
    const unsafe = expect.objectContaining({ code: 'lake.unsafe-change' })
    const evolve =
      (...changes: Parameters<typeof tx.evolve>[1]) =>
      () =>
        tx.evolve('a.t', changes)
    expect(evolve({ kind: 'widen', name: 'id', type: t.int32 })).toThrow(unsafe)
    expect(evolve({ kind: 'widen', name: 'region', type: t.json })).toThrow(unsafe)
    expect(evolve({ kind: 'drop', name: 'region' })).toThrow(unsafe)
    expect(evolve({ kind: 'add', name: 'x', type: t.text, nullable: false })).toThrow(unsafe)
    expect(evolve({ kind: 'add', name: 'ID', type: t.text, nullable: true })).toThrow(unsafe)
    expect(evolve({ kind: 'rename', from: 'id', to: 'Region' })).toThrow(unsafe)
    expect(evolve({ kind: 'drop', name: 'none' })).toThrow(unsafe)
  })

  test.each([
    ['int8', t.int8, t.int64, true],
    ['int64 to int32', t.int64, t.int32, false],
    ['decimal scale', t.decimal(9, 2), t.decimal(18, 3), false],
    ['decimal precision', t.decimal(9, 2), t.decimal(8, 2), false],
    ['uint64 to decimal', t.uint64, t.decimal(38, 0), true],
    ['uint64 to int64', t.uint64, t.int64, false],
    ['int to text', t.int32, t.text, false],
    ['date to timestamp', t.date, t.timestamp, false],
  ] as const)('or allows %s', (_, from, to, allowed) => {
    expect(widens(from, to)).toBe(allowed)
  })
})

test('a new partition applies to new files; old files keep theirs and are still pruned', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin({ dataFiles: 'exists' })
  tx.create({ name: 'a.t', ...rowTable })
  tx.append(
    'a.t',
    [await writeRows(at.lake, 'a.t', ['1'], 'EU'), await writeRows(at.lake, 'a.t', ['2'], 'NA')],
    {},
  )
  const byRegion = rowTable.partition
  tx.setPartition('a.t', [{ name: 'id_bucket', column: 'id', transform: { kind: 'bucket', count: 4 } }])
  tx.append('a.t', [{ ...(await writeRows(at.lake, 'a.t', ['3'])), partition: ['2'] }], {})
  tx.evolve('a.t', [{ kind: 'rename', from: 'id', to: 'key' }])
  await tx.commit()
  const table = await at.lake.load('a.t')
  expect(table?.partition).toEqual([
    { name: 'id_bucket', column: 'key', transform: { kind: 'bucket', count: 4 } },
  ])
  const eu = [{ column: 'region', op: '=', values: ['EU'] }] as const
  // The file of the new spec says nothing about regions and stays.
  expect(await readRows(await table?.files({ filters: eu }))).toEqual(['1', '3'])
  const back = await at.lake.begin()
  back.setPartition('a.t', byRegion)
  await back.commit()
  expect((await at.lake.load('a.t'))?.partition).toEqual(byRegion)
  expect(new Set((await table?.files())?.map((f) => f.specId))).toEqual(new Set([0, 1]))
})

test('refuses partitions that have no meaning', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  const bad =
    (name: string, column: string, kind: 'identity' | 'hour'): (() => unknown) =>
    () =>
      tx.create({ name: 'a.t', schema: rowTable.schema, partition: [{ name, column, transform: { kind } }] })
  const invalid = expect.objectContaining({ code: 'lake.invalid' })
  expect(bad('x', 'none', 'identity')).toThrow(invalid)
  expect(bad('x', 'region', 'hour')).toThrow(invalid)
  expect(bad('id', 'region', 'identity')).toThrow(invalid)
})
