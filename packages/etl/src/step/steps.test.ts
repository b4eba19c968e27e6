import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IdField, LakeFile, ScanBinding } from '../engine/contract.ts'
import { openDuckdb } from '../engine/duckdb/index.ts'
import { fieldIds } from '../engine/duckdb/field-ids.ts'
import { quoteName, sqlLiteral } from '../function/dialect.ts'
import type { Node, ScanNode } from '../plan/node.ts'
import { field, type Schema, typeName } from '../plan/type.ts'
import type { ExampleTable, StepExample } from './contract.ts'
import { steps } from './index.ts'

const engine = openDuckdb({ memoryLimitBytes: 512e6, threads: 1 })
let folder = ''
let runs = 0
let ran = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'steps-'))
})
afterAll(async () => {
  await engine[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
  console.info(`${ran} step examples ran on DuckDB`)
})

const withIds = (schema: Schema): IdField[] => {
  let next = 0
  const named = (f: Schema[number]): IdField => {
    const id = ++next
    if (f.type.kind === 'list') return { ...f, id, nested: [named(field('element', f.type.element))] }
    return { ...f, id }
  }
  return schema.map(named)
}

async function materialise(
  plan: Node,
  inputs: ReadonlyMap<string, ScanBinding>,
  functions: StepExample<unknown>['functions'] = new Map(),
) {
  const at = path.join(folder, `run-${++runs}`)
  return engine.materialise({
    plan,
    inputs,
    primary: [...inputs.keys()][0] ?? 'none',
    schema: withIds(plan.schema),
    partition: [],
    folder: path.join(at, 'data'),
    rejectFolder: path.join(at, 'rejects'),
    scratch: path.join(at, 'scratch'),
    functions,
    targetFileBytes: 128e6,
  })
}

/** Writes the rows of an example as a lake file. */
async function written(table: ExampleTable): Promise<ScanBinding> {
  const row = (values: ExampleTable['rows'][number]): string =>
    table.columns
      .map((c, i) => `${sqlLiteral(values[i] ?? null, c.type, 'duckdb')} AS ${quoteName(c.name)}`)
      .join(', ')
  const selects = table.rows.length === 0 ? [`${row([])} WHERE false`] : table.rows.map(row)
  const schema = withIds(table.columns)
  const file = path.join(folder, `input-${++runs}.parquet`)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (${selects.map((s) => `SELECT ${s}`).join(' UNION ALL ')}) TO '${file}' (FORMAT parquet, FIELD_IDS ${fieldIds(schema)})`,
  )
  connection.closeSync()
  instance.closeSync()
  return { kind: 'lake', files: [{ path: file, rows: table.rows.length, bytes: 1 }], schema }
}

async function rowsOf(files: readonly LakeFile[], schema: Schema): Promise<unknown[][]> {
  if (files.length === 0) return []
  await using result = await engine.query({
    sql: 'SELECT * FROM example.result',
    tables: [{ name: 'example.result', files, schema: withIds(schema) }],
  })
  const rows: unknown[][] = []
  for await (const chunk of result.chunks) {
    for (let i = 0; i < chunk.rows; i++) rows.push(chunk.columns.map((c) => c[i]))
  }
  return rows
}

const shape = (schema: Schema): string[] =>
  schema.map((f) => `${f.name}: ${typeName(f.type)}${f.nullable ? '' : ' not null'}`)

const text = (rows: readonly unknown[]): string[] => rows.map((r) => JSON.stringify(r))

test('there are steps, each with a name of its own, documented options and two examples', () => {
  expect(steps.length).toBeGreaterThan(25)
  expect(new Set(steps.map((s) => s.name)).size).toBe(steps.length)
  for (const step of steps) {
    expect(step.name).toMatch(/^[a-z_]+$/)
    expect(step.examples().length, step.name).toBeGreaterThanOrEqual(2)
  }
})

for (const step of steps) {
  test(`${step.name}: its examples give what they say on DuckDB`, async () => {
    for (const example of step.examples()) {
      const tables = [example.in, ...(example.others ?? [])]
      const names = tables.map((_, i) => `example.input_${i}`)
      const bound = new Map<string, ScanBinding>()
      for (const [i, table] of tables.entries()) bound.set(names[i] ?? '', await written(table))
      const scans = tables.map((t, i): ScanNode => ({
        kind: 'scan',
        input: names[i] ?? '',
        schema: t.columns,
      }))
      const [first, ...others] = scans
      if (first === undefined) throw new Error('an example needs an input')
      const plan = step.lower(first, example.options as never, others)
      if (!('kind' in plan)) throw new Error(`${step.name}: ${JSON.stringify(plan)}`)
      expect(shape(plan.schema), example.title).toEqual(shape(example.out.columns))
      const result = await materialise(plan, bound, example.functions)
      const rows = text(await rowsOf(result.files, plan.schema))
      const wanted = text(example.out.rows)
      const ordered = plan.kind === 'sort' || plan.kind === 'limit'
      expect(ordered ? rows : rows.toSorted(), example.title).toEqual(ordered ? wanted : wanted.toSorted())
      expect(result.counts.rejected, example.title).toBe(example.rejected ?? 0)
      ran++
    }
  })
}
