import fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { Node } from '../../plan/node.ts'
import { int64, type Schema } from '../../plan/type.ts'
import type { Progress, ScanBinding } from '../contract.ts'
import { openDuckdb } from './index.ts'
import { expectedStatements, progressMeter } from './progress-meter.ts'

test('the share never falls and stays within 0 and 1, whatever the statements report', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (expected, percents) => {
        const meter = progressMeter(expected)
        const shares = percents.map(meter)
        expect(shares).toEqual(shares.toSorted((a, b) => a - b))
        expect(shares.every((s) => s >= 0 && s <= 1)).toBe(true)
      },
    ),
  )
})

test('each expected statement takes its part', () => {
  const meter = progressMeter(3)
  const shares = [0, 50, 100, 0, 50, 100, 0, 100, 0, 100].map((p) => Math.round(meter(p) * 100))
  expect(shares).toEqual([0, 17, 33, 33, 50, 67, 67, 98, 98, 99])
})

const schema: Schema = [
  { name: 'id', type: int64, nullable: false },
  { name: 'k', type: int64, nullable: false },
]
const scan: Node = { kind: 'scan', input: 't', schema }
const dedupe: Node = {
  kind: 'dedupe',
  from: scan,
  by: ['k'],
  order: [
    {
      expression: { kind: 'column', name: 'id', type: int64, nullable: false },
      direction: 'asc',
      nulls: 'last',
    },
  ],
  schema,
}

test('statements are expected by the plan and where its rows come from', () => {
  const source = { kind: 'files', scan: { files: [], format: { kind: 'parquet' } } } as unknown as ScanBinding
  const lake: ScanBinding = { kind: 'lake', files: [], schema: [] }
  const of = (plan: Node, binding: ScanBinding) =>
    expectedStatements({ plan, inputs: new Map([['t', binding]]) })
  expect([of(scan, source), of(scan, lake), of(dedupe, lake), of(dedupe, source)]).toEqual([1, 1, 2, 3])
})

test('a search for duplicates and the write after it are one progress', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'progress-'))
  const file = path.join(folder, 'in.parquet')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT i AS id, i // 2 AS k FROM range(2500000) t(i)) TO '${file}' (FORMAT parquet, FIELD_IDS {id: 1, k: 2})`,
  )
  const fields = schema.map((f, i) => ({ ...f, id: i + 1 }))
  const seen: Progress[] = []
  await using engine = openDuckdb({ memoryLimitBytes: 1e9, threads: 1 })
  await engine.materialise({
    plan: dedupe,
    inputs: new Map([
      ['t', { kind: 'lake', files: [{ path: file, rows: 2.5e6, bytes: 1e8 }], schema: fields }],
    ]),
    primary: 't',
    schema: fields,
    partition: [],
    folder: path.join(folder, 'out'),
    rejectFolder: path.join(folder, 'rejects'),
    scratch: path.join(folder, 'scratch'),
    functions: new Map(),
    targetFileBytes: 2 ** 27,
    onProgress: (p) => seen.push(p),
  })
  await rm(folder, { recursive: true, force: true })
  const shares = seen.map((p) => p.share)
  expect(shares.length).toBeGreaterThan(0)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
})
