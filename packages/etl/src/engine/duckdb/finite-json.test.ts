import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IdField } from '../contract.ts'
import { float64, int32, list, map, struct, text } from '../../plan/type.ts'
import { openDuckdb } from './index.ts'

const nested = (name: string, id: number, type: IdField['type']): IdField => ({
  id,
  name,
  type,
  nullable: true,
})
const schema: readonly IdField[] = [
  nested('id', 1, int32),
  nested('x', 2, float64),
  { ...nested('items', 3, list(float64)), nested: [nested('element', 6, float64)] },
  {
    ...nested('by_key', 4, map(text, float64)),
    nested: [nested('key', 7, text), nested('value', 8, float64)],
  },
  {
    ...nested('deep', 5, struct([{ name: 'a b', type: float64, nullable: true }])),
    nested: [nested('a b', 9, float64)],
  },
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'finite-json-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT * FROM (VALUES
        (1, 0.1, [1.5, 'nan'::DOUBLE], MAP {'k': 'inf'::DOUBLE}, {'a b': '-inf'::DOUBLE}),
        (2, 'nan'::DOUBLE, []::DOUBLE[], MAP {}::MAP(VARCHAR, DOUBLE), NULL),
        (3, 'inf'::DOUBLE, NULL, NULL, {'a b': NULL::DOUBLE}),
        (4, '-inf'::DOUBLE, [NULL, '-inf'::DOUBLE], MAP {'k': NULL, 'l': 'nan'::DOUBLE}, {'a b': 1e300}),
        (5, NULL, [1e-300], MAP {'k': '-0.0'::DOUBLE}, {'a b': 'nan'::DOUBLE})) t(id, x, items, by_key, deep))
      TO '${folder}/in.parquet' (FORMAT parquet, FIELD_IDS {id: 1, x: 2, items: {__duckdb_field_id: 3, element: 6},
        by_key: {__duckdb_field_id: 4, key: 7, value: 8}, deep: {__duckdb_field_id: 5, "a b": 9}})`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const expected = [
  { id: 1, x: 0.1, items: [1.5, 'NaN'], by_key: { k: 'Infinity' }, deep: { 'a b': '-Infinity' } },
  { id: 2, x: 'NaN', items: [], by_key: {}, deep: null },
  { id: 3, x: 'Infinity', items: null, by_key: null, deep: { 'a b': null } },
  {
    id: 4,
    x: '-Infinity',
    items: [null, '-Infinity'],
    by_key: { k: null, l: 'NaN' },
    deep: { 'a b': 1e300 },
  },
  { id: 5, x: null, items: [1e-300], by_key: { k: -0 }, deep: { 'a b': 'NaN' } },
]

async function exported(partitionBy: readonly string[]): Promise<readonly unknown[]> {
  await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 2 })
  const target = path.join(folder, partitionBy.length === 0 ? 'out.ndjson' : 'out')
  const files = [{ path: path.join(folder, 'in.parquet'), rows: 5, bytes: 1 }]
  await engine.export({
    plan: { kind: 'scan', input: 't', schema },
    inputs: new Map([['t', { kind: 'lake', files, schema }]]),
    format: 'ndjson',
    compression: 'none',
    target,
    partitionBy,
    overwrite: false,
    scratch: path.join(folder, 'scratch'),
  })
  const written =
    partitionBy.length === 0
      ? [target]
      : (await readdir(target, { recursive: true }))
          .filter((f) => f.endsWith('.ndjson'))
          .map((f) => path.join(target, f))
  const lines = await Promise.all(written.map((f) => readFile(f, 'utf8')))
  return lines.flatMap((l) =>
    l
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  )
}

test('NDJSON is valid JSON whatever the numbers, and none of them becomes null', async () => {
  const rows = (await exported([])) as { id: number }[]
  expect(rows.toSorted((a, b) => a.id - b.id)).toEqual(expected)
})

test('so it is in partitions', async () => {
  const rows = (await exported(['id'])) as { by_key: unknown }[]
  expect(rows).toHaveLength(5)
  for (const { id: _, ...row } of expected) expect(rows).toContainEqual(row)
})
