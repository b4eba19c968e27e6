import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveAggregate, resolveCall } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import type { AggregateNode, DedupeNode, ExpectNode, FilterNode, Node, ScanNode } from '../../plan/node.ts'
import { decimal, field, int64, type LogicalType, text, timestamp } from '../../plan/type.ts'
import type { IdField, MaterialiseRequest, MaterialiseResult, PartitionField } from '../contract.ts'
import { openDuckdb } from './index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'engine-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const schema: readonly IdField[] = [
  { id: 1, ...field('id', int64, false) },
  { id: 2, ...field('region', text) },
  { id: 3, ...field('at', timestamp) },
  { id: 4, ...field('price', decimal(10, 2)) },
]
const scan: ScanNode = {
  kind: 'scan',
  input: 'raw',
  schema: schema.map(({ name, type, nullable }) => field(name, type, nullable)),
}
const column = (name: string, type: LogicalType): Expression => ({
  kind: 'column',
  name,
  type,
  nullable: true,
})
const literal = (value: string, type: LogicalType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
})

async function rows(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const result = await connection.runAndReadAll(sql)
  return result.getRowsJson()
}

async function writeInput(
  select: string,
  name: string,
): Promise<{ path: string; rows: number; bytes: number }> {
  const file = path.join(folder, `${name}.parquet`)
  await rows(
    `COPY (${select}) TO '${file}' (FORMAT parquet, FIELD_IDS {id: 1, region: 2, "at": 3, price: 4})`,
  )
  const [[count] = []] = await rows(`SELECT count(*) FROM '${file}'`)
  return { path: file, rows: Number(count), bytes: 1 }
}

let runs = 0
async function run(
  plan: Node,
  files: MaterialiseRequest['inputs'] extends ReadonlyMap<string, infer _>
    ? { path: string; rows: number; bytes: number }[]
    : never,
  options: { partition?: readonly PartitionField[]; memoryLimitBytes?: number } = {},
): Promise<MaterialiseResult> {
  await using engine = openDuckdb({ memoryLimitBytes: options.memoryLimitBytes ?? 256e6, threads: 2 })
  const at = path.join(folder, `run-${++runs}`)
  return engine.materialise({
    plan,
    inputs: new Map([['raw', { kind: 'lake', files, schema }]]),
    primary: 'raw',
    schema: plan.schema.map((f, i) => ({ id: i + 1, ...f })),
    partition: options.partition ?? [],
    folder: path.join(at, 'data'),
    rejectFolder: path.join(at, 'rejects'),
    scratch: path.join(at, 'scratch'),
    functions: new Map(),
    targetFileBytes: 128e6,
  })
}

const source = `SELECT i % 700 AS id, ['EU','US',NULL][1 + i % 3] AS region, TIMESTAMP '2024-01-15' + INTERVAL (i) HOUR AS "at", (i / 100)::DECIMAL(10,2) AS price FROM range(1000) t(i)`

describe('materialise', () => {
  test('writes partitioned files whose rows and partition values are right', async () => {
    const file = await writeInput(source, 'a')
    const result = await run(scan, [file], {
      partition: [
        { name: 'region', column: 'region', transform: { kind: 'identity' } },
        { name: 'at_month', column: 'at', transform: { kind: 'month' } },
      ],
    })
    expect(result.counts).toMatchObject({ read: 1000, written: 1000, rejected: 0 })
    const seen = new Set(result.files.map((f) => JSON.stringify(f.partition)))
    expect(seen).toEqual(
      new Set([
        '["EU","648"]',
        '["US","648"]',
        '[null,"648"]',
        '["EU","649"]',
        '["US","649"]',
        '[null,"649"]',
      ]),
    )
    const list = result.files.map((f) => `'${f.path}'`).join(', ')
    expect(
      await rows(
        `SELECT * FROM read_parquet([${list}], hive_partitioning = false) EXCEPT ALL SELECT * FROM '${file.path}'`,
      ),
    ).toEqual([])
  })

  test('deduplicates across files, total order, NULL keys as one group, within buckets', async () => {
    const a = await writeInput(source, 'b1')
    const b = await writeInput(source.replace('i % 700', 'nullif(i % 700, 3)'), 'b2')
    const dedupe: DedupeNode = {
      kind: 'dedupe',
      from: scan,
      by: ['id'],
      order: [{ expression: column('at', timestamp), direction: 'desc', nulls: 'last' }],
      schema: scan.schema,
    }
    const expected = `SELECT * FROM read_parquet(['${a.path}', '${b.path}']) QUALIFY row_number() OVER (PARTITION BY id ORDER BY "at" DESC NULLS LAST, id, region, price) = 1`
    for (const memoryLimitBytes of [256e6, 64e6]) {
      const result = await run(dedupe, [a, b], { memoryLimitBytes })
      expect(result.counts).toMatchObject({ read: 2000, written: 701, deduplicated: 1299 })
      const list = result.files.map((f) => `'${f.path}'`).join(', ')
      expect(await rows(`SELECT * FROM read_parquet([${list}]) EXCEPT ALL ${expected}`)).toEqual([])
    }
  })

  test('counts filtered, rejected and grouped rows, and keeps what was refused', async () => {
    const file = await writeInput(source, 'c')
    const gt = resolveCall('gt', [column('id', int64), literal('99', int64)])
    const known = resolveCall('is_not_null', [column('region', text)])
    const total = resolveAggregate('sum', [column('price', decimal(10, 2))])
    if ('problem' in gt || 'problem' in known || 'problem' in total)
      throw new Error(JSON.stringify([gt, known, total]))
    const filter: FilterNode = { kind: 'filter', from: scan, predicate: gt.expression, schema: scan.schema }
    const expectRegion: ExpectNode = {
      kind: 'expect',
      from: filter,
      rule: 'region known',
      reason: 'region is missing',
      predicate: known.expression,
      blame: ['id', 'region'],
      schema: scan.schema,
    }
    const byRegion: AggregateNode = {
      kind: 'aggregate',
      from: expectRegion,
      keys: [{ name: 'region', expression: column('region', text) }],
      aggregates: [{ name: 'total', expression: total.expression }],
      schema: [field('region', text), field('total', total.expression.type)],
    }
    const result = await run(byRegion, [file])
    const [[kept] = [], [refused] = []] = await rows(
      `SELECT count(*) FROM '${file.path}' WHERE id > 99 AND region IS NOT NULL UNION ALL SELECT count(*) FROM '${file.path}' WHERE id > 99 AND region IS NULL`,
    )
    expect(result.counts).toEqual({
      read: 1000,
      expanded: 0,
      written: 2,
      filtered: 1000 - Number(kept) - Number(refused),
      rejected: Number(refused),
      deduplicated: 0,
      grouped: Number(kept) - 2,
    })
    const [first] = await rows(
      `SELECT rule, reason, source, original FROM '${result.rejects[0]?.path}' ORDER BY original LIMIT 1`,
    )
    expect(first).toEqual(['region known', 'region is missing', 'raw', '{"id":100,"region":null}'])
  })
})

test('a column that is NULL by its expression has the type that is declared in the file', async () => {
  const file = await writeInput(
    `SELECT 1::BIGINT AS id, 'EU' AS region, TIMESTAMP '2024-01-01' AS "at", 1.5::DECIMAL(10, 2) AS price`,
    'typed-null',
  )
  // Concatenated with NULL: DuckDB takes this for an INTEGER.
  const none: Expression = { kind: 'literal', value: null, type: text, nullable: true }
  const resolved = resolveCall('append', [column('region', text), none])
  if ('problem' in resolved) throw new Error(resolved.problem)
  const plan: Node = {
    kind: 'project',
    from: scan,
    columns: [{ name: 'joined', expression: resolved.expression }],
    schema: [field('joined', text)],
  }
  const { files } = await run(plan, [file])
  const [written] = await rows(
    `SELECT name, type, converted_type FROM parquet_schema('${files[0]?.path}') OFFSET 1`,
  )
  expect(written).toEqual(['joined', 'BYTE_ARRAY', 'UTF8'])
})
