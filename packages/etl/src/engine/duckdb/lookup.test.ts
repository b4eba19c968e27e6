import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { Expression } from '../../plan/expression.ts'
import type { JoinNode } from '../../plan/node.ts'
import { int64, text } from '../../plan/type.ts'
import type { MaterialiseResult } from '../contract.ts'
import { openDuckdb } from './index.ts'

const column = (name: string): Expression => ({ kind: 'column', name, type: int64, nullable: true })
const left = [{ id: 1, name: 'x', type: int64, nullable: true }]
const right = [
  { id: 1, name: 'lo', type: int64, nullable: true },
  { id: 2, name: 'hi', type: int64, nullable: true },
  { id: 3, name: 'label', type: text, nullable: true },
]
const schema = [...left, right[2]].map((f, i) => ({
  ...f,
  id: i + 1,
  name: f?.name ?? '',
  type: f?.type ?? text,
  nullable: true,
}))

const join = (inclusive: boolean): JoinNode => ({
  kind: 'join',
  type: 'lookup',
  left: { kind: 'scan', input: 'values', schema: left },
  right: { kind: 'scan', input: 'ranges', schema: right },
  on: [],
  range: { left: column('x'), from: column('lo'), to: column('hi'), toInclusive: inclusive },
  keepRight: [{ column: 'label', as: 'label' }],
  schema,
})

async function look(
  ranges: string,
  inclusive = true,
): Promise<{ rows: unknown[][]; result: MaterialiseResult }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lookup-'))
  try {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.run(
      `COPY (SELECT * FROM (VALUES (0), (5), (10), (11), (25), (NULL)) t(x)) TO '${folder}/v.parquet' (FIELD_IDS {x: 1})`,
    )
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${ranges}) t(lo, hi, label)) TO '${folder}/r.parquet' (FIELD_IDS {lo: 1, hi: 2, label: 3})`,
    )
    await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
    const result = await engine.materialise({
      plan: join(inclusive),
      inputs: new Map([
        [
          'values',
          { kind: 'lake', files: [{ path: `${folder}/v.parquet`, rows: 6, bytes: 1 }], schema: left },
        ],
        [
          'ranges',
          { kind: 'lake', files: [{ path: `${folder}/r.parquet`, rows: 2, bytes: 1 }], schema: right },
        ],
      ]),
      primary: 'values',
      schema,
      partition: [],
      folder: path.join(folder, 'out'),
      rejectFolder: path.join(folder, 'rejects'),
      scratch: path.join(folder, 'scratch'),
      functions: new Map(),
      targetFileBytes: 1e6,
    })
    const read = await connection.runAndReadAll(
      `SELECT x::INT, label FROM '${folder}/out/*.parquet' ORDER BY x NULLS LAST`,
    )
    return { rows: read.getRowsJson(), result }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('a value finds the range it lies in; outside, between and NULL find none', async () => {
  const { rows, result } = await look(`(1, 10, 'a'), (20, 30, 'b')`)
  expect(rows).toEqual([
    [0, null],
    [5, 'a'],
    [10, 'a'],
    [11, null],
    [25, 'b'],
    [null, null],
  ])
  expect(result.counts).toMatchObject({ read: 6, written: 6, expanded: 0 })
})

test('the end of a half-open range belongs to the next one', async () => {
  const { rows } = await look(`(1, 10, 'a'), (10, 30, 'b')`, false)
  expect(rows).toEqual([
    [0, null],
    [5, 'a'],
    [10, 'b'],
    [11, 'b'],
    [25, 'b'],
    [null, null],
  ])
})

test('a range that holds nothing hides no other one', async () => {
  // Empty ones and such without an end, with the start of another, before and after it.
  const others = [
    `(5, 5, 'empty'), (5, 20, 'b')`,
    `(5, 20, 'b'), (5, 5, 'empty')`,
    `(5, NULL, 'n'), (5, 20, 'b')`,
  ]
  for (const ranges of [...others, `(5, 20, 'b'), (5, 3, 'inverted'), (12, NULL, 'n'), (10, 10, 'empty')`]) {
    const { rows } = await look(ranges, false)
    expect([ranges, rows]).toEqual([
      ranges,
      [
        [0, null],
        [5, 'b'],
        [10, 'b'],
        [11, 'b'],
        [25, null],
        [null, null],
      ],
    ])
  }
})

test('overlapping ranges are refused', async () => {
  await expect(look(`(1, 10, 'a'), (10, 30, 'b')`)).rejects.toMatchObject({ code: 'run.ranges-overlap' })
})
