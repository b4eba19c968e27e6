import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine, ScanBinding } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import type { ScanNode } from '../../packages/etl/src/plan/node.ts'
import { steps } from '../../packages/etl/src/step/index.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from './lines.ts'
import { build, lakeFile, rowsOf } from './tables.ts'

/** Examples that Spark refuses, by step: strict, so that one that comes to be supported must leave this list. */
const refused: ReadonlyMap<string, string> = new Map([
  ['apply', 'a TypeScript function runs in this process only'],
  ['parse_user_agent', 'a TypeScript function runs in this process only'],
])

describe.skipIf(isSkipped).each(lines)(`step examples on Spark %s${skipTitle}`, (line) => {
  let spark: Engine
  let folder = ''
  let ran = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-steps-'))
    spark = await sparkEngine(line, openDuckdb({ memoryLimitBytes: 256e6, threads: 1 }))
  })
  afterAll(async () => {
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    console.info(`${ran} step examples ran on Spark ${line}`)
  })

  test.each(
    steps.flatMap((step) =>
      step.examples().map((example) => ({ step, example, name: `${step.name}: ${example.title}` })),
    ),
  )(
    '$name',
    async ({ step, example }) => {
      const bound = new Map<string, ScanBinding>()
      const scans: ScanNode[] = []
      for (const [i, table] of [example.in, ...(example.others ?? [])].entries()) {
        const input = `example.input_${i}`
        bound.set(input, await lakeFile(folder, withIds(table.columns), table.rows))
        scans.push({ kind: 'scan', input, schema: table.columns })
      }
      const [first, ...others] = scans
      if (first === undefined) throw new Error('an example needs an input')
      const plan = step.lower(first, example.options as never, others)
      if (!('kind' in plan)) throw new Error(JSON.stringify(plan))
      const schema = withIds(plan.schema)
      const functions = example.functions ?? new Map()
      const reason = refused.get(step.name)
      const found = spark.refuses(plan).map((d) => d.message)
      ran++
      if (reason !== undefined) {
        expect(found.join('\n')).toContain(reason)
        const built = build(spark, { plan, schema, inputs: bound, folder, functions })
        await expect(built).rejects.toMatchObject({ code: 'engine.refused' })
        return
      }
      expect(found).toEqual([])
      const result = await build(spark, { plan, schema, inputs: bound, folder, functions })
      const rows = await rowsOf(spark, result.files, schema)
      const wanted = example.out.rows.map((r) => JSON.stringify(r))
      const ordered = plan.kind === 'sort' || plan.kind === 'limit'
      expect(ordered ? rows : rows.toSorted()).toEqual(ordered ? wanted : wanted.toSorted())
      expect(result.counts.rejected).toBe(example.rejected ?? 0)
    },
    180_000,
  )
})
