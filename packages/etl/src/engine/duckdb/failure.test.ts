import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EtlError, unreachable } from '../../base/errors.ts'
import type { ApplyNode, JoinNode, Node, ScanNode, SqlNode } from '../../plan/node.ts'
import { int64, type Schema, text } from '../../plan/type.ts'
import type { MaterialiseResult, RowFunction } from '../contract.ts'
import { openDuckdb } from './index.ts'
import { parseBytes } from './memory.ts'

let folder = ''
const fields = [
  { id: 1, name: 'k', type: int64, nullable: true },
  { id: 2, name: 'v', type: text, nullable: true },
]
const scan: ScanNode = { kind: 'scan', input: 't', schema: fields }

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'failure-'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT i % 5 AS k, md5(CAST(i AS VARCHAR)) || repeat('x', 200) AS v FROM range(200000) t(i)) TO '${folder}/t.parquet' (FIELD_IDS {k: 1, v: 2})`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(
  plan: Node,
  functions: ReadonlyMap<string, RowFunction> = new Map(),
  memoryLimitBytes = 512e6,
): Promise<MaterialiseResult> {
  await using engine = openDuckdb({ memoryLimitBytes, threads: 2 })
  return engine.materialise({
    plan,
    inputs: new Map([
      [
        't',
        { kind: 'lake', files: [{ path: `${folder}/t.parquet`, rows: 200_000, bytes: 1 }], schema: fields },
      ],
    ]),
    primary: 't',
    schema: plan.schema.map((f, i) => ({ ...f, id: i + 1 })),
    partition: [],
    folder: path.join(folder, 'out'),
    rejectFolder: path.join(folder, 'rejects'),
    scratch: path.join(folder, 'scratch'),
    functions,
    targetFileBytes: 64e6,
  })
}

const failureOf = async (work: Promise<unknown>): Promise<EtlError> => {
  try {
    await work
  } catch (error) {
    return error as EtlError
  }
  throw new Error('nothing failed')
}

const sqlNode = (sql: string, schema: Schema): SqlNode => ({
  kind: 'sql',
  sql,
  inputs: [{ name: 't', node: scan }],
  reason: 'test',
  schema,
})
const applyNode = (id: string): ApplyNode => {
  const produces = [{ name: 'n', type: int64, nullable: false }]
  return { kind: 'apply', from: scan, function: id, reads: ['k'], produces, schema: [...fields, ...produces] }
}

describe('failures of the engine', () => {
  test("an error of the user's SQL is told in the engine's own words", async () => {
    const error = await failureOf(
      run(sqlNode(`SELECT CAST(v AS BIGINT) AS k FROM t`, [{ name: 'k', type: int64, nullable: true }])),
    )
    expect(error).toMatchObject({ code: 'engine.failed', retry: 'never' })
    expect(error.message).toContain('Could not convert string')
  })

  test('SQL of a project reads no file of the machine', async () => {
    const error = await failureOf(
      run(
        sqlNode(`SELECT content AS v FROM read_text('/etc/hostname')`, [
          { name: 'v', type: text, nullable: true },
        ]),
      ),
    )
    expect(error.code).toBe('engine.failed')
    expect(error.message).toContain('Permission Error')
  })

  test('too little memory is told as such, with what to do', async () => {
    const collect = sqlNode(`SELECT k, string_agg(v, '') AS v FROM t GROUP BY k`, fields)
    const error = await failureOf(run(collect, new Map(), 24e6))
    expect(error.code).toBe('engine.out-of-memory')
    expect(error.hint).toContain('memoryLimit')
    expect(await readdir(path.join(folder, 'scratch')).catch(() => [])).not.toContain('spill')
  })

  test('a row function that throws or returns another type names the row and the column', async () => {
    const thrown = await failureOf(
      run(
        applyNode('f1'),
        new Map([
          [
            'f1',
            (row): never => {
              throw new Error(`no ${String(row['k'])}`)
            },
          ],
        ]),
      ),
    )
    expect(thrown.code).toBe('run.apply-failed')
    expect(thrown.message).toMatch(/the row function threw "no \d" on \{"k":"\d"\}/)
    const wrong = await failureOf(run(applyNode('f2'), new Map([['f2', () => ({ n: 1 })]])))
    expect(wrong).toMatchObject({ code: 'run.apply-result', params: { column: 'n' } })
    expect(wrong.message).toContain('returned 1 (number) for "n", expected int64')
    const missing = await failureOf(run(applyNode('f3'), new Map([['f3', () => ({})]])))
    expect(missing.code).toBe('run.apply-result')
  })

  test('a lookup that finds two rows for a key is refused with the key', async () => {
    const join: JoinNode = {
      kind: 'join',
      type: 'lookup',
      left: scan,
      right: scan,
      on: [
        {
          left: { kind: 'column', name: 'k', type: int64, nullable: true },
          right: { kind: 'column', name: 'k', type: int64, nullable: true },
        },
      ],
      keepRight: [{ column: 'v', as: 'w' }],
      schema: [...fields, { name: 'w', type: text, nullable: true }],
    }
    const error = await failureOf(run(join))
    expect(error.code).toBe('run.lookup-not-unique')
    expect(error.message).toMatch(/found 40000 rows for "k" = \d/)
  })

  test('our own bugs say so', () => {
    expect(() => unreachable('x' as never, 'letter')).toThrow('unexpected letter: "x"')
    try {
      unreachable('x' as never, 'letter')
    } catch (error) {
      expect(error).toMatchObject({ code: 'bug.unreachable' })
    }
  })
})

test.each([
  ['512MB', 512_000_000],
  ['4 GiB', 4 * 2 ** 30],
  ['1.5g', 1_500_000_000],
  ['1024', 1024],
  ['lots', undefined],
  ['-1MB', undefined],
])('the size %s is %s bytes', (size, bytes) => {
  expect(parseBytes(size)).toBe(bytes)
})
