import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileQuery } from '../../packages/etl/src/author/sql/compile.ts'
import { isConserved } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import { type Node, primaryInput, walkNode } from '../../packages/etl/src/plan/node.ts'
import type { Schema } from '../../packages/etl/src/plan/type.ts'
import { missingCommands } from '../../tools/peers/command.ts'
import { installTpcds } from '../../tools/peers/tpcds.ts'
import { comparable, firstDifference, isPart, projectOf, type Row } from './tpcds.ts'

/** Queries that must stay portable. */
const leastPortable = 99
/** At a scale of 0.1 some queries find nothing; 1 gives rows to all but one. */
const scale = Number(process.env['TPCDS_SCALE'] ?? '0.1')

const missing = process.env['CI'] === 'true' ? undefined : missingCommands('python3')
const title = `TPC-DS as nodes${missing === undefined ? '' : ` (${missing})`}`
const numbers = Array.from({ length: 99 }, (_, i) => `query ${i + 1}`)

describe.skipIf(missing !== undefined)(title, async () => {
  const project = projectOf(await installTpcds(scale))
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tpcds-'))
  const engine = openDuckdb({ memoryLimitBytes: 4 * 2 ** 30, concurrency: 1 })
  const peer = await (await DuckDBInstance.create(':memory:', { memory_limit: '4GB' })).connect()
  const opaque = new Map<string, string>()
  let compared = 0
  let withRows = 0

  beforeAll(async () => {
    for (const [name, binding] of project.inputs) {
      const file = binding.kind === 'lake' ? (binding.files[0]?.path ?? '') : ''
      await peer.run(
        `CREATE VIEW ${name.replace('tpcds.', '')} AS SELECT * FROM read_parquet(${quoteText(file)})`,
      )
    }
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    peer.closeSync()
    await rm(folder, { recursive: true, force: true })
    const reasons = [...opaque].map(([name, reason]) => `\n  ${name}: ${reason}`).join('')
    console.log(`TPC-DS: ${99 - opaque.size} of 99 portable${reasons}`)
    console.log(
      `TPC-DS at scale ${scale}: ${compared} compared with DuckDB's own answers, ${withRows} with rows`,
    )
  })

  const find = (name: string): { readonly sql: string; readonly unlimited: string } => {
    const found = project.queries.find((q) => q.name === name)
    if (found === undefined) throw new Error(`the generator has no ${name}`)
    return found
  }

  async function rootOf(sql: string): Promise<Node> {
    const compiled = await compileQuery(project.query(sql), project.schemas)
    if ('diagnostics' in compiled) throw new Error(compiled.diagnostics.map((d) => d.message).join('\n'))
    return compiled.root
  }

  function reasonOf(root: Node): string | undefined {
    let reason: string | undefined
    walkNode(root, (n) => {
      if (n.kind === 'sql') reason ??= n.reason
    })
    return reason
  }

  const rowsOf = async (sql: string, schema: Schema): Promise<readonly Row[]> =>
    (await peer.runAndReadAll(sql)).getRows().map((row) => comparable(row, schema))

  async function materialised(name: string, plan: Node): Promise<readonly Row[]> {
    const own = path.join(folder, name.replaceAll(' ', '-'))
    const result = await engine.materialise({
      plan,
      inputs: project.inputs,
      primary: primaryInput(plan),
      schema: plan.schema.map((f, i) => ({ ...f, id: i + 1 })),
      partition: [],
      folder: path.join(own, 'data'),
      rejectFolder: path.join(own, 'rejects'),
      scratch: path.join(own, 'scratch'),
      functions: new Map(),
      targetFileBytes: 2 ** 28,
    })
    expect(isConserved(result.counts)).toBe(true)
    const files = result.files.map((f) => quoteText(f.path)).join(', ')
    const rows = files === '' ? [] : await rowsOf(`SELECT * FROM read_parquet([${files}])`, plan.schema)
    await rm(own, { recursive: true })
    return rows
  }

  test.each(numbers)('%s becomes nodes, with the rows of the SQL', { timeout: 120_000 }, async (name) => {
    const { sql, unlimited } = find(name)
    const limited = await rootOf(sql)
    const reason = reasonOf(limited)
    if (reason !== undefined) {
      opaque.set(name, reason)
      return
    }
    const root = await rootOf(unlimited)
    const [ours, theirs] = [await materialised(name, root), await rowsOf(unlimited, root.schema)]
    expect(firstDifference(ours, theirs)).toBeUndefined()
    compared++
    if (theirs.length > 0) withRows++
    if (unlimited === sql) return
    const first = await materialised(name, limited)
    expect(first).toHaveLength(Math.min(100, theirs.length))
    expect(isPart(first, ours)).toBe(true)
  })

  test(`at least ${leastPortable} of 99 are portable and compared`, () => {
    expect(compared + opaque.size).toBe(99)
    expect(compared).toBeGreaterThanOrEqual(leastPortable)
    expect(withRows).toBeGreaterThanOrEqual(70)
  })
})
